// The whole restart of the brokers: relax what was agreed, send them through the frontier, put everything back, look again.
import { durationMs, type FrontierLook, OpsError, type Run } from '#sdk'
import { checkCluster } from '../../expand-partitions/right-cluster.ts'
import { type LagWatch, startLagWatch } from '../lag-watch.ts'
import type { RestartParams } from '../params.ts'
import { type PreparedRestarts, withPrepared } from '../prepared.ts'
import { namesById } from './brokers.ts'
import { type KafkaCanary, startKafkaCanary } from './canary.ts'
import { decideKafkaStop } from './conditions.ts'
import {
  minInsyncOf,
  notPreferred,
  recoveringBrokers,
  sayPartitions,
  sharesOf,
  underReplicated,
} from './copies.ts'
import type { KafkaDetails } from './plan.ts'
import { restartBroker } from './restart-broker.ts'
import { type KafkaWatch, watchKafka } from './watch.ts'
import { membersOf, minUpOf, quorumCap } from './world.ts'

/** A broker that ends is followed by a look at once, whatever this says. */
const lookEveryMs = 3000
const settlePollMs = 500

/** As it was when the run began; journalled, so a resume compares with the same. */
type KafkaBaseline = {
  readonly brokers: readonly number[]
  readonly racks: Readonly<Record<number, string>>
  readonly controller: number | null
  readonly partitions: number
  /** min.insync.replicas by topic, as it was. */
  readonly minInsync: Readonly<Record<string, number>>
}

interface KafkaRestart {
  readonly run: Run
  readonly watch: KafkaWatch
  readonly details: KafkaDetails
  readonly params: RestartParams
  readonly baseline: KafkaBaseline
  readonly canary: KafkaCanary
  readonly lags: LagWatch
  /** Since when some partition has had no leader. */
  leaderless: { sinceMs: number | null }
}

export function applyKafkaRestart(run: Run, details: KafkaDetails, params: RestartParams): Promise<void> {
  return withPrepared(run, details.waves.flat(), 'kafka', restarts => {
    readyNext(run, details, restarts)
    return restartBrokers(run, details, params, restarts)
  })
}

/** A play for each broker of the next wave; before the first broker is back, for that one: it goes alone. */
function readyNext(run: Run, { waves }: KafkaDetails, restarts: PreparedRestarts): void {
  const isPending = (name: string): boolean => !run.touched.has(name)
  const next = waves.map(wave => wave.filter(isPending)).find(wave => wave.length > 0) ?? []
  for (const name of run.touched.size === 0 ? next.slice(0, 1) : next) restarts.ready(name)
}

async function restartBrokers(
  run: Run,
  details: KafkaDetails,
  params: RestartParams,
  restarts: PreparedRestarts,
): Promise<void> {
  await checkCluster(run, details)
  const watch = watchKafka(run)
  const noted = await run.note('kafka.baseline', () => readBaseline(run, watch))
  // Who leads the controllers may have changed while nobody looked: before a resume that is no surprise.
  const { leader } = (await watch(0)).quorum
  const baseline = { ...noted, controller: leader ?? noted.controller }
  const ids = new Map(details.brokers.map(({ id, name }) => [name, id]))
  const underWay = (): ReadonlySet<number> => idsOf(run.underWay, ids)
  const canary = startKafkaCanary(run, () => baseline.brokers.filter(id => !underWay().has(id)))
  const lags = startLagWatch(run)
  const restart = { run, watch, details, params, baseline, canary, lags, leaderless: { sinceMs: null } }
  const order = details.waves.flat()
  try {
    await relaxWriters(run, details)
    await run.frontier({
      members: membersOf(details.brokers, baseline.racks, baseline.controller).filter(({ name }) =>
        order.includes(name),
      ),
      order,
      maxDown: params.serial ? 1 : Number.POSITIVE_INFINITY,
      everyMs: lookEveryMs,
      look: () => lookNow(restart, ids),
      operate: (name, confirm) => {
        const broker = details.brokers.find(one => one.name === name)
        if (broker === undefined) throw new Error(`no broker ${name} in the plan`)
        const pid = details.pids[name] ?? null
        const nearEnd = (): void => readyNext(run, details, restarts)
        return restartBroker({ run, watch, broker, params, restarts, nearEnd, confirm, pid })
      },
    })
  } finally {
    await Promise.all([canary.end(), lags.end()])
  }
  await run.giveBack('during')
  await waitForRest(restart)
}

async function readBaseline({ kafka }: Run, watch: KafkaWatch): Promise<KafkaBaseline> {
  const { identity, partitions, quorum } = await watch(0)
  const topics = [...new Set(partitions.map(({ topic }) => topic))]
  const minInsync = minInsyncOf(await kafka.topicConfigs(topics))
  return {
    brokers: identity.brokers.map(({ id }) => id),
    racks: Object.fromEntries(identity.brokers.map(({ id, rack }) => [id, rack ?? ''])),
    controller: quorum.leader,
    partitions: partitions.length,
    minInsync: Object.fromEntries(topics.map(topic => [topic, minInsync(topic)])),
  }
}

async function relaxWriters(run: Run, { relaxed }: KafkaDetails): Promise<void> {
  if (relaxed.length === 0) return
  const name = 'min.insync.replicas'
  await run.temporarily({ key: 'during', kind: 'kafka.topic', name, targets: relaxed, value: '1' })
}

async function lookNow(restart: KafkaRestart, ids: ReadonlyMap<string, number>): Promise<FrontierLook> {
  const { run, watch, details, params, baseline, canary, lags, leaderless } = restart
  const seen = await watch(0)
  // Fail closed: with no partition every gate on copies would be open.
  if (seen.partitions.length === 0 && baseline.partitions > 0) {
    throw new OpsError('CLUSTER_BUSY', {
      message: 'the brokers show no partition at all, and there were some when the run began',
      hint: 'kafka-topics.sh --describe on a broker',
    })
  }
  const names = namesById(details.brokers)
  const there = new Set(seen.identity.brokers.map(({ id }) => id))
  const recovering = recoveringBrokers(seen.partitions)
  const nowMs = run.clock.monotonicMs()
  if (seen.partitions.every(({ leader }) => leader !== null)) leaderless.sinceMs = null
  else leaderless.sinceMs ??= nowMs
  return {
    // A topic that was made meanwhile is counted as strict as the strictest.
    shares: sharesOf(
      seen.partitions,
      names,
      minUpOf(topic => baseline.minInsync[topic] ?? 2, params),
    ),
    caps: [quorumCap(seen.quorum.voters.map(({ id }) => id).map(names))],
    unavailable: new Set(baseline.brokers.filter(id => !there.has(id) || recovering.has(id)).map(names)),
    stop: decideKafkaStop({
      seen,
      baseline,
      names,
      underWay: idsOf(run.underWay, ids),
      touched: idsOf(run.touched, ids),
      leaderlessForMs: leaderless.sinceMs === null ? 0 : nowMs - leaderless.sinceMs,
      canaryFailures: canary.failures,
      fallingBack: lags.fallingBack,
    }),
  }
}

const idsOf = (names: ReadonlySet<string>, ids: ReadonlyMap<string, number>): ReadonlySet<number> =>
  new Set([...names].flatMap(name => ids.get(name) ?? []))

/** Every copy in sync, every leader where it should be, every group whole. A broker that is away ends the wait. */
function waitForRest({ run, watch, params, baseline, details }: KafkaRestart): Promise<void> {
  return run.wait({
    subject: 'cluster',
    title: 'settles',
    everyMs: settlePollMs,
    stallMs: durationMs(params.stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const { identity, partitions } = await watch(0)
      const there = new Set(identity.brokers.map(({ id }) => id))
      const gone = baseline.brokers.filter(id => !there.has(id)).map(namesById(details.brokers))
      if (gone.length > 0) throw brokerLeft(run, gone)
      const behind = underReplicated(partitions)
      const elsewhere = notPreferred(partitions)
      const electable = elsewhere.filter(({ replicas, isr }) => isr.includes(replicas[0] ?? -1))
      if (electable.length > 0) await run.kafka.electPreferred(electable)
      const groups = (await run.kafka.groups()).filter(({ state }) => /Rebalance/.test(state))
      if (behind.length + elsewhere.length + groups.length === 0) return { done: undefined }
      const open = [
        ...(behind.length > 0 ? [`${sayPartitions(behind)} not in sync`] : []),
        ...(elsewhere.length > 0 ? [`${elsewhere.length} leaders elsewhere`] : []),
        ...groups.map(({ group, state }) => `${group} in ${state}`),
      ]
      return { progress: [behind.length, elsewhere.length, groups.length], text: open.join(', ') }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `all brokers are back but the cluster does not settle: ${lastSeen}`,
        hint: 'kafka-topics.sh --describe --under-replicated-partitions on a broker',
        exitCode: 1,
      }),
  })
}

const brokerLeft = (run: Run, gone: readonly string[]): OpsError =>
  new OpsError('STOP_CONDITION', {
    message: `another_broker_left: ${gone.join(', ')} left the cluster and not by this run`,
    hint: `see to it, then: ops resume ${run.id}`,
  })
