// One broker, from up to up again. Reads like the procedure; each part is below, in the order in which it is called.
import { durationMs, type Observation, OpsError, type Run } from '#sdk'
import { startAndWait, toldAsDown } from '../come-back.ts'
import type { PreparedRestarts } from '../prepared.ts'
import { askService, type ServiceRestart } from '../service.ts'
import type { InventoryBroker } from './brokers.ts'
import { type BackBroker, soakBroker, waitForCopies } from './settle.ts'

export interface BrokerRestart extends BackBroker {
  readonly restarts: PreparedRestarts
  /** Called when not much of the soak time is left. */
  readonly nearEnd: () => void
  /** Process of its service when the plan was made, where that is known. */
  readonly pid: number | null
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
/** Longest time without one more copy loaded. */
const loadingMs = 60_000

/**
 * 1. Journal which process it is and what it holds.
 * 2. Look once more, stop it (its leaders move first: controlled shutdown), start it.
 * 3. Wait until it is registered, and every copy it holds is in sync again.
 * 4. Watch it for the soak time, in which it gets the leaders back that it should have and votes where it is a controller, and
 *    the play of the next gets ready.
 */
export async function restartBroker(restart: BrokerRestart): Promise<void> {
  const { run, broker } = restart
  const begunMs = run.clock.monotonicMs()
  const before = await run.note(`${broker.name}.before`, () => brokerBefore(restart))
  const play = await stop(restart, before)
  const stoppedMs = run.clock.monotonicMs()
  await bringBack(restart, before, play)
  await waitForCopies(restart)
  const pausedSeconds = secondsSince(run, stoppedMs)
  await soakBroker(restart, restart.nearEnd)
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

async function brokerBefore(restart: BrokerRestart): Promise<BrokerBefore> {
  const { run, watch, broker } = restart
  const pid = restart.pid ?? (await askPid(restart))
  const { partitions } = await watch(0)
  return {
    pid,
    copies: partitions.filter(({ replicas }) => replicas.includes(broker.id)).length,
    leaders: partitions.filter(({ leader }) => leader === broker.id).length,
    bytes: (await heldBy(run, broker)).bytes,
  }
}

async function askPid({ run, broker, params }: BrokerRestart): Promise<number | null> {
  const seen = await askService(run, broker.name, service, durationMs(params.giveUp))
  if (seen.state === 'running') return seen.pid
  throw new OpsError('STEP_FAILED', {
    message: `${broker.name} does not run`,
    hint: 'see why: ops plan rolling-restart --service kafka',
  })
}

async function heldBy({ kafka }: Run, { id }: InventoryBroker): Promise<{ copies: number; bytes: number }> {
  const replicas = (await kafka.logDirs([id])).flatMap(dir => dir.replicas)
  return { copies: replicas.length, bytes: replicas.reduce((sum, { bytes }) => sum + bytes, 0) }
}

/**
 * Retention may take some of it meanwhile, never most. A broker answers before it has loaded its logs, and while the
 * controllers elect it loads none: it is judged once it names the copies that it had, be they empty.
 */
async function checkSame({ run, broker }: BrokerRestart, before: BrokerBefore): Promise<void> {
  const changed = (bytes: number): OpsError =>
    new OpsError('NODE_CHANGED', {
      message: `${broker.name} came back with ${bytes} bytes of ${before.bytes}: it has another disk, or an empty one`,
      hint: `stop it before it copies everything, find its disk; then ops resume ${run.id} or ops abort ${run.id}`,
    })
  let last = 0
  const bytes = await run.wait({
    subject: broker.name,
    title: 'loads what it held',
    everyMs: joinPollMs,
    stallMs: loadingMs,
    ceilingMs: 20 * loadingMs,
    poll: async () => {
      const held = await heldBy(run, broker)
      last = held.bytes
      return held.copies >= before.copies || held.bytes >= before.bytes / 2
        ? { done: held.bytes }
        : { progress: held.copies, text: `${held.copies} copies of ${before.copies}` }
    },
    orElse: () => changed(last),
  })
  if (bytes < before.bytes / 2) throw changed(bytes)
}

/** Gives the play that restarts the service its word, and returns when that has stopped it; `null` where it was stopped before. */
async function stop(restart: BrokerRestart, before: BrokerBefore): Promise<ServiceRestart | null> {
  const { run, broker, confirm, restarts } = restart
  let play: ServiceRestart | null = null
  await run.step({
    key: `${broker.name}.stop`,
    title: `stop ${broker.name}`,
    before,
    observe: () => hasStopped(restart, before),
    guard: async () => {
      // One that is not there has no copy that could be taken away.
      const { identity } = await restart.watch(0)
      if (identity.brokers.some(({ id }) => id === broker.id)) await confirm()
    },
    apply: async () => {
      const begun = restarts.take(broker.name).go()
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

async function bringBack(
  restart: BrokerRestart,
  before: BrokerBefore,
  play: ServiceRestart | null,
): Promise<void> {
  const { run, broker } = restart
  await toldAsDown(run, broker.name, async () => {
    await start(restart, before, play)
    await checkSame(restart, before)
    await run.mark(`${broker.name}.back`, 'node.back', { node: broker.name, id: broker.id })
  })
}

/** Done when the broker is registered, not when its process runs: one that ends on its way is started again by a resume. */
async function start(
  restart: BrokerRestart,
  before: BrokerBefore,
  play: ServiceRestart | null,
): Promise<void> {
  const { run, broker, params } = restart
  const find = async (): Promise<true | undefined> => {
    const { brokers } = await run.kafka.identity()
    return brokers.some(({ id }) => id === broker.id) || undefined
  }
  const giveUpMs = durationMs(params.giveUp)
  await run.step({
    key: `${broker.name}.start`,
    title: `start ${broker.name}`,
    observe: async () => {
      if ((await hasStopped(restart, before)).state === 'not-done') return notDone
      return (await find()) === undefined ? notDone : done
    },
    apply: async () => {
      await startAndWait({ run, node: broker.name, service, giveUpMs, title: 'registers', find }, play)
      return null
    },
  })
}

const done: Observation<null> = { state: 'done', result: null }
const notDone: Observation<null> = { state: 'not-done' }
