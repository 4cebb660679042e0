// Who is in the cluster: nodes that are started, left-over records of shutdowns and exclusions that are withdrawn. Touches no shard.
import { durationMs, OpsError, type Run } from '#sdk'
import { startService } from '../rolling-restart/service.ts'
import type { RerouteParams } from './params.ts'

export async function withdrawShutdown(
  run: Run,
  key: string,
  { nodeId, node }: { readonly nodeId: string; readonly node: string },
): Promise<string> {
  await run.step({
    key: `${key}.withdraw`,
    title: `withdraw the shutdown of ${node}`,
    observe: async () =>
      (await run.elasticsearch.shutdowns()).some(one => one.nodeId === nodeId)
        ? { state: 'not-done' }
        : { state: 'done', result: null },
    apply: async () => {
      await run.membership.withdraw(nodeId)
      return null
    },
    retries: 1,
  })
  return 'withdrawn'
}

export async function withdrawVotingExclusions(run: Run, key: string): Promise<string> {
  const { exclusions } = await run.elasticsearch.coordination()
  await run.step({
    key: `${key}.clear`,
    title: 'clear the voting exclusions',
    before: exclusions.map(({ nodeId, nodeName }) => `${nodeName} ${nodeId}`),
    observe: async () =>
      (await run.elasticsearch.coordination()).exclusions.length === 0
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    apply: async () => {
      await run.membership.clearVotingExclusions({ waitForRemoval: false })
      return null
    },
    retries: 1,
  })
  return 'cleared'
}

/** All of them are tried; the first that does not come back is what is said. */
export async function startNodes(
  run: Run,
  key: string,
  nodes: readonly string[],
  params: RerouteParams,
): Promise<string> {
  const troubles: OpsError[] = []
  for (const node of nodes) {
    await run.safePoint()
    try {
      await startNode(run, `${key}.${node}`, node, params)
    } catch (thrown) {
      if (!(thrown instanceof OpsError) || thrown.code === 'BUG' || run.signal.aborted) throw thrown
      troubles.push(thrown)
    }
  }
  const [first] = troubles
  if (first === undefined) return `${nodes.join(', ')} ${nodes.length === 1 ? 'is' : 'are'} back`
  throw new OpsError('NODE_NOT_BACK', {
    message: troubles.map(({ message }) => message).join('; '),
    cause: first,
  })
}

async function startNode(run: Run, key: string, node: string, { stall }: RerouteParams): Promise<void> {
  await run.step({
    key: `${key}.start`,
    title: `start ${node}`,
    observe: async () =>
      (await isMember(run, node)) ? { state: 'done', result: null } : { state: 'not-done' },
    // Starting what runs does nothing.
    apply: async () => {
      await startService(run, node, 'elasticsearch')
      return null
    },
  })
  await run.wait<void>({
    subject: node,
    title: 'joins',
    everyMs: 1000,
    stallMs: durationMs(stall),
    ceilingMs: durationMs(stall),
    interruptible: true,
    poll: async () =>
      (await isMember(run, node)) ? { done: undefined } : { progress: null, text: 'not in the cluster yet' },
    orElse: lastSeen =>
      new OpsError('NODE_NOT_BACK', { message: `${node} was started and has not joined: ${lastSeen}` }),
  })
}

/** Nobody is where there is no master. */
async function isMember({ elasticsearch }: Run, node: string): Promise<boolean> {
  try {
    return (await elasticsearch.members()).some(({ name }) => name === node)
  } catch (thrown) {
    if (thrown instanceof OpsError && thrown.next === 'wait') return false
    throw thrown
  }
}
