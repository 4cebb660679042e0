// When a broker that is back counts as done: it votes, its copies are in sync, it leads what it should, and it has stayed so.
import { durationMs, OpsError, type PartitionState, type Quorum, type Run, toOpsError } from '#sdk'
import type { RestartParams } from '../params.ts'
import type { InventoryBroker } from './brokers.ts'
import { notPreferred, recoveringBrokers, sayPartitions } from './copies.ts'
import type { KafkaWatch } from './watch.ts'

/** A broker that was away and has come back. */
export interface BackBroker {
  readonly run: Run
  readonly watch: KafkaWatch
  readonly broker: InventoryBroker
  readonly params: RestartParams
}

const pollMs = 500
/** A controller that is further behind would not do as a leader. */
const laggingRecords = 1000
const electionStallMs = 120_000
const soakPollMs = 500
/** Long enough to have a play ready. */
const nearEndMs = 5000

/** Why a broker that is a controller would not do as the leader of the others; `null` where it would, or is none. */
function explainNoVoter({ leader, voters }: Quorum, { id }: InventoryBroker): string | null {
  const voter = voters.find(one => one.id === id)
  if (leader === null) return 'the controllers have no leader'
  if (voter === undefined || leader === id) return null
  if (voter.caughtUpMsAgo !== null && voter.lag < laggingRecords) return null
  return `${voter.lag} records behind the other controllers`
}

export function waitForCopies({ run, watch, broker, params }: BackBroker): Promise<void> {
  return run.wait({
    subject: broker.name,
    title: 'catches up',
    everyMs: pollMs / 2,
    stallMs: durationMs(params.stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const { partitions } = await watch(pollMs / 4)
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
export async function givePreferredLeaders(back: BackBroker): Promise<void> {
  const { run, watch, broker } = back
  await run.wait({
    subject: broker.name,
    title: 'leads again',
    everyMs: pollMs,
    stallMs: electionStallMs,
    ceilingMs: electionStallMs,
    poll: async () => {
      const elsewhere = await electDue(back, (await watch(0)).partitions)
      return elsewhere === 0
        ? { done: undefined }
        : { progress: elsewhere, text: `${elsewhere} leaders still elsewhere` }
    },
    orElse: lastSeen => leaderless(back, lastSeen),
  })
}

/** How many it does not lead yet; they have just been asked for. */
async function electDue({ run, broker }: BackBroker, partitions: readonly PartitionState[]): Promise<number> {
  const due = notPreferred(partitions).filter(
    ({ replicas, isr }) => replicas[0] === broker.id && isr.includes(broker.id),
  )
  if (due.length === 0) return 0
  await run.kafka.electPreferred(due).catch(thrown => {
    // What came of it is seen in the metadata; it may be asked for again.
    const { code } = toOpsError(thrown)
    if (code !== 'OUTCOME_UNKNOWN' && code !== 'CLUSTER_BUSY') throw thrown
  })
  return due.length
}

const leaderless = ({ run, broker }: BackBroker, lastSeen: string): OpsError =>
  new OpsError('STALLED', {
    message: `${broker.name} does not get its leaders back: ${lastSeen}`,
    hint: `ops resume ${run.id}`,
  })

/**
 * For the soak time every copy of it stays in sync and groups are whole; a miss begins the time anew. Meanwhile it gets its
 * leaders back and catches up as a controller, and it is not done without either. `nearEnd` is called when not much of the
 * time is left.
 */
export async function soakBroker(back: BackBroker, nearEnd: () => void): Promise<void> {
  const { run, watch, broker, params } = back
  const soakMs = durationMs(params.soak)
  const begunMs = run.clock.monotonicMs()
  let calmSinceMs = begunMs
  const calmForMs = (): number => run.clock.monotonicMs() - calmSinceMs
  await run.wait({
    subject: broker.name,
    title: 'soaks',
    everyMs: soakPollMs,
    stallMs: soakMs + durationMs(params.stall),
    ceilingMs: soakMs + durationMs(params.stall),
    poll: async () => {
      const leftMs = soakMs - calmForMs()
      if (leftMs <= nearEndMs) nearEnd()
      // The last look is one at the end of the time, not half a second after it.
      if (leftMs > 0 && leftMs < soakPollMs) await run.clock.sleep(leftMs, run.signal)
      const nowMs = run.clock.monotonicMs()
      const asked = unsettledGroups(run)
      // Where copies are behind, nobody waits for this answer.
      asked.catch(() => {})
      const { identity, partitions, quorum } = await watch(0)
      const recovering = recoveringBrokers(partitions)
      if (!identity.brokers.some(({ id }) => id === broker.id)) {
        throw new OpsError('NODE_NOT_BACK', {
          message: `${broker.name} came back and left again within ${params.soak}`,
          hint: `read its log on the host, then: ops resume ${run.id}`,
        })
      }
      const unsettled = recovering.has(broker.id) ? [] : await asked
      const elsewhere = await electDue(back, partitions)
      if (recovering.has(broker.id) || unsettled.length > 0) calmSinceMs = run.clock.monotonicMs()
      const noVoter = explainNoVoter(quorum, broker)
      if (nowMs - calmSinceMs >= soakMs && elsewhere === 0 && noVoter === null) return { done: undefined }
      const behind = recovering.has(broker.id)
        ? sayPartitions(partitions.filter(({ isr, replicas }) => isr.length < replicas.length))
        : unsettled.join(', ')
      const trouble = behind || noVoter || (elsewhere > 0 ? `${elsewhere} leaders still elsewhere` : '')
      if (behind === '' && elsewhere > 0 && nowMs - begunMs > electionStallMs) throw leaderless(back, trouble)
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

async function unsettledGroups({ kafka }: Run): Promise<readonly string[]> {
  const groups = await kafka.groups()
  return groups
    .filter(({ state }) => state === 'PreparingRebalance' || state === 'CompletingRebalance')
    .map(({ group, state }) => `${group} in ${state}`)
}
