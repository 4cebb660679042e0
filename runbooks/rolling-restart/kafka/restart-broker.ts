// One broker, from up to up again. Reads like the procedure; each part is below, in the order in which it is called.
import { durationMs, type Observation, OpsError, type Run, toOpsError } from '#sdk'
import type { RestartParams } from '../params.ts'
import { askService, lookAtService, restartService, type ServiceRestart, startService } from '../service.ts'
import type { InventoryBroker } from './brokers.ts'
import { givePreferredLeaders, soakBroker, waitForCopies, waitForVoter } from './settle.ts'
import type { KafkaWatch } from './watch.ts'

export interface BrokerRestart {
  readonly run: Run
  readonly watch: KafkaWatch
  readonly broker: InventoryBroker
  readonly params: RestartParams
  /** Last look before the stop; throws when fresh metadata no longer allows it. */
  readonly confirm: () => Promise<void>
}

export type BrokerBefore = {
  /** Process of the service: another one is another start. */
  readonly pid: number | null
  readonly copies: number
  readonly leaders: number
  readonly bytes: number
}

const service = 'kafka'
const joinPollMs = 500
/** A broker that has not registered after this is asked for at its host. */
const askHostAfterMs = 45_000

/**
 * 1. Journal which process it is and what it holds.
 * 2. Look once more, stop it (its leaders move first: controlled shutdown), start it.
 * 3. Wait until it is registered, votes where it is a controller, and every copy it holds is in sync again.
 * 4. Give it the leaders back that it should have. Watch it for the soak time.
 */
export async function restartBroker(restart: BrokerRestart): Promise<void> {
  const { run, broker } = restart
  const begunMs = run.clock.monotonicMs()
  const before = await run.note(`${broker.name}.before`, () => brokerBefore(restart))
  const play = await stop(restart, before)
  const stoppedMs = run.clock.monotonicMs()
  await bringBack(restart, before, play)
  await waitForVoter(restart)
  await waitForCopies(restart)
  const pausedSeconds = secondsSince(run, stoppedMs)
  await givePreferredLeaders(restart)
  await soakBroker(restart)
  await run.mark(`${broker.name}.recovered`, 'node.recovered', {
    node: broker.name,
    seconds: secondsSince(run, begunMs),
    copies: before.copies,
    leaders: before.leaders,
    // With --accept-stall this is how long partitions with too few copies refused writes.
    outOfSyncSeconds: pausedSeconds,
  })
}

const secondsSince = (run: Run, ms: number): number => Math.round((run.clock.monotonicMs() - ms) / 100) / 10

async function brokerBefore({ run, watch, broker, params }: BrokerRestart): Promise<BrokerBefore> {
  const seen = await askService(run, broker.name, service, durationMs(params.giveUp))
  if (seen.state === 'ended') {
    throw new OpsError('STEP_FAILED', {
      message: `${broker.name} does not run`,
      hint: 'see why: ops plan rolling-restart --service kafka',
    })
  }
  const { partitions } = await watch(0)
  return {
    pid: seen.pid,
    copies: partitions.filter(({ replicas }) => replicas.includes(broker.id)).length,
    leaders: partitions.filter(({ leader }) => leader === broker.id).length,
    bytes: await bytesOn(run, broker),
  }
}

async function bytesOn({ kafka }: Run, { id }: InventoryBroker): Promise<number> {
  const dirs = await kafka.logDirs([id])
  return dirs.flatMap(({ replicas }) => replicas).reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Retention may take some of it meanwhile, never most. */
async function checkSame({ run, broker }: BrokerRestart, before: BrokerBefore): Promise<void> {
  const bytes = await bytesOn(run, broker)
  if (bytes >= before.bytes / 2) return
  throw new OpsError('NODE_CHANGED', {
    message: `${broker.name} came back with ${bytes} bytes of ${before.bytes}: it has another disk, or an empty one`,
    hint: `stop it before it copies everything, find its disk; then ops resume ${run.id} or ops abort ${run.id}`,
  })
}

/** Begins the play that restarts the service, and returns when that has stopped it; `null` where it was stopped before. */
async function stop(restart: BrokerRestart, before: BrokerBefore): Promise<ServiceRestart | null> {
  const { run, broker, confirm } = restart
  let play: ServiceRestart | null = null
  await run.step({
    key: `${broker.name}.stop`,
    title: `stop ${broker.name}`,
    before,
    observe: () => hasStopped(restart, before),
    guard: async () => {
      // One that is stopped already has no copy that could be taken away.
      if ((await hasStopped(restart, before)).state === 'not-done') await confirm()
    },
    apply: async () => {
      const begun = restartService(run, broker.name, service)
      await begun.stopped
      play = begun
      return null
    },
  })
  await run.mark(`${broker.name}.stopped`, 'node.stopped', { node: broker.name })
  return play
}

async function hasStopped(
  { run, broker, params }: BrokerRestart,
  { pid }: BrokerBefore,
): Promise<Observation<null>> {
  const seen = await askService(run, broker.name, service, durationMs(params.giveUp))
  return seen.state === 'running' && seen.pid === pid ? notDone : done
}

/** From here on the broker is down by our hand: whatever goes wrong, a person must know, and nobody else is taken down. */
async function bringBack(
  restart: BrokerRestart,
  before: BrokerBefore,
  play: ServiceRestart | null,
): Promise<void> {
  const { run, broker } = restart
  try {
    await start(restart, before, play)
    await checkSame(restart, before)
    await run.mark(`${broker.name}.back`, 'node.back', { node: broker.name, id: broker.id })
  } catch (thrown) {
    const error = toOpsError(thrown)
    if (run.signal.aborted || error.code === 'NODE_NOT_BACK' || error.code === 'NODE_CHANGED') throw error
    throw new OpsError('NODE_NOT_BACK', {
      message: `${broker.name} was stopped and could not be started: ${error.message}`,
      hint: `see to it on the host, then: ops resume ${run.id}${error.hint === undefined ? '' : ` · ${error.hint}`}`,
      cause: error,
    })
  }
}

/** Done when the broker is registered, not when its process runs: one that ends on its way is started again by a resume. */
async function start(
  restart: BrokerRestart,
  before: BrokerBefore,
  play: ServiceRestart | null,
): Promise<void> {
  const { run, broker, params } = restart
  await run.step({
    key: `${broker.name}.start`,
    title: `start ${broker.name}`,
    observe: async () => {
      if ((await hasStopped(restart, before)).state === 'not-done') return notDone
      return (await isRegistered(restart)) ? done : notDone
    },
    apply: async () => {
      try {
        await (play === null ? startService(run, broker.name, service) : play.started)
      } catch (thrown) {
        if (run.signal.aborted) throw thrown
        const seen = await askService(run, broker.name, service, durationMs(params.giveUp))
        if (seen.state === 'ended') await startService(run, broker.name, service)
      }
      await waitForRegistration(restart)
      return null
    },
  })
}

async function isRegistered({ watch, broker }: BrokerRestart): Promise<boolean> {
  const { identity } = await watch(joinPollMs / 2)
  return identity.brokers.some(({ id }) => id === broker.id)
}

function waitForRegistration(restart: BrokerRestart): Promise<void> {
  const { run, broker, params } = restart
  const giveUpMs = durationMs(params.giveUp)
  const begunMs = run.clock.monotonicMs()
  let askedMs = begunMs
  let problem: string | null = null
  const gone = (why: string): OpsError =>
    new OpsError('NODE_NOT_BACK', {
      message: `${broker.name} has not come back: ${why}`,
      hint: `read its log on the host; when it is back: ops resume ${run.id} · to give up on it: ops abort ${run.id}`,
    })
  return run.wait({
    subject: broker.name,
    title: 'registers',
    everyMs: joinPollMs,
    stallMs: giveUpMs,
    ceilingMs: giveUpMs,
    poll: async () => {
      if (await isRegistered(restart)) return { done: undefined }
      const nowMs = run.clock.monotonicMs()
      if (nowMs - askedMs > askHostAfterMs) {
        askedMs = nowMs
        const seen = await lookAtService(run, broker.name, service)
        if (seen.state === 'ended')
          throw gone(`its process has ended${seen.lastWords === null ? '' : `, saying: ${seen.lastWords}`}`)
        problem = seen.state === 'unreachable' ? seen.problem : null
      }
      const waited = `${Math.round((nowMs - begunMs) / 1000)} s`
      return { progress: null, text: problem === null ? waited : `${waited}: ${problem}` }
    },
    orElse: lastSeen => gone(`not registered after ${lastSeen}`),
  })
}

const done: Observation<null> = { state: 'done', result: null }
const notDone: Observation<null> = { state: 'not-done' }
