// When a node that is back counts as done: its copies are in sync, its vote is counted, and it has stayed well for a while.
// Waits only; nothing here may change the cluster.
import { durationMs, OpsError, type Run, toOpsError } from '#sdk'
import { missingCopies, type NodeBefore, startingCopies } from './before.ts'
import { growthOf } from './pressure.ts'
import type { NodeRestart } from './restart-node.ts'

const pollMs = 1000
/** A cluster that goes on rejecting work is given this many soak times to calm down; then the run goes on and says so. */
const calmTries = 10
/** Long enough to have a play ready. */
const nearEndMs = 5000

export function waitForCopies({ run, node, watch, params }: NodeRestart, before: NodeBefore): Promise<void> {
  return run.wait({
    subject: node,
    title: 'recovers',
    everyMs: pollMs,
    stallMs: durationMs(params.stall),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const map = await watch.map(pollMs / 2)
      const missing = [...missingCopies(before, map), ...startingCopies(before.id, map)]
      if (missing.length === 0) return { done: undefined }
      const { recoveredBytes, translogOps } = await run.elasticsearch.recovery()
      return {
        progress: { missing: missing.length, recoveredBytes, translogOps },
        text: `${missing.length} copies not in sync yet`,
      }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `copies of ${node} do not recover: ${lastSeen}, no progress for ${params.stall}`,
        hint: `see why: GET _cluster/allocation/explain; then ops resume ${run.id}`,
      }),
  })
}

export function waitForVote({ run, node, watch, params }: NodeRestart, { id }: NodeBefore): Promise<void> {
  return run.wait({
    subject: node,
    title: 'votes',
    everyMs: pollMs,
    stallMs: durationMs(params.giveUp),
    ceilingMs: durationMs(params.giveUp),
    poll: async () => {
      const { committed, accepted } = await run.elasticsearch.coordination()
      if (!committed.includes(id) || !accepted.includes(id))
        return { progress: [...committed].sort(), text: `${committed.length} voting nodes, not this one` }
      const lagging = await laggingNodes(run, (await watch.map(0)).version)
      if (lagging.length === 0) return { done: undefined }
      return { progress: [...lagging], text: `${lagging.join(', ')} behind in the cluster state` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${node} is back, but the masters have not settled: ${lastSeen}`,
        hint: `see GET _cluster/state/metadata?filter_path=metadata.cluster_coordination; then ops resume ${run.id}`,
      }),
  })
}

/** Endpoints that have not applied a cluster state which the master had published before they were asked. */
async function laggingNodes({ elasticsearch }: Run, version: number): Promise<readonly string[]> {
  const applied = await elasticsearch.appliedVersions()
  return applied.filter(one => one.version !== null && one.version < version).map(({ host }) => host)
}

/** Nodes join before they take requests: one with a wrong certificate for clients, or a port that is blocked, is a member and of no use. */
export function waitForAnswer({ run, node, params }: NodeRestart): Promise<void> {
  return run.wait({
    subject: node,
    title: 'answers clients',
    everyMs: pollMs,
    stallMs: durationMs(params.giveUp),
    ceilingMs: durationMs(params.giveUp),
    poll: async () => {
      const problem = await answerAt(run, node)
      return problem === null ? { done: undefined } : { progress: null, text: problem }
    },
    orElse: lastSeen =>
      new OpsError('NODE_NOT_BACK', {
        message: `${node} is in the cluster again, but does not answer clients as it did before: ${lastSeen}`,
        hint: `see the certificate and the address of its HTTP port, then: ops resume ${run.id}`,
      }),
  })
}

/** What is wrong with the answer at the node's own address; `null` where it names itself. */
export async function answerAt({ elasticsearch }: Run, node: string): Promise<string | null> {
  const found = (await elasticsearch.endpoints()).find(({ host }) => host === node)
  if (found === undefined) return 'it has no address in the inventory'
  if (found.identity === null) return found.problem ?? 'nobody answers'
  return found.identity.answeredBy === node ? null : `${found.identity.answeredBy} answers in its place`
}

/**
 * The node must stay what it is for a while: a crash loop looks healthy once per turn. The while begins anew whenever some
 * node rejects work or trips its breaker: the next node must not be taken from a cluster that is short of breath. Towards its end the play of the next one gets ready.
 */
export async function soak(
  { run, node, watch, params, restarts }: NodeRestart,
  before: NodeBefore,
): Promise<void> {
  const soakMs = durationMs(params.soak)
  const begunMs = run.clock.monotonicMs()
  let calmSinceMs = begunMs
  let trouble: readonly string[] = []
  let earlier = await readPressure(run)
  let seenAs: string | null = null
  await run.wait({
    subject: node,
    title: 'soaks',
    everyMs: pollMs,
    stallMs: calmTries * soakMs + durationMs(params.giveUp),
    ceilingMs: calmTries * soakMs + durationMs(params.giveUp),
    poll: async () => {
      if (soakMs - (run.clock.monotonicMs() - calmSinceMs) <= nearEndMs) restarts.readyNext()
      const found = (await watch.members(pollMs / 2)).find(({ name }) => name === node)
      const as = found?.ephemeralId ?? null
      seenAs ??= as
      if (as === null || as === before.ephemeralId || as !== seenAs) {
        throw new OpsError('NODE_NOT_BACK', {
          message: `${node} came back and left again within ${params.soak}`,
          hint: `read its log on the host, then: ops resume ${run.id}`,
        })
      }
      const later = await readPressure(run)
      const nowMs = run.clock.monotonicMs()
      const silent = later.length > 0 && !later.some(reading => reading.node === node)
      trouble = [...growthOf(earlier, later), ...(silent ? [`${node} does not answer`] : [])]
      if (trouble.length > 0) calmSinceMs = nowMs
      earlier = later
      if (nowMs - calmSinceMs >= soakMs || nowMs - begunMs >= calmTries * soakMs) return { done: undefined }
      const waited = `${Math.round((nowMs - begunMs) / 1000)} s`
      return { progress: null, text: trouble.length === 0 ? waited : `${waited}, ${trouble[0]}` }
    },
    orElse: () =>
      new OpsError('STALLED', { message: `${node} could not be watched`, hint: `ops resume ${run.id}` }),
  })
  if (trouble.length > 0)
    await run.mark(`${node}.pressure`, 'remark', {
      text: `the cluster did not calm down after ${node}: ${trouble.join('; ')}`,
    })
}

/** A reading that fails is no reading: pressure only ever makes a soak longer. */
function readPressure({ elasticsearch }: Run) {
  return elasticsearch.pressure().catch(thrown => {
    if (toOpsError(thrown).code === 'BUG') throw thrown
    return []
  })
}
