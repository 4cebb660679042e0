// One node from empty to gone: its vote is taken, it is stopped, and has left. It never stops a node that holds a copy.
import { durationMs, OpsError, outcomeError, type Run } from '#sdk'
import { lookAtService } from '../rolling-restart/service.ts'
import { copiesHeld } from './drain.ts'
import type { RemoveParams } from './params.ts'
import type { PlannedNode, RemoveDetails } from './plan.ts'

const playStallMs = 120_000
const stopTimeoutSeconds = 600
const pollMs = 1000

export async function letGo(
  run: Run,
  _details: RemoveDetails,
  node: PlannedNode,
  params: Pick<RemoveParams, 'giveUp'>,
): Promise<void> {
  try {
    // One that has left has no vote, and the exclusion of an earlier process may have been cleared.
    if (node.master && (await isMember(run, node))) await takeVote(run, node)
    await stopNode(run, node)
    await waitUntilLeft(run, node, params)
  } catch (thrown) {
    if (!run.signal.aborted && node.master && (await isMember(run, node).catch(() => false)))
      await giveVotesBack(run, `${node.name}.vote-back.${run.fencing}`, false)
    throw thrown
  }
  if (node.master) await giveVotesBack(run, `${node.name}.vote-cleared`, true)
}

const isMember = async (run: Run, { id, name }: PlannedNode): Promise<boolean> =>
  (await run.elasticsearch.members()).some(one => (id === null ? one.name === name : one.id === id))

async function takeVote(run: Run, { name, id }: PlannedNode): Promise<void> {
  await run.step({
    // Each process takes it anew: at the end of an earlier one it may have been given back.
    key: `${name}.vote-taken.${run.fencing}`,
    title: `take the vote from ${name}`,
    observe: async () => {
      const { committed, exclusions } = await run.elasticsearch.coordination()
      const isOut = exclusions.some(({ nodeName }) => nodeName === name) && !committed.includes(id ?? '')
      // Gone with its vote taken: the exclusion may have been cleared already.
      const gone = !(await isMember(run, { name, id, master: true, data: false }))
      return isOut || gone ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      await run.membership.excludeVoters([name])
      return null
    },
    retries: 1,
  })
}

/** Every exclusion there is: the gates have seen that there was no other. */
export async function giveVotesBack(run: Run, key: string, afterItLeft: boolean): Promise<void> {
  await run.step({
    key,
    title: 'clear the exclusions from voting',
    observe: async () => {
      const { exclusions } = await run.elasticsearch.coordination()
      return exclusions.length === 0 ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      await run.membership.clearVotingExclusions({ waitForRemoval: afterItLeft })
      return null
    },
    retries: 2,
  })
}

async function stopNode(run: Run, { name, id }: PlannedNode): Promise<void> {
  await run.step({
    key: `${name}.stop`,
    title: `stop elasticsearch on ${name}`,
    observe: async () =>
      (await lookAtService(run, name, 'elasticsearch')).state === 'ended'
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    guard: async () => {
      const held = id === null ? 0 : await copiesHeld(run, new Set([id]))
      if (held === 0) return run.membership.unfollow(name)
      throw new OpsError('NODE_REFUSED', {
        message: `${name} holds ${held} copies again and is not stopped`,
        hint: `see GET _cat/shards; then: ops resume ${run.id} · to keep the node: ops abort ${run.id}`,
      })
    },
    apply: async () => {
      const played = await run.ansible.play({
        playbook: 'service_stop.yml',
        hosts: [name],
        vars: {
          ...{ ops_service: 'elasticsearch', ops_run: run.id, ops_fencing: run.fencing },
          ops_stop_timeout_seconds: stopTimeoutSeconds,
        },
        stallMs: playStallMs,
        signal: run.signal,
        onEvent: ({ kind, task }) => {
          if (kind === 'task' && task !== null) run.progress(name, task)
        },
      })
      if (played.outcomes.get(name)?.state !== 'ok') throw outcomeError(name, played)
      return null
    },
    retries: 1,
  })
  await run.mark(`${name}.stopped`, 'node.stopped', { node: name })
}

/** @throws OpsError STALLED: it was stopped, so a person has to know */
function waitUntilLeft(run: Run, node: PlannedNode, { giveUp }: Pick<RemoveParams, 'giveUp'>): Promise<void> {
  return run.wait({
    subject: node.name,
    title: 'leaves the cluster',
    everyMs: pollMs,
    stallMs: durationMs(giveUp),
    ceilingMs: durationMs(giveUp),
    poll: async () => {
      if (await isMember(run, node)) return { progress: null, text: 'still a member' }
      const { elected } = await run.elasticsearch.master()
      return elected === null ? { progress: null, text: 'no master yet' } : { done: undefined }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${node.name} was stopped and has not left: ${lastSeen}`,
        hint: `see GET _cat/nodes and its host; then: ops resume ${run.id}`,
      }),
  })
}
