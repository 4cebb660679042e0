// The one table of the lab's hosts, inventory/lab/hosts.yml, as Ansible and the Vagrantfile read it. No address of a host
// may be written down anywhere else.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { z } from 'zod'
import { YAML } from 'zx'
import { OpsError } from '../../errors/index.ts'

export const tableFile = resolve(import.meta.dirname, '../../../inventory/lab/hosts.yml')

export interface LabHost {
  readonly name: string
  /** Ansible groups, the outer one first. */
  readonly groups: readonly string[]
  readonly address: string
  readonly memoryMiB: number
}

/** Of a host that `ops run add-node` has written, for whom memory is no business of the inventory. */
export const usualMemoryMiB = 2048

const hostVars = z.object({
  ansible_host: z.ipv4(),
  lab_memory_mib: z.number().int().positive().default(usualMemoryMiB),
})
interface Group {
  readonly hosts?: Readonly<Record<string, z.infer<typeof hostVars>>> | null | undefined
  readonly children?: Readonly<Record<string, Group | null>> | null | undefined
}
const group: z.ZodType<Group> = z.object({
  hosts: z.record(z.string(), hostVars).nullish(),
  children: z.lazy(() => z.record(z.string(), group.nullable()).nullish()),
})
const table = z.object({ all: group })

export const readTable = (file = tableFile): readonly LabHost[] =>
  parseTable(readFileSync(file, 'utf8'), file)

/** @throws OpsError INVENTORY_INVALID, naming the host and what is wrong with it */
export function parseTable(text: string, file = tableFile): readonly LabHost[] {
  const parsed = table.safeParse(parseYaml(text, file))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw invalid(file, `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const hosts = collect(parsed.data.all)
  if (hosts.length === 0) throw invalid(file, 'it has no host')
  for (const host of hosts) {
    const twin = hosts.find(other => other !== host && other.address === host.address)
    if (twin) throw invalid(file, `${host.name} and ${twin.name} both have the address ${host.address}`)
  }
  return hosts
}

function parseYaml(text: string, file: string): unknown {
  try {
    return YAML.parse(text)
  } catch (error) {
    throw invalid(file, (error as Error).message.split('\n')[0] ?? 'it is no YAML')
  }
}

function collect(top: Group): readonly LabHost[] {
  const found = new Map<string, LabHost>()
  const visit = (one: Group, groups: readonly string[]): void => {
    for (const [name, vars] of Object.entries(one.hosts ?? {})) {
      const { ansible_host: address, lab_memory_mib: memoryMiB } = vars
      const known = found.get(name)?.groups ?? []
      found.set(name, { name, groups: [...new Set([...known, ...groups])], address, memoryMiB })
    }
    for (const [name, child] of Object.entries(one.children ?? {})) if (child) visit(child, [...groups, name])
  }
  visit(top, [])
  return [...found.values()]
}

/** The hosts of the table, and those of a lab that the table lacks: machines that came later. */
export const withLater = (table: readonly LabHost[], hosts: readonly LabHost[]): readonly LabHost[] => [
  ...table,
  ...hosts.filter(({ name }) => !table.some(one => one.name === name)),
]

/** The hosts that a list of groups and host names means; without a list all of them. */
export function chooseHosts(hosts: readonly LabHost[], words: readonly string[]): readonly LabHost[] {
  if (words.length === 0) return hosts
  const unknown = words.filter(
    word => !hosts.some(({ name, groups }) => name === word || groups.includes(word)),
  )
  if (unknown.length > 0) {
    const groups = [...new Set(hosts.flatMap(host => host.groups))]
    throw new OpsError('USAGE', {
      message: `the lab has no group or host ${unknown.join(', ')}`,
      hint: `groups: ${groups.join(', ')}`,
    })
  }
  return hosts.filter(({ name, groups }) => words.some(word => name === word || groups.includes(word)))
}

const invalid = (file: string, why: string): OpsError =>
  new OpsError('INVENTORY_INVALID', {
    message: `the table of the lab's hosts cannot be used: ${why}`,
    hint: `put ${file} right`,
  })
