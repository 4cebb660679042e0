// The order of causes: what makes the others first. Pure.
import type { Cause, CauseId } from './diagnosis.ts'

/** Nobody may touch a shard while one of the first is open; the last follow from others. */
const phases: readonly (readonly CauseId[])[] = [
  ['no_master', 'master_unstable'],
  ['node_missing', 'node_hung'],
  ['cluster_block'],
  ['disk_full'],
  [
    'allocation_disabled',
    'copy_corrupt',
    'restore_failed',
    'repository_missing',
    'resize_source',
    'allocation_filter',
    'tier_missing',
    'disk_watermark',
    'shutting_down',
    'version_mixed',
    'shards_limit',
    'awareness',
    'retries_exhausted',
    'no_valid_copy',
    'too_many_copies',
    'follower_bootstrap',
    'frozen_role',
    'snapshot_running',
    'write_load',
    'unknown_decider',
    'delayed',
    'fetching',
    'throttled',
  ],
  ['voting_exclusions', 'cluster_shard_limit', 'dangling', 'lifecycle_error', 'lifecycle_overdue'],
  ['primary_first'],
]
const [aside, last] = [5, 6]
const ofCopies = 4

function phaseOf({ id, copyCount }: Cause, sick: boolean): number {
  const at = phases.findIndex(phase => phase.includes(id))
  // A node that is away and has nothing that is missed explains nothing, and neither does a switch.
  const explains = copyCount > 0 || !sick
  return explains || (id !== 'node_missing' && id !== 'allocation_disabled') ? at : aside
}

const isRed = ({ copies }: Cause): boolean => copies.some(({ primary }) => primary)

export function rankCauses(causes: readonly Cause[]): readonly Cause[] {
  const sick = causes.some(({ copyCount }) => copyCount > 0)
  const place = (cause: Cause): readonly number[] => {
    const phase = phaseOf(cause, sick)
    return [
      phase,
      phase === ofCopies && !isRed(cause) ? 1 : 0,
      phases[Math.min(phase, last)]?.indexOf(cause.id) ?? 0,
      -cause.copyCount,
    ]
  }
  const placed = causes.map(cause => ({ cause, at: place(cause) }))
  return placed.sort((a, b) => compare(a.at, b.at)).map(({ cause }) => cause)
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, one] of a.entries()) {
    const other = b[at] ?? 0
    if (one !== other) return one - other
  }
  return 0
}
