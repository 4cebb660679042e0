// Is a snapshot that has ended what it was to be? Pure. The word SUCCESS is not believed alone: every index and every shard is looked
// for, and what is missing is only excused where the index itself is gone.
import type { IndexFacts, SnapshotInfo, SnapshotProgress } from '#sdk'
import type { PlannedIndex } from './plan.ts'

export interface Ended {
  readonly expected: readonly PlannedIndex[]
  readonly info: SnapshotInfo
  /** As the repository tells it shard by shard. */
  readonly progress: SnapshotProgress
  /** What is in the cluster now. */
  readonly present: readonly IndexFacts[]
}

export interface Acceptance {
  /** Why it is not accepted, one sentence each; empty where it is. */
  readonly troubles: readonly string[]
  /** Indices that were deleted meanwhile, with the proof. */
  readonly excused: readonly string[]
}

export function decideAcceptance({ expected, info, progress, present }: Ended): Acceptance {
  const there = new Set(present.map(({ uuid }) => uuid))
  const missing = expected.filter(({ index }) => !info.indices.includes(index))
  const taken = expected.filter(({ index }) => info.indices.includes(index))
  return {
    troubles: [
      ...info.failures.map(({ index, shard, reason }) => `${index}[${shard}]: ${reason}`),
      ...(info.state === 'SUCCESS' ? [] : [`it is ${info.state}`]),
      ...explainShards(info, progress),
      ...taken.flatMap(one => explainIndex(one, progress)),
      ...missing.filter(({ uuid }) => there.has(uuid)).map(({ index }) => `${index} is not in it`),
    ],
    excused: missing
      .filter(({ uuid }) => !there.has(uuid))
      .map(({ index, uuid }) => `${index} was deleted meanwhile: no index has the uuid ${uuid} any more`),
  }
}

function explainShards({ shards }: SnapshotInfo, progress: SnapshotProgress): string[] {
  const { done, failed, total } = progress.shards
  if (shards.failed > 0 || failed > 0 || shards.successful !== shards.total)
    return [`${shards.successful} of ${shards.total} shards are in it`]
  return done === total && total === shards.total
    ? []
    : [`the repository tells of ${done} shards, the snapshot of ${shards.total}`]
}

function explainIndex({ index, shards }: PlannedIndex, { indices }: SnapshotProgress): string[] {
  const found = indices.find(one => one.index === index)?.shards ?? 0
  return found === shards ? [] : [`${index} has ${found} of ${shards} shards in it`]
}
