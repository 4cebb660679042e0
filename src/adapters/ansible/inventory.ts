// The inventory as Ansible reads it, asked once per content and kept in a cache folder.
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import type { Inventory, InventoryHost } from '../../ports/ansible.ts'
import type { JsonObject } from '../../ports/json.ts'
import { hashSources } from './inventory-sources.ts'

const group = z.object({
  hosts: z.array(z.string()).default([]),
  children: z.array(z.string()).default([]),
})
const listing = z
  .object({ _meta: z.object({ hostvars: z.record(z.string(), z.record(z.string(), z.json())).default({}) }) })
  .catchall(group)
type Listing = z.infer<typeof listing>
type Groups = ReadonlyMap<string, z.infer<typeof group>>

export interface ReadFields {
  /** As the user wrote it. */
  readonly source: string
  readonly checkout: string
  readonly cacheDir: string
  /** Finds ansible-inventory; asked only when the cache does not know the content. */
  readonly findTool: () => Promise<string>
  readonly env: (tool: string) => Record<string, string>
}

/** @throws OpsError INVENTORY_MISSING, INVENTORY_INVALID, ANSIBLE_MISSING */
export async function readInventory(fields: ReadFields): Promise<Inventory> {
  const { source, cacheDir, checkout } = fields
  const hash = await hashSources({
    path: source,
    env: fields.env(''),
    also: [join(checkout, 'ansible.cfg'), join(checkout, 'requirements.txt')],
  })
  const cached = join(cacheDir, `${hash}.json`)
  const known = await readFile(cached, 'utf8').then(parseListing, () => null)
  const list = known ?? (await askAnsible(fields))
  const inventory = { source, hash, hosts: toHosts(list) }
  if (inventory.hosts.length === 0) {
    throw new OpsError('INVENTORY_INVALID', {
      message: `the inventory ${source} has no host`,
      hint: `ansible-inventory -i ${source} --graph shows what Ansible reads in it`,
    })
  }
  if (known === null) await keep(cached, list)
  return inventory
}

async function askAnsible(fields: ReadFields): Promise<Listing> {
  const tool = await fields.findTool()
  const ran = await execa(tool, ['--inventory', fields.source, '--list'], {
    cwd: fields.checkout,
    env: fields.env(tool),
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    maxBuffer: 256 * 1024 * 1024,
  })
  const list = ran.exitCode === 0 ? parseListing(ran.stdout) : null
  if (list !== null) return list
  throw new OpsError('INVENTORY_INVALID', {
    message: `Ansible cannot read the inventory ${fields.source}: ${complaintOf(ran.stderr)}`,
    hint: `ansible-inventory -i ${fields.source} --list shows the whole message`,
  })
}

/** Ansible's own words, in one line: the first error, else the first warning. */
export function complaintOf(stderr: string): string {
  const lines = stderr.split('\n').map(line => line.trim())
  const starts = lines.findIndex(line => /^\[?ERROR/.test(line))
  const warns = lines.findIndex(line => /^\[?WARNING/.test(line))
  const from = starts >= 0 ? starts : Math.max(warns, 0)
  const end = lines.findIndex((line, at) => at > from && (line === '' || /^(\[|Origin:|<<<)/.test(line)))
  const text = lines.slice(from, end < 0 ? from + 3 : end).join(' ')
  return text.replace(/^\[?(ERROR|WARNING)[\]!:]+\s*/, '') || 'no reason was given'
}

function parseListing(text: string): Listing | null {
  try {
    const parsed = listing.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** Hosts in the order of the groups that hold them, depth first, as Ansible itself counts them. */
function toHosts(list: Listing): readonly InventoryHost[] {
  const { _meta, ...rest } = list
  const groups: Groups = new Map(Object.entries(rest))
  const memberships = new Map<string, Set<string>>()
  const visit = (name: string, parents: readonly string[]): void => {
    const found = groups.get(name)
    if (found === undefined || parents.includes(name)) return
    const path = [...parents, name]
    for (const host of found.hosts) {
      const known = memberships.get(host) ?? new Set()
      for (const one of path) known.add(one)
      memberships.set(host, known)
    }
    for (const child of found.children) visit(child, path)
  }
  visit('all', [])
  return [...memberships].map(([name, known]) => ({
    name,
    groups: [...known].filter(one => one !== 'all').sort(),
    vars: (_meta.hostvars[name] ?? {}) as JsonObject,
  }))
}

/** Whole or not at all, and for our eyes only: variables of an inventory can be delicate. A cache may fail. */
async function keep(file: string, list: Listing): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const temporary = `${file}.${randomUUID()}`
    await writeFile(temporary, JSON.stringify(list), { mode: 0o600 })
    await rename(temporary, file)
  } catch {
    // Asked again next time.
  }
}
