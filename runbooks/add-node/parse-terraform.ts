// What `terraform output -json` says of hosts. Pure. A host that lacks something is named with what it lacks; nothing is guessed.
import { z } from 'zod'
import { OpsError } from '#sdk'
import { hostAddress, hostName } from './params.ts'
import type { NewHost } from './wanted.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])
const host = z.object({
  name: z.string().regex(hostName),
  group: z.string().min(1),
  address: z.string().regex(hostAddress),
  vars: z.record(z.string(), scalar).default({}),
})
/** Every output is an object with its value in it. */
const outputs = z.object({ hosts: z.object({ value: z.array(z.unknown()) }) })

/** @throws OpsError INVENTORY_INVALID */
export function parseTerraform(text: string, source: string): readonly NewHost[] {
  const parsed = outputs.safeParse(parseJson(text, source))
  if (!parsed.success) throw invalid(source, 'has no output hosts = { value = [{ name, group, address }] }')
  const problems: string[] = []
  const found = parsed.data.hosts.value.flatMap((one, at) => {
    const read = host.safeParse(one)
    if (read.success) return [read.data]
    const fields = [...new Set(read.error.issues.map(({ path }) => path.join('.')))].filter(Boolean)
    problems.push(`${sayWhich(one, at)} lacks a usable ${fields.join(', ') || 'object'}`)
    return []
  })
  const twice = found.filter(({ name }, at) => found.findIndex(one => one.name === name) !== at)
  problems.push(...twice.map(({ name }) => `${name} is there twice`))
  if (problems.length > 0) throw invalid(source, `is not usable: ${problems.slice(0, 5).join('; ')}`)
  return found
}

function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(source, `is no JSON: ${(cause as Error).message}`)
  }
}

const sayWhich = (one: unknown, at: number): string => {
  const name = (one as { name?: unknown } | null)?.name
  return typeof name === 'string' && name !== '' ? name : `host ${at + 1}`
}

const invalid = (source: string, why: string): OpsError =>
  new OpsError('INVENTORY_INVALID', {
    message: `the output of Terraform in ${source} ${why}`,
    hint: 'terraform/README.md has the shape',
  })
