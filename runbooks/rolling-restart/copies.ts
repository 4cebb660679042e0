// Reads the shard map: who holds an in-sync copy of what. Pure.
import type { IndexState, NodeInfo, ShardCopy, ShardMap, ShardState, Share } from '#sdk'

/** Copies that hold every acknowledged write and can serve now: in sync and started (or the source of a move). */
export function liveCopies({ inSync, copies }: ShardState): readonly ShardCopy[] {
  return copies.filter(
    ({ state, allocationId }) =>
      (state === 'STARTED' || state === 'RELOCATING') &&
      allocationId !== null &&
      inSync.includes(allocationId),
  )
}

export const nameById = (nodes: readonly NodeInfo[]): ReadonlyMap<string, string> =>
  new Map(nodes.map(({ id, name }) => [id, name]))

export interface SharePolicy {
  /** Indices that may lose their only copy for a while: waived, or about to be given a replica. */
  readonly unprotected: (index: IndexState) => boolean
  readonly critical: (index: string) => boolean
}

/** Every shard as the planner sees it. A shard with three copies of a critical index keeps two of them up. */
export function sharesOf(map: ShardMap, nodes: readonly NodeInfo[], policy: SharePolicy): readonly Share[] {
  const names = nameById(nodes)
  const shares: Share[] = []
  for (const index of map.indices) {
    const free = policy.unprotected(index)
    const critical = !free && policy.critical(index.name)
    for (const shard of index.shards) {
      const holders: string[] = []
      for (const { node } of liveCopies(shard)) {
        const name = node === null ? undefined : names.get(node)
        if (name !== undefined) holders.push(name)
      }
      const minUp = critical && holders.length >= 3 ? 2 : 1
      shares.push({ name: `${index.name}[${shard.number}]`, holders, minUp: free ? 0 : minUp })
    }
  }
  return shares
}

/** Indices whose copies can be only one: nothing stays up when its node stops. */
export function isWithoutReplica({ replicas, autoExpand }: IndexState): boolean {
  return replicas === 0 && autoExpand === null
}

/** Names of the indices with a copy on one of the nodes. */
export function indicesOn(map: ShardMap, nodeIds: ReadonlySet<string>): readonly string[] {
  return map.indices
    .filter(({ shards }) =>
      shards.some(({ copies }) => copies.some(({ node }) => node !== null && nodeIds.has(node))),
    )
    .map(({ name }) => name)
}

/** Whether a name, of an index or of a node in an allocation filter, matches a comma list of patterns with `*`. */
export function matchesAny(patterns: string | undefined): (name: string) => boolean {
  if (patterns === undefined) return () => false
  const tests = patterns.split(',').map(pattern => {
    const escaped = pattern.trim().replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    return new RegExp(`^${escaped.replaceAll('*', '.*')}$`)
  })
  return name => tests.some(test => test.test(name))
}
