// The whole restart: hold the shards in place, send the nodes through the frontier, put everything back, look again.
import { type FrontierLook, OpsError, type Run, toOpsError } from '#sdk'
import { checkAfterwards, type RestartBaseline, readBaseline } from './after.ts'
import { type Canary, startCanary } from './canary.ts'
import { absentFrom, decideStop } from './conditions.ts'
import { isWithoutReplica, matchesAny, sharesOf } from './copies.ts'
import { type LagWatch, noLagWatch, startLagWatch } from './lag-watch.ts'
import type { RestartParams } from './params.ts'
import type { RestartDetails } from './plan.ts'
import { type PreparedRestarts, withPrepared } from './prepared.ts'
import { keepProtected, protectIndices } from './protect.ts'
import { restartNode } from './restart-node.ts'
import { listenForSilence, type Silence } from './silence.ts'
import { isMasterEligible } from './tiers.ts'
import { type Seen, type Watch, watchCluster } from './watch.ts'
import { capsNow, membersNow } from './world.ts'

/** A member that ends is followed by a look at once, whatever this says. */
const lookEveryMs = 3000

interface Restart {
  readonly run: Run
  readonly watch: Watch
  readonly details: RestartDetails
  readonly params: RestartParams
  readonly baseline: RestartBaseline
  readonly canary: Canary
  readonly lags: LagWatch
  readonly silence: Silence
}

export function applyRestart(run: Run, details: RestartDetails, params: RestartParams): Promise<void> {
  return withPrepared(run, details.order, 'elasticsearch', restarts =>
    restartNodes(run, details, params, restarts),
  )
}

async function restartNodes(
  run: Run,
  details: RestartDetails,
  params: RestartParams,
  restarts: PreparedRestarts,
): Promise<void> {
  await checkCluster(run, details)
  const watch = watchCluster(run)
  const noted = await run.note('baseline', () => readBaseline(run, watch))
  // Who is master may have changed while nobody looked: before a resume that is no surprise.
  const { elected } = (await watch.see(0)).master
  const baseline = { ...noted, elected: elected ?? noted.elected }
  await protectIndices(run, watch, details, params)
  const canary = startCanary(run)
  const lags = details.watchesLag ? startLagWatch(run) : noLagWatch
  const silence = listenForSilence(run, watch)
  const restart: Restart = { run, watch, details, params, baseline, canary, lags, silence }
  try {
    await holdShards(restart, await watch.see(0))
    await run.frontier({
      members: membersNow(baseline, details),
      order: details.order,
      maxDown: params.serial || details.hold === 'primaries' ? 1 : Number.POSITIVE_INFINITY,
      everyMs: lookEveryMs,
      look: () => lookNow(restart),
      operate: (node, confirm) => restartNode({ run, watch, node, details, params, restarts, confirm }),
    })
  } finally {
    await canary.end()
    await lags.end()
  }
  for (const key of ['delay', 'enable', 'replicas']) await run.giveBack(key)
  await checkAfterwards(run, baseline, params)
}

async function checkCluster({ elasticsearch, id }: Run, { clusterUuid }: RestartDetails): Promise<void> {
  const identity = await elasticsearch.identity()
  if (identity.clusterUuid === clusterUuid) return
  throw new OpsError('CLUSTER_OTHER', {
    message: `the plan was made for cluster ${clusterUuid}, the endpoints belong to ${identity.clusterUuid}`,
    hint: `choose the inventory of that cluster with -i, then: ops resume ${id}`,
  })
}

/** Fail closed: with an empty map every gate on copies would be open. */
function emptyMap(): OpsError {
  return new OpsError('CLUSTER_BUSY', {
    message: 'the cluster shows no index at all, and there were some when the run began',
    hint: 'see GET _cat/indices',
  })
}

/** Also for indices that appear during the run: they would have the default delay. */
async function holdShards({ run, details, baseline }: Restart, { map }: Seen): Promise<void> {
  if (details.hold === 'index-delay') {
    const targets = map.indices.map(({ name }) => name).filter(name => !baseline.unchangeable.includes(name))
    await delayAllocation(run, targets, `${details.delaySeconds}s`)
  }
}

async function delayAllocation(run: Run, targets: readonly string[], value: string): Promise<void> {
  const name = 'index.unassigned.node_left.delayed_timeout'
  try {
    await run.temporarily({ key: 'delay', kind: 'elasticsearch.index', name, targets, value })
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    // An index of the system's own that was made during the run: all others have the delay, this one may be copied.
    if (code !== 'CLUSTER_FORBIDDEN') throw thrown
    await run.mark('delay.forbidden', 'remark', { text: message })
  }
}

async function lookNow(restart: Restart): Promise<FrontierLook> {
  const { run, watch, details, params, baseline, canary, lags, silence } = restart
  const seen = await watch.see(0)
  if (seen.map.indices.length === 0 && baseline.indices > 0) throw emptyMap()
  await holdShards(restart, seen)
  await keepProtected(run, details, params, seen)
  const names = baseline.nodes.map(({ name }) => name)
  const absent = absentFrom(seen, { nodes: names })
  const policy = {
    unprotected: (index: Parameters<typeof isWithoutReplica>[0]) =>
      isWithoutReplica(index) && details.unprotected.includes(index.uuid),
    critical: matchesAny(params.critical),
  }
  return {
    shares: sharesOf(seen.map, seen.nodes, policy),
    caps: capsNow(baseline, seen, params),
    unavailable: new Set(absent),
    stop: decideStop({
      seen,
      baseline: { nodes: names, elected: baseline.elected },
      underWay: run.underWay,
      mastersTouched: baseline.nodes.some(node => isMasterEligible(node) && run.touched.has(node.name)),
      silentForMs: await silence(absent.filter(name => !run.underWay.has(name))),
      redForMs: canary.redForMs(seen.traffic.status),
      canaryFailures: canary.failures,
      blockedIndices: canary.blockedIndices,
      fallingBack: lags.fallingBack,
    }),
  }
}
