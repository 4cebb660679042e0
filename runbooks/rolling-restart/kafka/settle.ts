// When a broker that is back counts as done: it votes, its copies are in sync, it leads what it should, and it has stayed so.
import { durationMs, OpsError, toOpsError } from '#sdk'
import { notPreferred, recoveringBrokers, sayPartitions } from './copies.ts'
import type { BrokerRestart } from './restart-broker.ts'

const pollMs = 500
/** A controller that is further behind would not do as a leader. */
const laggingRecords = 1000
const electionStallMs = 120_000

/** Nothing to wait for where it is no controller. */
export function waitForVoter({ run, watch, broker, params }: BrokerRestart): Promise<void> {
  return run.wait({
    subject: broker.name,
    title: 'votes',
    everyMs: pollMs,
    stallMs: durationMs(params.stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const { quorum } = await watch(pollMs / 2)
      const voter = quorum.voters.find(({ id }) => id === broker.id)
      if (quorum.leader === null) return { progress: 'no leader', text: 'the controllers have no leader' }
      if (voter === undefined || quorum.leader === broker.id) return { done: undefined }
      if (voter.caughtUpMsAgo !== null && voter.lag < laggingRecords) return { done: undefined }
      return { progress: voter.lag, text: `${voter.lag} records behind the other controllers` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${broker.name} is back, but does not catch up as a controller: ${lastSeen}`,
        hint: `read its log on the host, then: ops resume ${run.id}`,
      }),
  })
}

export function waitForCopies({ run, watch, broker, params }: BrokerRestart): Promise<void> {
  return run.wait({
    subject: broker.name,
    title: 'catches up',
    everyMs: pollMs,
    stallMs: durationMs(params.stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const { partitions } = await watch(pollMs / 2)
      const missing = partitions.filter(
        ({ replicas, isr }) => replicas.includes(broker.id) && !isr.includes(broker.id),
      )
      // No partition at all is no answer.
      if (missing.length === 0 && partitions.length > 0) return { done: undefined }
      return { progress: missing.length, text: `${missing.length} copies not in sync yet` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `copies of ${broker.name} do not catch up: ${lastSeen}, no progress for ${params.stall}`,
        hint: `read its log, and look for a throttle: then ops resume ${run.id}`,
      }),
  })
}

/** Leaders that should be on it and can be: one whose copy there is not in sync stays where it is. */
export async function givePreferredLeaders({ run, watch, broker }: BrokerRestart): Promise<void> {
  await run.wait({
    subject: broker.name,
    title: 'leads again',
    everyMs: pollMs,
    stallMs: electionStallMs,
    ceilingMs: electionStallMs,
    poll: async () => {
      const { partitions } = await watch(0)
      const due = notPreferred(partitions).filter(
        ({ replicas, isr }) => replicas[0] === broker.id && isr.includes(broker.id),
      )
      if (due.length === 0) return { done: undefined }
      await run.kafka.electPreferred(due).catch(thrown => {
        // What came of it is seen in the metadata; it may be asked for again.
        const { code } = toOpsError(thrown)
        if (code !== 'OUTCOME_UNKNOWN' && code !== 'CLUSTER_BUSY') throw thrown
      })
      return { progress: due.length, text: `${due.length} leaders still elsewhere` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${broker.name} does not get its leaders back: ${lastSeen}`,
        hint: `ops resume ${run.id}`,
      }),
  })
}

/** For the soak time every copy everywhere stays in sync and groups are whole; a miss begins the time anew. */
export async function soakBroker({ run, watch, broker, params }: BrokerRestart): Promise<void> {
  const soakMs = durationMs(params.soak)
  let calmSinceMs = run.clock.monotonicMs()
  await run.wait({
    subject: broker.name,
    title: 'soaks',
    everyMs: pollMs * 2,
    stallMs: soakMs + durationMs(params.stall),
    ceilingMs: soakMs + durationMs(params.stall),
    poll: async () => {
      const { identity, partitions } = await watch(0)
      const nowMs = run.clock.monotonicMs()
      const recovering = recoveringBrokers(partitions)
      if (!identity.brokers.some(({ id }) => id === broker.id)) {
        throw new OpsError('NODE_NOT_BACK', {
          message: `${broker.name} came back and left again within ${params.soak}`,
          hint: `read its log on the host, then: ops resume ${run.id}`,
        })
      }
      const unsettled = recovering.has(broker.id) ? [] : await unsettledGroups(run)
      if (recovering.has(broker.id) || unsettled.length > 0) calmSinceMs = nowMs
      if (nowMs - calmSinceMs >= soakMs) return { done: undefined }
      const trouble = recovering.has(broker.id)
        ? sayPartitions(partitions.filter(({ isr, replicas }) => isr.length < replicas.length))
        : unsettled.join(', ')
      return {
        progress: null,
        text: trouble === '' ? `${Math.round((nowMs - calmSinceMs) / 1000)} s` : trouble,
      }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${broker.name} does not come to rest: ${lastSeen}`,
        hint: `ops resume ${run.id}`,
      }),
  })
}

async function unsettledGroups({ kafka }: BrokerRestart['run']): Promise<readonly string[]> {
  const groups = await kafka.groups()
  return groups
    .filter(({ state }) => state === 'PreparingRebalance' || state === 'CompletingRebalance')
    .map(({ group, state }) => `${group} in ${state}`)
}
