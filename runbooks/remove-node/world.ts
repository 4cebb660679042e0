// The picture that the arithmetic works on, made from what the cluster says of itself. Pure.
import type {
  ClusterSettings,
  IndexFacts,
  NodeAllocation,
  NodeInfo,
  ShardMap,
  SizedCopy,
  Watermarks,
} from '#sdk'
import { isData } from '../rolling-restart/tiers.ts'
import { roomBeforeLow } from '../rolling-restart/watermarks.ts'
import { rulesOfCluster, rulesOfIndex } from './constraints.ts'
import type { FeasibleWorld, PlacedCopy } from './decide-feasible.ts'

export interface Seen {
  readonly nodes: readonly NodeInfo[]
  readonly rooms: readonly NodeAllocation[]
  readonly copies: readonly SizedCopy[]
  readonly map: ShardMap
  readonly settings: ClusterSettings
  readonly indices: readonly Pick<IndexFacts, 'name' | 'settings'>[]
  readonly watermarks: Watermarks
  readonly targets: readonly string[]
}

export function worldOf(seen: Seen): FeasibleWorld {
  const { nodes, map, settings, indices, targets } = seen
  return {
    nodes: nodes.filter(isData).map(node => ({ ...node, roomBytes: roomOf(node.name, seen) })),
    leaving: new Set(targets),
    copies: copiesOf(seen),
    rules: new Map(indices.map(({ name, settings: own }) => [name, rulesOfIndex(own)])),
    cluster: rulesOfCluster(settings),
    expanding: new Set(map.indices.filter(({ autoExpand }) => autoExpand !== null).map(({ name }) => name)),
  }
}

/** What a node may take until its low watermark; a node that does not say has none. */
export function roomOf(name: string, { rooms, watermarks }: Pick<Seen, 'rooms' | 'watermarks'>): number {
  const found = rooms.find(({ node }) => node === name)
  return found === undefined ? 0 : roomBeforeLow(found, watermarks)
}

/** Which copies there are is the routing table's word; how large each is, that of the statistics. */
function copiesOf({ nodes, copies, map }: Seen): readonly PlacedCopy[] {
  const names = new Map(nodes.map(({ id, name }) => [id, name]))
  const keyOf = (index: string, shard: number, node: string): string => `${index} ${shard} ${node}`
  const bytes = new Map(
    copies.flatMap(({ index, shard, node, bytes: own }) =>
      node === null ? [] : [[keyOf(index, shard, node), own] as const],
    ),
  )
  const largest = new Map<string, number>()
  for (const { index, shard, bytes: own } of copies)
    largest.set(`${index} ${shard}`, Math.max(own, largest.get(`${index} ${shard}`) ?? 0))
  return map.indices.flatMap(({ name, shards }) =>
    shards.flatMap(({ number, copies: found }) =>
      found.flatMap(({ node: id, primary, state }) => {
        const node = id === null ? undefined : names.get(id)
        if (node === undefined) return []
        // One that was just made is not measured yet, and says nothing or 0.
        const own = bytes.get(keyOf(name, number, node)) || largest.get(`${name} ${number}`) || 0
        return [{ index: name, shard: number, primary, bytes: own, node, moving: state !== 'STARTED' }]
      }),
    ),
  )
}
