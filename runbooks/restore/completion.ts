// Has a restore come to its end, and is every shard there? Pure. `_recovery` forgets what has failed, so it is never believed
// alone: a shard counts when its primary is started, its recovery came from the snapshot, and the master is done with it.
import type { RunningRestore, ShardMap, ShardRecovery, ShardState } from '#sdk'

export interface ExpectedIndex {
  /** As it is called now. */
  readonly name: string
  readonly uuid: string
  readonly shards: number
}

/** Read in this order: what the master no longer lists as being restored must be started, or it has failed. */
export interface RestoreSeen {
  readonly restores: readonly RunningRestore[]
  readonly map: ShardMap
  readonly recoveries: readonly ShardRecovery[]
}

export interface ShardTrouble {
  readonly index: string
  /** `null`: the index itself. */
  readonly shard: number | null
  readonly why: string
}

export type Completion =
  | { readonly state: 'done' }
  | { readonly state: 'failed'; readonly troubles: readonly ShardTrouble[] }
  | {
      readonly state: 'going'
      readonly proven: number
      readonly total: number
      readonly recoveredBytes: number
      readonly waiting: readonly string[]
    }

type ShardVerdict = 'proven' | { readonly waits: string } | { readonly why: string }

/** Reasons of a copy that a restore has left without a node. */
const leftByRestore = ['NEW_INDEX_RESTORED', 'EXISTING_INDEX_RESTORED', 'ALLOCATION_FAILED']
/** A copy that has moved since, or whose node was restarted, still holds what was restored. */
const laterTypes = ['PEER', 'EXISTING_STORE']

export function decideCompletion(
  expected: readonly ExpectedIndex[],
  snapshot: string,
  seen: RestoreSeen,
): Completion {
  const troubles: ShardTrouble[] = []
  const waiting: string[] = []
  let proven = 0
  for (const index of expected) {
    const found = seen.map.indices.find(({ name }) => name === index.name)
    const trouble = explainIndex(index, found)
    if (trouble !== null) troubles.push({ index: index.name, shard: null, why: trouble })
    for (const shard of found?.shards ?? []) {
      const verdict = judgeShard(index.name, shard, snapshot, seen)
      if (verdict === 'proven') proven += 1
      else if ('why' in verdict) troubles.push({ index: index.name, shard: shard.number, why: verdict.why })
      else waiting.push(`${index.name}[${shard.number}] ${verdict.waits}`)
    }
  }
  if (troubles.length > 0) return { state: 'failed', troubles }
  const total = expected.reduce((sum, { shards }) => sum + shards, 0)
  const names = new Set(expected.map(({ name }) => name))
  const listed = seen.restores.some(({ shards }) => shards.some(({ index }) => names.has(index)))
  if (proven === total && !listed) return { state: 'done' }
  if (proven === total) waiting.push('the master still lists the restore')
  return { state: 'going', proven, total, recoveredBytes: countBytes(names, seen.recoveries), waiting }
}

function explainIndex(
  { uuid, shards }: ExpectedIndex,
  found: ShardMap['indices'][number] | undefined,
): string | null {
  if (found === undefined) return 'is not there any more'
  if (found.uuid !== uuid) return 'was replaced by another index of the same name'
  return found.shards.length === shards ? null : `has ${found.shards.length} of ${shards} shards`
}

function judgeShard(
  name: string,
  { number, copies }: ShardState,
  snapshot: string,
  { restores, recoveries }: RestoreSeen,
): ShardVerdict {
  const listed = restores
    .flatMap(({ shards }) => shards)
    .find(({ index, shard }) => index === name && shard === number)
  const primary = copies.find(copy => copy.primary)
  if (listed?.state === 'FAILURE') return { why: 'the restore of it has failed' }
  if (primary?.state === 'STARTED' || primary?.state === 'RELOCATING')
    return judgeStarted(name, number, snapshot, recoveries)
  if (listed !== undefined) return { waits: `is ${listed.state.toLowerCase()}` }
  const reason = primary?.unassignedReason ?? 'no primary'
  if (primary === undefined || (primary.state === 'UNASSIGNED' && leftByRestore.includes(reason)))
    return { why: `the restore has ended and no copy of it was started (${reason})` }
  return { waits: `is ${primary.state.toLowerCase()} (${reason})` }
}

function judgeStarted(
  name: string,
  number: number,
  snapshot: string,
  recoveries: readonly ShardRecovery[],
): ShardVerdict {
  const own = recoveries.filter(({ index, shard, primary }) => index === name && shard === number && primary)
  const restored = own.find(({ type }) => type === 'SNAPSHOT')
  if (restored?.fromSnapshot === snapshot && restored.stage === 'DONE') return 'proven'
  if (restored !== undefined && restored.fromSnapshot !== snapshot)
    return { why: `was restored from ${restored.fromSnapshot}` }
  if (own.some(({ type, stage }) => laterTypes.includes(type) && stage === 'DONE')) return 'proven'
  const [other] = own
  if (other !== undefined && !laterTypes.includes(other.type) && other.type !== 'SNAPSHOT')
    return { why: `is started from ${other.type}, not from the snapshot` }
  return { waits: 'is started, and its recovery is not told yet' }
}

const countBytes = (names: ReadonlySet<string>, recoveries: readonly ShardRecovery[]): number =>
  recoveries
    .filter(({ index }) => names.has(index))
    .reduce((sum, { recoveredBytes }) => sum + recoveredBytes, 0)
