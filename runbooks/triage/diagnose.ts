// From what was seen to what is wrong, the true cause first. `decideDiagnosis` is pure; `diagnoseCluster` looks and decides, for whoever
// means to mend it.
import type { Look } from '#sdk'
import { decideBlocks, decideDisabled, decideDisks, decideLimit, decideRecovering } from './causes/cluster.ts'
import { decideCopies } from './causes/copies.ts'
import { decideDangling, decideLifecycle } from './causes/lifecycle.ts'
import { decideMaster, decideVoting } from './causes/master.ts'
import { decideMembership } from './causes/membership.ts'
import type { Cause, Diagnosis } from './diagnosis.ts'
import { lookAtTriage, type TriageFacts } from './facts.ts'
import { rankCauses } from './rank.ts'
import { decideRecoverable } from './recoverable.ts'

export const diagnoseCluster = async (look: Look): Promise<Diagnosis> =>
  decideDiagnosis(await lookAtTriage(look))

export function decideDiagnosis(facts: TriageFacts): Diagnosis {
  const { identity, inventory, unassigned, nowMs, blind, requests } = facts
  return {
    cluster: identity?.clusterName ?? inventory.clusterName ?? 'unknown',
    status: decideStatus(facts),
    seenAt: new Date(nowMs).toISOString(),
    copies: {
      total: countCopies(facts),
      unassigned: unassigned?.length ?? facts.health?.unassignedShards ?? 0,
    },
    causes: rankCauses(decideCauses(facts)),
    recoverable: decideRecoverable(facts),
    blind,
    requests,
  }
}

function decideCauses(facts: TriageFacts): readonly Cause[] {
  const copies = decideCopies(facts)
  return [
    ...decideMaster(facts),
    ...decideMembership(facts),
    ...decideBlocks(facts),
    ...decideDisks(facts),
    ...copies,
    ...decideDisabled(facts, copies),
    ...decideRecovering(facts),
    ...decideVoting(facts),
    ...decideLimit(facts),
    ...decideDangling(facts),
    ...decideLifecycle(facts),
  ]
}

/** What the cluster says of itself, or what its copies say where it did not answer in time. */
function decideStatus({ health, unassigned, master, shardMap }: TriageFacts): Diagnosis['status'] {
  if (master?.elected === null) return 'red'
  if (health !== null) return health.status
  if (unassigned === null) return 'unknown'
  if (unassigned.length === 0) return shardMap === null ? 'unknown' : 'green'
  return unassigned.some(({ primary }) => primary) ? 'red' : 'yellow'
}

function countCopies({ copies, shardMap }: TriageFacts): number {
  if (copies !== null) return copies.length
  return (shardMap?.indices ?? []).reduce(
    (sum, { shards }) => sum + shards.reduce((inner, shard) => inner + shard.copies.length, 0),
    0,
  )
}
