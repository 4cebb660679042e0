// Which hosts the lab's inventory has now, and how a new rendering keeps what others have done there: hosts that were added stay as they
// stand, hosts that were taken out stay away.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const group = z.looseObject({ hosts: z.array(z.string()).optional() })
const listing = z
  .looseObject({ _meta: z.looseObject({ hostvars: z.record(z.string(), z.unknown()) }) })
  .catchall(group)
export type Listing = z.infer<typeof listing>

export function readListing(file: string): Listing | undefined {
  try {
    return listing.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined // there is none yet
  }
}

/** Names of its hosts. */
export const readListed = (file: string): ReadonlySet<string> => new Set(hostsOf(readListing(file)))

export const hostsOf = (found: Listing | undefined): readonly string[] =>
  Object.keys(found?._meta.hostvars ?? {})

/** `listed`: what the lab has put there at any time before; such a host that is missing now was taken out. */
export function keepOthers(
  rendered: Listing,
  former: Listing | undefined,
  listed: readonly string[],
): Listing {
  if (!former) return rendered
  const before = new Set(hostsOf(former))
  const own = new Set(hostsOf(rendered))
  const stays = (name: string) => before.has(name) || !listed.includes(name)
  const added = (name: string) => before.has(name) && !own.has(name)
  const hostvars = {
    ...pick(rendered._meta.hostvars, stays),
    ...pick(former._meta.hostvars, added),
  }
  const groups = groupsOf(rendered).map(([name, found]) => {
    const more = (former[name] as z.infer<typeof group> | undefined)?.hosts?.filter(added) ?? []
    const hosts = [...(found.hosts ?? []).filter(stays), ...more]
    return [name, found.hosts || more.length > 0 ? { ...found, hosts } : found]
  })
  const theirs = groupsOf(former).filter(
    ([name, { hosts = [] }]) => !(name in rendered) && hosts.some(host => added(host)),
  )
  return { ...Object.fromEntries(groups), ...Object.fromEntries(theirs), _meta: { hostvars } } as Listing
}

const pick = (vars: Readonly<Record<string, unknown>>, wanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(vars).filter(([name]) => wanted(name)))

const groupsOf = ({ _meta, ...groups }: Listing): [string, z.infer<typeof group>][] =>
  Object.entries(groups) as [string, z.infer<typeof group>][]
