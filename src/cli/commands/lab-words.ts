// How the verbs of `ops lab` read what was typed, and how they show an example.
import { InvalidArgumentError } from 'commander'
import { OpsError } from '../../errors/index.ts'
import { type LabService, serviceNames } from '../../lab/layout.ts'

export const example = (line: string): string => `\nExample:\n  ${line}`

export function parseNumber(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new InvalidArgumentError('it is no number.')
  return value
}

export const parseWords = (text: string): readonly string[] =>
  text
    .split(',')
    .map(word => word.trim())
    .filter(word => word !== '')

/** What the embedded lab has; the lab of hosts takes any group or host. */
export function knownServices(services: readonly string[]): readonly LabService[] {
  return services.map(name => {
    const known = serviceNames.find(one => one === name)
    if (known) return known
    throw new OpsError('USAGE', {
      message: `the lab has no service ${name} yet`,
      hint: `--only ${serviceNames.join(',')}`,
    })
  })
}
