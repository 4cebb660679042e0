// One node, from up to up again. Reads like the procedure; each part is below, in the order in which it is called.
import {
  durationMs,
  type MemberInfo,
  type NodeInfo,
  type Observation,
  OpsError,
  type Run,
  toOpsError,
} from '#sdk'
import { explainChange, type NodeBefore, nodeBefore } from './before.ts'
import { startAndWait, toldAsDown, waitUntilBack } from './come-back.ts'
import type { RestartParams } from './params.ts'
import type { RestartDetails } from './plan.ts'
import type { PreparedRestarts } from './prepared.ts'
import { askService, type ServiceRestart } from './service.ts'
import { answerAt, soak, waitForAnswer, waitForCopies, waitForVote } from './settle.ts'
import type { Watch } from './watch.ts'

export interface NodeRestart {
  readonly run: Run
  readonly watch: Watch
  readonly node: string
  readonly details: RestartDetails
  readonly params: RestartParams
  readonly restarts: PreparedRestarts
  /** Last look before the stop; throws when a fresh map no longer allows it. */
  readonly confirm: () => Promise<void>
}

const service = 'elasticsearch'
const pollMs = 1000
/** One request to one node, so it may be asked often. */
const joinPollMs = 500
const drainMs = 15_000
const flushMs = 60_000
const askAgainMs = 5000

/**
 * 1. Journal what the node is and holds.
 * 2. Announce it, where the cluster has the shutdown API; let its requests drain; flush what it holds. Its play gets ready.
 * 3. Look once more, stop it, start it.
 * 4. Wait until it has joined, as the same node.
 * 5. Withdraw the announcement; wait until every copy it held is in sync again, on any node.
 * 6. Masters: wait until it votes again and nobody lags behind. All: until it answers clients. Watch it for the soak time.
 */
export async function restartNode(restart: NodeRestart): Promise<void> {
  const { run, node, details, restarts } = restart
  const begunMs = run.clock.monotonicMs()
  const before = await run.note(`${node}.before`, async () => {
    const { nodes, map } = await restart.watch.see(0)
    // Not read before, so not stopped before either.
    restarts.ready(node)
    return { ...nodeBefore(node, nodes, map), answered: (await answerAt(run, node)) === null }
  })
  const announced = details.hold === 'shutdown-api'
  let play: ServiceRestart | null
  try {
    if (announced) await announce(restart, before)
    if (details.hold === 'primaries') await allowPrimariesOnly(restart)
    await drainAndFlush(restart, before)
    play = await stop(restart, before)
  } catch (thrown) {
    if (!run.signal.aborted && (await isUntouched(restart, before)))
      for (const key of [announcement(node), 'enable']) await run.giveBack(key)
    throw thrown
  }
  await bringBack(restart, before, play)
  if (announced) await run.giveBack(announcement(node))
  // Its own replicas are not allocated before that.
  if (details.hold === 'primaries') await run.giveBack('enable')
  await waitForCopies(restart, before)
  if (before.roles.includes('master')) await waitForVote(restart, before)
  if (before.answered) await waitForAnswer(restart)
  await soak(restart, before)
  await markRecovered(restart, before, begunMs)
}

const announcement = (node: string): string => `${node}.announced`

function announce({ run, node, details }: NodeRestart, { id }: NodeBefore): Promise<void> {
  return run.temporarily({
    key: announcement(node),
    kind: 'elasticsearch.node-shutdown',
    name: 'restart',
    targets: [id],
    value: { reason: `ops ${run.id}`, allocationDelayMs: details.delaySeconds * 1000 },
  })
}

function allowPrimariesOnly({ run }: NodeRestart): Promise<void> {
  return run.temporarily({
    key: 'enable',
    kind: 'elasticsearch.cluster',
    name: 'cluster.routing.allocation.enable',
    targets: ['persistent'],
    value: 'primaries',
  })
}

/** Helps, and is no gate: requests that this node coordinates may end, and its shards have less to replay. */
async function drainAndFlush({ run, node }: NodeRestart, { shards }: NodeBefore): Promise<void> {
  const deadlineMs = run.clock.monotonicMs() + drainMs
  try {
    while ((await run.elasticsearch.inFlight(node)) > 0 && run.clock.monotonicMs() < deadlineMs) {
      run.progress(node, 'requests drain')
      await run.clock.sleep(pollMs / 2, run.signal)
    }
    const indices = [...new Set(shards.map(({ index }) => index))]
    if (indices.length === 0) return
    run.progress(node, `flush ${indices.length} indices`)
    const { failed } = await run.elasticsearch.flush(indices, { timeoutMs: flushMs })
    if (failed.length > 0)
      await run.mark(`${node}.flush`, 'remark', { text: `not flushed: ${failed.join(', ')}` })
  } catch (thrown) {
    const { message } = toOpsError(thrown)
    await run.mark(`${node}.flush`, 'remark', {
      text: `${node} was stopped without a complete flush: ${message}`,
    })
  }
}

/** Gives the play that restarts the service its word, and returns when that has stopped it; `null` where it was stopped before. */
async function stop(restart: NodeRestart, before: NodeBefore): Promise<ServiceRestart | null> {
  const { run, node, watch, confirm, restarts } = restart
  let play: ServiceRestart | null = null
  await run.step({
    key: `${node}.stop`,
    title: `stop ${node}`,
    before: { ephemeralId: before.ephemeralId, startedAtMs: before.startedAtMs },
    observe: () => hasStopped(restart, before),
    guard: async () => {
      const present = (await watch.see(0)).nodes.some(({ name }) => name === node)
      if (present) await confirm()
    },
    apply: async () => {
      const begun = restarts.take(node).go()
      await begun.stopped
      play = begun
      return null
    },
  })
  await run.mark(`${node}.stopped`, 'node.stopped', { node })
  return play
}

/** A node that is away while its process runs is on its way out or in; which of them, shows when it has got there. */
async function hasStopped(
  { run, node, watch, params }: NodeRestart,
  before: NodeBefore,
): Promise<Observation<null>> {
  const giveUpMs = durationMs(params.giveUp)
  const untilMs = run.clock.monotonicMs() + giveUpMs
  for (;;) {
    const present = (await watch.members(0)).find(({ name }) => name === node)
    if (present !== undefined) return present.ephemeralId === before.ephemeralId ? notDone : done
    if (
      run.clock.monotonicMs() > untilMs ||
      (await askService(run, node, service, giveUpMs)).state === 'ended'
    )
      return done
    await run.clock.sleep(askAgainMs, run.signal)
  }
}

async function bringBack(
  restart: NodeRestart,
  before: NodeBefore,
  play: ServiceRestart | null,
): Promise<void> {
  const { run, node } = restart
  await toldAsDown(run, node, async () => {
    const back = await start(restart, before, play)
    await checkSame(restart, before, back)
    await run.mark(`${node}.back`, 'node.back', { node, id: back.id, ephemeralId: back.ephemeralId })
  })
}

/** Done when the node has joined, not when its process runs: one that ends on its way is started again by a resume. */
async function start(
  { run, node, watch, params }: NodeRestart,
  before: NodeBefore,
  play: ServiceRestart | null,
): Promise<NodeInfo> {
  const find = async (): Promise<NodeInfo | undefined> => {
    const isNew = ({ name, ephemeralId }: MemberInfo): boolean =>
      name === node && ephemeralId !== before.ephemeralId
    // One request to one node; everything is read only once it is there.
    if (!(await watch.members(joinPollMs / 2)).some(isNew)) return undefined
    return (await watch.see(0)).nodes.find(isNew)
  }
  const back = { run, node, service, giveUpMs: durationMs(params.giveUp), title: 'joins', find } as const
  await run.step({
    key: `${node}.start`,
    title: `start ${node}`,
    observe: async () => ((await find()) === undefined ? notDone : done),
    apply: async () => {
      await startAndWait(back, play)
      return null
    },
  })
  // Also when it was started by a process that is dead by now.
  return waitUntilBack(back)
}

async function checkSame({ run, node }: NodeRestart, before: NodeBefore, now: NodeInfo): Promise<void> {
  const changes = explainChange(before, now)
  if (changes.length === 0) return
  throw new OpsError('NODE_CHANGED', {
    message: `${node} came back as another node: ${changes.join('; ')}`,
    hint: `find out whether it has its own data path and config; then ops resume ${run.id} or ops abort ${run.id}`,
  })
}

async function markRecovered({ run, node }: NodeRestart, before: NodeBefore, begunMs: number): Promise<void> {
  const indices = [...new Set(before.shards.map(({ index }) => index))]
  const onto = await run.elasticsearch.recoveredOnto(node, indices).catch(() => [])
  const sum = (field: 'copiedBytes' | 'reusedBytes'): number =>
    onto.reduce((total, one) => total + one[field], 0)
  await run.mark(`${node}.recovered`, 'node.recovered', {
    node,
    seconds: Math.round((run.clock.monotonicMs() - begunMs) / 100) / 10,
    copies: before.shards.length,
    copiedBytes: sum('copiedBytes'),
    reusedBytes: sum('reusedBytes'),
  })
}

/** Whether the node is still up as it was: then nothing has been done to it. */
async function isUntouched({ watch, node }: NodeRestart, { ephemeralId }: NodeBefore): Promise<boolean> {
  const found = await watch.see(0).then(
    ({ nodes }) => nodes.find(({ name }) => name === node),
    () => undefined,
  )
  return found?.ephemeralId === ephemeralId
}

const done: Observation<null> = { state: 'done', result: null }
const notDone: Observation<null> = { state: 'not-done' }
