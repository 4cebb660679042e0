// Will it fit? Bytes below the low watermark, tier by tier as far as that is known, and shards below the limit. Pure; it must
// never count a byte that the old copies still hold.
import { type DiskUse, type NodeInfo, sayBytes, type Watermarks } from '#sdk'
import { roomBeforeLow } from '../rolling-restart/watermarks.ts'

/** What one restored index takes. */
export interface Need {
  readonly index: string
  readonly shards: number
  /** Of the primaries. */
  readonly bytes: number
  readonly copies: number
  /** Roles of nodes that may hold it, the preferred one first; `null` where any data node may. */
  readonly tiers: readonly string[] | null
}

export interface Room {
  readonly disk: readonly DiskUse[]
  readonly nodes: readonly NodeInfo[]
  readonly watermarks: Watermarks
}

/** Copies grow by what is merged and written while they are made. */
const spare = 1.2

export function explainDisk(
  needs: readonly Need[],
  room: Room,
): { readonly troubles: readonly string[]; readonly fine: string } {
  const frees = room.disk.map(one => ({ node: one.node, freeBytes: freeOf(one, room.watermarks) }))
  const groups = Map.groupBy(needs, ({ tiers }) => nodesFor(tiers, room).join(' '))
  const troubles = [...groups].flatMap(([key, own]) => {
    const names = key.split(' ')
    return explainGroup(
      own,
      frees.filter(({ node }) => names.includes(node)),
      tierName(own),
    )
  })
  if (groups.size > 1 && troubles.length === 0) troubles.push(...explainGroup(needs, frees, ''))
  return {
    troubles,
    fine: `${sayBytes(sum(needs.map(bytesOf)))} with every copy, ${sayBytes(sum(frees.map(({ freeBytes }) => freeBytes)))} free below the low watermark`,
  }
}

const bytesOf = ({ bytes, copies }: Need): number => bytes * copies
const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)

function explainGroup(
  needs: readonly Need[],
  frees: readonly { readonly node: string; readonly freeBytes: number }[],
  tier: string,
): string[] {
  const wanted = spare * sum(needs.map(bytesOf))
  const free = sum(frees.map(({ freeBytes }) => freeBytes))
  const where = tier === '' ? '' : ` on ${tier}`
  const total =
    wanted <= free
      ? []
      : [
          `${sayBytes(wanted)} are needed${where}, ${sayBytes(free)} are free below the low watermark of ${frees.length} nodes`,
        ]
  const roomiest = Math.max(0, ...frees.map(({ freeBytes }) => freeBytes))
  // A shard is never divided, so somebody must have room for all of it.
  const large = needs.filter(({ bytes, shards }) => (spare * bytes) / Math.max(1, shards) > roomiest)
  return [
    ...total,
    ...large.map(({ index, bytes, shards }) => {
      const shard = sayBytes(bytes / Math.max(1, shards))
      return `a shard of ${index} has ${shard}${where}, and no node has more than ${sayBytes(roomiest)}`
    }),
  ]
}

/** Bytes that a node takes before it has to give shards away. */
const freeOf = (disk: DiskUse, watermarks: Watermarks): number => Math.max(0, roomBeforeLow(disk, watermarks))

/** Of all data nodes together. */
export const freeBelowLow = ({ disk, watermarks }: Pick<Room, 'disk' | 'watermarks'>): number =>
  sum(disk.map(one => freeOf(one, watermarks)))

/** The first tier that has any node, as the servers choose it. */
function nodesFor(tiers: readonly string[] | null, { nodes, disk }: Room): readonly string[] {
  const all = disk.map(({ node }) => node)
  if (tiers === null) return all
  for (const tier of tiers) {
    const own = nodes.filter(({ roles }) => roles.includes(tier) || roles.includes('data'))
    if (own.length > 0) return own.map(({ name }) => name)
  }
  return []
}

const tierName = (needs: readonly Need[]): string => needs[0]?.tiers?.[0] ?? ''

export function explainShards(
  needs: readonly Need[],
  budget: { readonly perNode: number; readonly dataNodes: number; readonly open: number },
): { readonly fits: boolean; readonly text: string } {
  const added = sum(needs.map(({ shards, copies }) => shards * copies))
  const limit = budget.perNode * budget.dataNodes
  const text = `${budget.open} shards are open and ${added} come, ${limit} may be open on ${budget.dataNodes} data nodes`
  return { fits: budget.open + added <= limit, text }
}
