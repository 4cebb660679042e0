// Elasticsearch on its way up, step by step: a master, every node, every primary, every copy. Waits only.
import { durationMs, type Json, OpsError, type Run, toOpsError } from '#sdk'

const everyMs = 1000
const healthMs = 10_000
/** With its users on nodes that are down a cluster lets nobody in: then masters that answer have so long for their election. */
const electionMs = 15_000

/** While their index is not there, users are refused. */
const notYet = new Set(['CLUSTER_AUTH', 'CLUSTER_FORBIDDEN'])

type Seen = { readonly done: null } | { readonly progress: Json; readonly text: string }

function waitUntil(run: Run, title: string, giveUp: string, poll: () => Promise<Seen>): Promise<null> {
  return run.wait({
    subject: 'elasticsearch',
    title,
    everyMs,
    stallMs: durationMs(giveUp),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      try {
        return await poll()
      } catch (thrown) {
        const { code, message } = toOpsError(thrown)
        if (!notYet.has(code)) throw thrown
        return { progress: code, text: message }
      }
    },
    orElse: lastSeen =>
      new OpsError('NODE_NOT_BACK', {
        message: `Elasticsearch does not come up: ${title}: ${lastSeen}, and nothing has moved for ${giveUp}`,
        hint: 'read the logs of what is named',
      }),
  })
}

export function waitForMaster(
  run: Run,
  masters: readonly string[],
  othersAreDown: boolean,
  giveUp: string,
): Promise<null> {
  let answeringSinceMs: number | null = null
  return waitUntil(run, 'a master is elected', giveUp, async () => {
    const why = await explainNoMaster(run)
    if (why === null) return { done: null }
    if (!othersAreDown) return { progress: why, text: why }
    const answering = await countAnswering(run, masters)
    if (answering < masters.length) answeringSinceMs = null
    else answeringSinceMs ??= run.clock.monotonicMs()
    if (answeringSinceMs !== null && run.clock.monotonicMs() - answeringSinceMs >= electionMs)
      return { done: null }
    return { progress: answering, text: `${why}; ${answering} of ${masters.length} masters answer` }
  })
}

async function explainNoMaster({ elasticsearch }: Run): Promise<string | null> {
  try {
    return (await elasticsearch.master()).elected === null ? 'no master is elected' : null
  } catch (thrown) {
    const { code, message, next } = toOpsError(thrown)
    if (!notYet.has(code) && next !== 'wait' && next !== 'retry') throw thrown
    return message
  }
}

/** Refused or too busy, it does answer. */
async function countAnswering({ elasticsearch }: Run, masters: readonly string[]): Promise<number> {
  const endpoints = await elasticsearch.endpoints()
  return endpoints.filter(
    ({ host, identity, problem }) =>
      masters.includes(host) && (identity !== null || /^(HTTP \d|refuses)/.test(problem ?? '')),
  ).length
}

export function waitForNodes(run: Run, names: readonly string[], giveUp: string): Promise<null> {
  return waitUntil(run, 'every node is there', giveUp, async () => {
    const members = await run.elasticsearch.members()
    const missing = names.filter(name => !members.some(member => member.name === name))
    return missing.length === 0
      ? { done: null }
      : { progress: missing.length, text: `not there yet: ${missing.join(', ')}` }
  })
}

export function waitForPrimaries(run: Run, giveUp: string): Promise<null> {
  return waitUntil(run, 'every primary is there', giveUp, async () => {
    const { status, unassignedShards } = await run.elasticsearch.health({ timeoutMs: healthMs })
    if (status !== 'red') return { done: null }
    const { recoveredBytes, translogOps } = await run.elasticsearch.recovery()
    return {
      progress: [unassignedShards, recoveredBytes, translogOps],
      text: `red, ${unassignedShards} copies are missing`,
    }
  })
}

/** As many as before: copies that had no place before the run have none after it. */
export function waitForCopies(run: Run, missingBefore: number, giveUp: string): Promise<null> {
  return waitUntil(run, 'every copy is there', giveUp, async () => {
    const { status, unassignedShards, initializingShards, relocatingShards } = await run.elasticsearch.health(
      { timeoutMs: healthMs },
    )
    const asBefore = status !== 'red' && unassignedShards <= missingBefore && initializingShards === 0
    if (status === 'green' || asBefore) return { done: null }
    const { recoveredBytes, translogOps } = await run.elasticsearch.recovery()
    return {
      progress: [unassignedShards, initializingShards, relocatingShards, recoveredBytes, translogOps],
      text: `${status}, ${unassignedShards} copies are missing, ${initializingShards} are being made`,
    }
  })
}
