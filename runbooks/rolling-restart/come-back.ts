// From stopped to back, whatever the service: the play that stopped it starts it, or another does, and then it is waited for.
// From the stop on it is down by our hand: whatever goes wrong, a person must know.
import { OpsError, type Run, toOpsError } from '#sdk'
import { askService, lookAtService, type ServiceName, type ServiceRestart, startService } from './service.ts'

export interface ComeBack<T> {
  readonly run: Run
  readonly node: string
  readonly service: ServiceName
  readonly giveUpMs: number
  /** What it does to be back: `joins`. */
  readonly title: string
  /** What is back, once it is. Asked often. */
  readonly find: () => Promise<T | undefined>
}

const everyMs = 250
/** A node that has not come back after this is asked for at its host: a dead process need not be waited for. */
const askHostAfterMs = 45_000

/** `play` is the one that stopped it; `null` where that belonged to a process that died. */
export async function startAndWait<T>(back: ComeBack<T>, play: ServiceRestart | null): Promise<T> {
  const { run, node, service, giveUpMs } = back
  try {
    await (play === null ? startService(run, node, service) : play.started)
  } catch (thrown) {
    if (run.signal.aborted) throw thrown
    // Once more: it may have failed for a moment, or its host may be on its way up.
    const seen = await askService(run, node, service, giveUpMs)
    if (seen.state === 'ended') await startService(run, node, service)
  }
  return waitUntilBack(back)
}

/** @throws OpsError NODE_NOT_BACK when it gives up, or as soon as the process has ended */
export function waitUntilBack<T>({ run, node, service, giveUpMs, title, find }: ComeBack<T>): Promise<T> {
  const begunMs = run.clock.monotonicMs()
  let askedMs = begunMs
  let problem: string | null = null
  const gone = (why: string): OpsError =>
    new OpsError('NODE_NOT_BACK', {
      message: `${node} has not come back: ${why}`,
      hint: `read its log on the host; when it is back: ops resume ${run.id} · to give up on it: ops abort ${run.id}`,
    })
  return run.wait({
    subject: node,
    title,
    everyMs,
    stallMs: giveUpMs,
    ceilingMs: giveUpMs,
    poll: async () => {
      const found = await find()
      if (found !== undefined) return { done: found }
      const nowMs = run.clock.monotonicMs()
      if (nowMs - askedMs > askHostAfterMs) {
        askedMs = nowMs
        const seen = await lookAtService(run, node, service)
        if (seen.state === 'ended')
          throw gone(`its process has ended${seen.lastWords === null ? '' : `, saying: ${seen.lastWords}`}`)
        problem = seen.state === 'unreachable' ? seen.problem : null
      }
      const waited = `${Math.round((nowMs - begunMs) / 1000)} s`
      return { progress: null, text: problem === null ? waited : `${waited}: ${problem}` }
    },
    orElse: lastSeen => gone(`not in the cluster after ${lastSeen}`),
  })
}

/** Any trouble on the way back is told as what it is: a node that is down. */
export async function toldAsDown<T>(run: Run, node: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    const error = toOpsError(thrown)
    if (run.signal.aborted || error.code === 'NODE_CHANGED' || error.code === 'NODE_NOT_BACK') throw error
    throw new OpsError('NODE_NOT_BACK', {
      message: `${node} was stopped and could not be started: ${error.message}`,
      hint: `see to it on the host, then: ops resume ${run.id}${error.hint === undefined ? '' : ` · ${error.hint}`}`,
      cause: error,
    })
  }
}
