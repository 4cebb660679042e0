// What is left of indices whose primaries are missing: on disks, in snapshots, in Kafka. Reads only, and nothing where nothing is red.
import type { Glimpse, InventoryHost, Look, ShardStore, SnapshotInfo } from '#sdk'
import type { ClusterFacts } from './facts.ts'
import { type KafkaHold, lookAtKafka } from './look-at-kafka.ts'
import type { Eyes } from './open-eyes.ts'

export interface RedFacts {
  readonly redIndices: readonly string[]
  readonly stores: readonly ShardStore[] | null
  readonly glimpses: readonly Glimpse[]
  /** Of every repository; `null` where none could be read. */
  readonly kept: readonly SnapshotInfo[] | null
  readonly kafka: readonly KafkaHold[] | null
}

const nothingRed: RedFacts = { redIndices: [], stores: [], glimpses: [], kept: [], kafka: [] }

const mostIndices = 100
const mostRepositories = 5

export async function lookAtRed(
  look: Look,
  eyes: Eyes,
  { unassigned, shardMap }: ClusterFacts,
  hosts: readonly InventoryHost[],
): Promise<RedFacts> {
  const red = [...new Set((unassigned ?? []).flatMap(({ primary, index }) => (primary ? [index] : [])))]
  if (red.length === 0) return nothingRed
  const redIndices = red.slice(0, mostIndices)
  if (red.length > mostIndices)
    eyes.leaveOut('what is left of red indices', `looked at for ${mostIndices} of ${red.length}`)
  const [stores, glimpses, kept] = await Promise.all([
    eyes.see('copies on disks', 2, () => look.allocation.stores(redIndices)),
    eyes.see('what can be read of red indices', 2, () => look.allocation.glimpse(redIndices)),
    lookAtSnapshots(look, eyes),
  ])
  const created = new Map((shardMap?.indices ?? []).map(({ name, createdAtMs }) => [name, createdAtMs]))
  const begins = redIndices.flatMap(index => {
    const { fromMs } = (glimpses ?? []).find(one => one.index === index) ?? { fromMs: null }
    const atMs = fromMs ?? created.get(index)
    return atMs === undefined ? [] : [{ index, atMs }]
  })
  const hasKafka = hosts.some(({ groups }) => groups.includes('kafka'))
  return {
    redIndices,
    stores,
    glimpses: glimpses ?? [],
    kept,
    kafka: hasKafka ? await lookAtKafka(look, eyes, begins) : [],
  }
}

async function lookAtSnapshots(look: Look, eyes: Eyes): Promise<readonly SnapshotInfo[] | null> {
  const repositories = await eyes.see('repositories', 1, () => look.snapshots.repositories())
  if (repositories === null) return null
  const lists = await Promise.all(
    repositories
      .slice(0, mostRepositories)
      .map(({ name }) => eyes.see(`snapshots in ${name}`, 1, () => look.snapshots.list(name))),
  )
  return lists.every(list => list === null) && lists.length > 0 ? null : lists.flatMap(list => list ?? [])
}
