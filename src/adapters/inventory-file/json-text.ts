// An inventory as `ansible-inventory --list` prints it: groups with lists of hosts, and variables under `_meta.hostvars`. Pure.
import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import type { InventoryChange, InventoryEntry } from '../../ports/inventory-file.ts'
import type { InventoryText } from './text.ts'

const group = z.looseObject({ hosts: z.array(z.string()).optional() })
const shape = z
  .looseObject({ _meta: z.looseObject({ hostvars: z.record(z.string(), z.record(z.string(), z.json())) }) })
  .catchall(group)
type Listing = z.infer<typeof shape>
type Vars = InventoryEntry['vars']

export function readJson(content: string, file: string): InventoryText {
  const listing = parse(content, file)
  const entries = entriesOf(listing)
  return {
    content,
    entries,
    apply: change => {
      if (isThere(entries, change)) return readJson(content, file)
      const next = change.do === 'add' ? add(listing, change.entry, file) : remove(listing, change.name)
      const end = content.endsWith('\n') ? '\n' : ''
      return readJson(`${JSON.stringify(next, null, indentOf(content))}${end}`, file)
    },
  }
}

/** The change has been made already. */
export function isThere(entries: readonly InventoryEntry[], change: InventoryChange): boolean {
  if (change.do === 'remove') return !entries.some(({ name }) => name === change.name)
  const found = entries.find(({ name }) => name === change.entry.name)
  return (
    found !== undefined &&
    isDeepStrictEqual([...found.groups].sort(), [...change.entry.groups].sort()) &&
    isDeepStrictEqual(found.vars, change.entry.vars)
  )
}

function parse(content: string, file: string): Listing {
  let found: unknown
  try {
    found = JSON.parse(content)
  } catch (thrown) {
    throw invalid(file, `is no JSON: ${(thrown as Error).message}`)
  }
  const parsed = shape.safeParse(found)
  if (parsed.success) return parsed.data
  throw invalid(file, 'is JSON, but not in the shape of ansible-inventory --list')
}

export const invalid = (file: string, why: string): OpsError =>
  new OpsError('INVENTORY_INVALID', {
    message: `${file} ${why}`,
    hint: 'write the host there by hand, or mend the file; ops writes YAML inventories and the JSON of ansible-inventory --list',
  })

function entriesOf(listing: Listing): readonly InventoryEntry[] {
  const groups = new Map<string, string[]>()
  for (const [name, found] of groupsOf(listing))
    for (const host of found.hosts ?? []) groups.set(host, [...(groups.get(host) ?? []), name])
  return [...groups].map(([name, own]) => ({
    name,
    groups: own,
    vars: (listing._meta.hostvars[name] ?? {}) as Vars,
  }))
}

const groupsOf = ({ _meta, ...groups }: Listing): [string, z.infer<typeof group>][] =>
  Object.entries(groups) as [string, z.infer<typeof group>][]

function add(listing: Listing, entry: InventoryEntry, file: string): Listing {
  const known = new Map(groupsOf(listing))
  const next: Record<string, unknown> = { ...remove(listing, entry.name) }
  for (const name of entry.groups) {
    if (!known.has(name)) throw invalid(file, `has no group ${name}`)
    const found = next[name] as z.infer<typeof group>
    next[name] = { ...found, hosts: [...(found.hosts ?? []), entry.name] }
  }
  const meta = next._meta as Listing['_meta']
  next._meta = { ...meta, hostvars: { ...meta.hostvars, [entry.name]: entry.vars } }
  return next as Listing
}

function remove(listing: Listing, host: string): Listing {
  const groups = groupsOf(listing).map(([name, found]) => [
    name,
    found.hosts === undefined ? found : { ...found, hosts: found.hosts.filter(one => one !== host) },
  ])
  const { [host]: _gone, ...hostvars } = listing._meta.hostvars
  const changed = Object.fromEntries(groups) as Record<string, unknown>
  // The order of the keys stays.
  return Object.fromEntries(
    Object.keys(listing).map(key => [key, key === '_meta' ? { ...listing._meta, hostvars } : changed[key]]),
  ) as Listing
}

const indentOf = (content: string): string => /\n([ \t]+)"/.exec(content)?.[1] ?? '  '
