// What an operator may set. Help, completion and validation come from this schema.
import { z } from 'zod'
import { duration } from '#sdk'

/** In the order in which they stop; they start the other way round. */
export const serviceNames = ['logstash', 'kibana', 'elasticsearch', 'kafka', 'vault'] as const
export type ServiceName = (typeof serviceNames)[number]

const services = z
  .string()
  .refine(
    text => namesIn(text).every(name => (serviceNames as readonly string[]).includes(name)),
    `must be names of ${serviceNames.join(', ')} with commas between them`,
  )
  .meta({ title: 'services' })

export const params = z.strictObject({
  only: services.optional().describe('Services to stop (default: all that the inventory has)'),
  keep: services.default('vault').describe('Services that stay up; an empty text keeps none'),
  snapshotAge: duration.default('24h').describe('How old the last whole snapshot may be'),
  work: z
    .enum(['wait', 'none'])
    .default('wait')
    .describe('Once everything is down: wait for people to do their work, or start again at once'),
  giveUp: duration
    .default('15m')
    .describe('How long a service may take to stop, and nothing may move while everything comes back'),
})

export type FullParams = z.infer<typeof params>

export function chooseServices({ only, keep }: FullParams): readonly ServiceName[] {
  const wanted = only === undefined ? serviceNames : namesIn(only)
  const kept = namesIn(keep)
  return serviceNames.filter(name => wanted.includes(name) && !kept.includes(name))
}

const namesIn = (text: string): readonly string[] =>
  text
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)
