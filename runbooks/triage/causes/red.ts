// Primaries of which no copy that holds every acknowledged write is on a member. Which copies are left on disks, corrupt or stale, and
// what each way back would lose. Pure.
import { type ShardStore, type SnapshotInfo, sayFew, type UnassignedCopy } from '#sdk'
import type { Remedy } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { kindOfFailure, nameOfShard } from '../group-copies.ts'
import { lastNodeOf } from '../missing-nodes.ts'
import { advise, nothingWithoutLoss, restoreAll, retryFailed } from './remedies.ts'
import { indicesOf, type Ruling, type Sighting } from './sighting.ts'

const shardOf = (copy: UnassignedCopy, stores: readonly ShardStore[] | null): readonly ShardStore[] =>
  (stores ?? []).filter(({ index, shard }) => index === copy.index && shard === copy.shard)

const isCorrupt = ({ problem }: ShardStore): boolean =>
  problem !== null && kindOfFailure(problem) !== 'locked'

/** Allocation ids that hold every acknowledged write. */
export function inSyncOf(
  { index, shard }: Pick<UnassignedCopy, 'index' | 'shard'>,
  { shardMap }: Pick<TriageFacts, 'shardMap'>,
): readonly string[] {
  const found = shardMap?.indices.find(({ name }) => name === index)
  return found?.shards.find(({ number }) => number === shard)?.inSync ?? []
}

/** A primary whose copy is there and cannot be read. */
export function isCorruptCopy(copy: UnassignedCopy, { stores }: Pick<TriageFacts, 'stores'>): boolean {
  // What is not right in a repository is no copy.
  if (copy.recoverySource === 'SNAPSHOT') return false
  if (kindOfFailure(copy.details) === 'corrupt') return true
  return copy.primary && shardOf(copy, stores).some(isCorrupt)
}

/** Copies that can be opened and lack some acknowledged writes. */
const staleCopies = (copies: readonly UnassignedCopy[], facts: TriageFacts): readonly ShardStore[] =>
  copies.flatMap(copy => {
    const inSync = inSyncOf(copy, facts)
    return shardOf(copy, facts.stores).filter(
      store => store.problem === null && store.allocationId !== null && !inSync.includes(store.allocationId),
    )
  })

/**
 * Written to since a snapshot was begun, as far as can be told: not where the index may not be written to, unless what can be read of it
 * is newer. Nobody knows since when it may not, so the remedy says so.
 */
const isWrittenSince =
  ({ indexSettings, indexBlocks, glimpses }: TriageFacts) =>
  (index: string, { startedAtMs }: SnapshotInfo): boolean => {
    const untilMs = glimpses.find(one => one.index === index)?.untilMs ?? null
    if (untilMs !== null && untilMs > startedAtMs) return true
    const blocks = indexBlocks?.[index] ?? []
    const settings = indexSettings[index] ?? {}
    const closed = ['write', 'read_only'].some(
      block => blocks.includes(block) || settings[`index.blocks.${block}`] === 'true',
    )
    return !closed
  }

const mostEach = 20

/** Ways back without the copy that is gone: what loses nothing first, what loses data last and shard by shard. */
export function waysBack(copies: readonly UnassignedCopy[], facts: TriageFacts): readonly Remedy[] {
  const red = copies.filter(({ primary }) => primary)
  const names = indicesOf({ copies: red })
  const restores = restoreAll(names, facts.kept ?? [], isWrittenSince(facts))
  return [
    ...restores.filter(({ risk }) => risk !== 'loses-data'),
    ...kafkaRemedies(names, facts),
    ...restores.filter(({ risk }) => risk === 'loses-data'),
    ...staleCopies(red, facts).slice(0, mostEach).map(toStale),
    ...red.slice(0, mostEach).flatMap(copy => toEmpty(copy, facts)),
  ]
}

/** Where each of them loses something, that is said first. */
function remediesOfRed({ copies }: Sighting, facts: TriageFacts): readonly Remedy[] {
  const ways = waysBack(copies, facts)
  // The very node that has it may only be away.
  if (facts.members === null)
    return [advise('see who is a member before anything is given up', 'ops plan triage'), ...ways]
  const lossless = ways.some(({ risk }) => risk !== 'loses-data')
  const warning = lossless ? [] : [nothingWithoutLoss(sayWhatIsLeft(copies, ways))]
  return [...warning, ...ways]
}

function sayWhatIsLeft(copies: readonly UnassignedCopy[], ways: readonly Remedy[]): string {
  const stale = ways.flatMap(way => (way.do === 'allocate-stale' ? [way.node] : []))
  const left = [
    ...(ways.some(way => way.do === 'restore') ? ['a snapshot has an older state'] : []),
    ...(stale.length > 0 ? [`stale copies are on ${sayFew([...new Set(stale)])}`] : []),
  ]
  const what = `no copy with every acknowledged write of ${sayFew(copies.map(nameOfShard), 3)} is on any node`
  return left.length > 0 ? `${what}; ${left.join(', ')}` : `${what}, in a snapshot or in Kafka`
}

function kafkaRemedies(names: readonly string[], { kafka }: TriageFacts): readonly Remedy[] {
  const holds = (kafka ?? []).filter(({ index, all }) => all && names.includes(index))
  if (holds.length === 0) return []
  const topics = [...new Set(holds.map(({ topic }) => topic))]
  const since = new Date(Math.min(...holds.map(({ sinceMs }) => sinceMs))).toISOString()
  return [
    advise(
      `make the index anew and read ${sayFew(topics)} again from ${since}: Kafka still holds all of it`,
      'ops run restore --indices INDEX --into place --stop-writers --backfill',
    ),
  ]
}

const toStale = ({ index, shard, node, nodeId, allocationId }: ShardStore): Remedy => ({
  do: 'allocate-stale',
  ...{ index, shard, node, nodeId, allocationId: allocationId ?? '' },
  risk: 'loses-data',
  text: `let the stale copy of ${index}[${shard}] on ${node} become the primary: what it lacks is lost`,
  command: `ops run reroute --max-risk loses-data --accept-loss ${index}/${shard}`,
})

/** Nothing of the shard is left: only where somebody has to go on writing. */
function toEmpty({ index, shard }: UnassignedCopy, facts: TriageFacts): readonly Remedy[] {
  const node = placeFor(index, facts)
  if (node === null) return []
  return [
    {
      do: 'allocate-empty',
      ...{ index, shard, node },
      risk: 'loses-data',
      text: `begin ${index}[${shard}] anew and empty on ${node}: all of its documents are lost`,
      command: `ops run reroute --max-risk loses-data --accept-loss ${index}/${shard}`,
    },
  ]
}

/** The member of its tier with the most room. */
function placeFor(index: string, { disks, indexSettings }: TriageFacts): string | null {
  const preference = indexSettings[index]?.['index.routing.allocation.include._tier_preference'] ?? ''
  const tiers = preference.split(',').filter(tier => tier !== '')
  const data = (disks ?? []).filter(({ roles }) => roles.some(role => role.startsWith('data')))
  const ofTier = data.filter(
    ({ roles }) => roles.includes('data') || tiers.some(tier => roles.includes(tier)),
  )
  const [best] = [...(ofTier.length > 0 ? ofTier : data)].sort((a, b) => b.availableBytes - a.availableBytes)
  return best?.node ?? null
}

/** Every copy on a disk, and whether it would do. */
function sayStores({ copies }: Sighting, facts: TriageFacts): readonly string[] {
  return copies.slice(0, 5).flatMap(copy => {
    const inSync = inSyncOf(copy, facts)
    const stores = shardOf(copy, facts.stores)
    if (facts.stores === null) return []
    if (stores.length === 0) return [`${nameOfShard(copy)}: no copy on the disk of any member`]
    return stores.map(({ node, allocationId, problem }) => {
      const kind =
        problem !== null
          ? `cannot be opened: ${problem.slice(0, 200)}`
          : allocationId !== null && inSync.includes(allocationId)
            ? 'has every acknowledged write'
            : 'is stale'
      return `${nameOfShard(copy)}: the copy on ${node} (${allocationId ?? 'no allocation id'}) ${kind}`
    })
  })
}

export const noValidCopyRuling: Ruling = {
  id: 'no_valid_copy',
  sentence: (seen, { members }) =>
    members === null
      ? `no member has a copy with every acknowledged write of ${sayFew(seen.copies.map(nameOfShard), 3)}, and who is away could not be seen`
      : `the last copy with every acknowledged write of ${sayFew(seen.copies.map(nameOfShard), 3)} is gone: no node of the inventory that is away can have it`,
  evidence: sayStores,
  remedies: remediesOfRed,
}

export const corruptRuling: Ruling = {
  id: 'copy_corrupt',
  key: ({ copies: [copy] }) => (copy?.primary ? 'primary' : 'replica'),
  sentence: (seen, { stores, members }) => {
    const nodes = seen.copies.flatMap(copy =>
      shardOf(copy, stores)
        .filter(isCorrupt)
        .map(({ node }) => node),
    )
    const where = [...new Set([...nodes, ...seen.copies.flatMap(copy => nameOfLast(copy, members))])]
    return `the ${seen.copies[0]?.primary ? 'only copy' : 'replica'} of ${sayFew(seen.copies.map(nameOfShard), 3)}${where.length > 0 ? ` on ${sayFew(where, 3)}` : ''} cannot be read`
  },
  evidence: sayStores,
  remedies: (seen, facts) => {
    const [copy] = seen.copies
    // A replica is built anew from its primary, and a primary where another copy is as good.
    if (copy?.primary !== true)
      return [retryFailed(), advise('look at the disk of the node', 'dmesg, smartctl')]
    if (hasGoodCopy(copy, facts)) return [retryFailed(), ...remediesOfRed(seen, facts)]
    return [
      ...remediesOfRed(seen, facts),
      {
        ...advise(
          'with the node stopped, and what is lost agreed upon: cut out what cannot be read',
          `elasticsearch-shard remove-corrupted-data --index ${copy.index} --shard-id ${copy.shard}`,
        ),
        risk: 'loses-data',
      },
    ]
  },
}

/** The one that could not be read is good for nothing, also where the server has not marked it yet. */
const hasGoodCopy = (copy: UnassignedCopy, facts: TriageFacts): boolean => {
  const inSync = inSyncOf(copy, facts)
  const unread = kindOfFailure(copy.details) === 'corrupt' ? nameOfLast(copy, facts.members) : []
  return shardOf(copy, facts.stores).some(
    ({ node, allocationId, problem }) =>
      problem === null && allocationId !== null && inSync.includes(allocationId) && !unread.includes(node),
  )
}

function nameOfLast(copy: UnassignedCopy, members: TriageFacts['members']): readonly string[] {
  const last = lastNodeOf(copy) ?? /failed shard on node \[([^\]]+)\]/.exec(copy.details ?? '')?.[1] ?? null
  if (last === null) return []
  return [members?.find(({ id }) => id === last)?.name ?? last]
}
