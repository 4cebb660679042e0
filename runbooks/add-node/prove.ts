// The proof that a node has joined the right cluster: asked of the node itself, and of the cluster. Reads only.
import { durationMs, exitCodes, OpsError, type Run, toOpsError } from '#sdk'
import { lookAtService } from '../rolling-restart/service.ts'
import type { AddParams } from './params.ts'
import type { NewNode } from './plan.ts'

const everyMs = 1000
const askHostAfterMs = 45_000
const slowMs = 2000
const proofLimitMs = 60_000

/**
 * Waits until the cluster has the node as a member.
 * @throws OpsError NODE_REFUSED as soon as the node says that it is in another cluster, or its process has ended
 */
export async function waitUntilJoined(
  run: Run,
  node: NewNode,
  clusterUuid: string,
  { giveUp }: AddParams,
): Promise<void> {
  let askedMs = run.clock.monotonicMs()
  const limitMs = durationMs(giveUp)
  await run.wait({
    subject: node.name,
    title: 'joins',
    everyMs,
    stallMs: limitMs,
    ceilingMs: limitMs,
    poll: async () => {
      if (await isMember(run, node.name)) return { done: undefined }
      const { identity, problem } = await run.membership.identityAt(node.url)
      // A node that has no master yet has no uuid either.
      const isElsewhere =
        identity !== null && isUuid(identity.clusterUuid) && identity.clusterUuid !== clusterUuid
      if (isElsewhere)
        throw refuse(`${node.name} is in another cluster: ${identity.clusterName} (${identity.clusterUuid})`)
      if (run.clock.monotonicMs() - askedMs > askHostAfterMs) {
        askedMs = run.clock.monotonicMs()
        const seen = await lookAtService(run, node.name, 'elasticsearch')
        if (seen.state === 'ended')
          throw refuse(
            `the process of ${node.name} has ended${seen.lastWords === null ? '' : `, saying: ${seen.lastWords}`}`,
          )
      }
      return { progress: null, text: problem ?? 'it answers, and is no member yet' }
    },
    orElse: lastSeen => refuse(`${node.name} has not joined within ${giveUp}: ${lastSeen}`),
  })
}

const isUuid = (text: string): boolean => text !== '' && text !== '_na_'

export const isMember = async ({ elasticsearch }: Run, name: string): Promise<boolean> =>
  (await elasticsearch.members()).some(member => member.name === name)

/**
 * The node itself says that it is in this cluster, under this master and of its version, and who it is. Then every member answers soon
 * enough.
 * @throws OpsError NODE_REFUSED
 */
export async function proveMember(run: Run, node: NewNode, clusterUuid: string): Promise<void> {
  await run.wait({
    subject: node.name,
    title: 'says who it is',
    everyMs,
    stallMs: proofLimitMs,
    ceilingMs: proofLimitMs,
    poll: async () => {
      const ms = await checkMember(run, node, clusterUuid)
      // The first answers of a process that has just begun say nothing of its network.
      if (ms > slowMs)
        return { progress: null, text: `it takes ${Math.round(ms)} ms to say who its members are` }
      return { done: undefined }
    },
    orElse: lastSeen => refuse(`${node.name} is a member and does not say so itself: ${lastSeen}`),
  })
}

/** How long it took to answer. */
async function checkMember(run: Run, { name, url }: NewNode, clusterUuid: string): Promise<number> {
  const begunMs = run.clock.monotonicMs()
  const { identity, members } = await run.membership.membersAt(url)
  const ms = run.clock.monotonicMs() - begunMs
  if (identity.clusterUuid !== clusterUuid)
    throw refuse(`${url} is in another cluster: ${identity.clusterName} (${identity.clusterUuid})`)
  if (identity.answeredBy !== name) throw refuse(`${url} answers as ${identity.answeredBy}`)
  if (!members.includes(name)) throw refuse(`${name} does not see itself among ${members.join(', ')}`)
  const { elected } = await run.elasticsearch.master()
  if (elected !== null && !members.includes(elected))
    throw refuse(`${name} is under another master: it does not know ${elected}`)
  await checkVersion(run, name, identity.version, elected)
  return ms
}

/** A lint knows it only of what is installed already: an empty host gets what its inventory says. */
async function checkVersion(run: Run, name: string, version: string, elected: string | null): Promise<void> {
  const theirs = (await run.elasticsearch.nodes()).find(one => one.name === elected)?.version
  if (theirs === undefined)
    throw new OpsError('CLUSTER_BUSY', { message: 'the master does not say which version it is' })
  if (version !== theirs) throw refuse(`${name} runs ${version}, the master ${elected} runs ${theirs}`)
}

/**
 * After it has joined: everybody answers over HTTP, and a document can be written and read. What fails for a moment, in a pause of some
 * member or an election, is no fault of the new ones.
 * @throws OpsError NODE_REFUSED
 */
export async function probe(run: Run, names: readonly string[]): Promise<void> {
  const came = `since ${names.join(', ')} came`
  try {
    const text = await run.wait<string>({
      subject: names.join(', '),
      title: 'is among members that answer',
      everyMs,
      stallMs: proofLimitMs,
      ceilingMs: proofLimitMs,
      poll: () => probeOnce(run, names),
      orElse: lastSeen => refuse(`${came}, ${lastSeen}`),
    })
    await run.mark(`${names[0]}.probed`, 'remark', { text })
  } finally {
    if (!run.signal.aborted) await run.elasticsearch.removeCanary()
  }
}

async function probeOnce(run: Run, names: readonly string[]) {
  const begunMs = run.clock.monotonicMs()
  const answers = await run.elasticsearch.endpoints()
  const ms = Math.round(run.clock.monotonicMs() - begunMs)
  const silent = answers.flatMap(({ host, problem }) => (problem === null ? [] : [`${host}: ${problem}`]))
  if (silent.length > 0) return { progress: null, text: `members are silent: ${silent.join('; ')}` }
  try {
    const { ms: roundTrip } = await run.elasticsearch.canary(`${run.id}-${names[0]}`)
    const wentRound = `a document went there and back in ${Math.round(roundTrip)} ms`
    return { done: `${answers.length} of ${answers.length} members answered within ${ms} ms, ${wentRound}` }
  } catch (thrown) {
    const { code, message, next } = toOpsError(thrown)
    const text = `nothing can be written: ${message}`
    if (next === 'wait' || next === 'retry') return { progress: code, text }
    throw refuse(`since ${names.join(', ')} came, ${text}`)
  }
}

/** Masters only: its vote is counted. */
export async function waitForVote(
  run: Run,
  { name }: NewNode,
  before: number,
  giveUp: string,
): Promise<void> {
  await run.wait({
    subject: name,
    title: 'gets its vote',
    everyMs,
    stallMs: durationMs(giveUp),
    ceilingMs: durationMs(giveUp),
    poll: async () => {
      const id = (await run.elasticsearch.members()).find(member => member.name === name)?.id
      const { committed, accepted } = await run.elasticsearch.coordination()
      const settled = [...committed].sort().join() === [...accepted].sort().join()
      // With an even number of masters one of them has no vote: the cluster keeps the count odd by itself.
      const counted =
        id !== undefined && (committed.includes(id) || (before % 2 === 1 && committed.length >= before))
      if (settled && counted) return { done: undefined }
      return { progress: [...committed].sort(), text: `${committed.length} voting nodes` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${name} has joined and does not vote: ${lastSeen}`,
        hint: `see GET _cluster/state/metadata?filter_path=metadata.cluster_coordination; then: ops resume ${run.id}`,
        exitCode: exitCodes.failed,
      }),
  })
}

const refuse = (message: string): OpsError => new OpsError('NODE_REFUSED', { message })
