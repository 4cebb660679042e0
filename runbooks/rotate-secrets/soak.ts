// SOAK: the old secrets are kept out for a while, and whoever is refused with one is a consumer that everybody has forgotten. Then the old
// ones work again at once, and nothing is revoked.
import { canBeDisabled, exitCodes, OpsError, type Run, saySpan } from '#sdk'
import { playStallMs } from './ask-consumers.ts'
import { untilWell } from './attempts.ts'
import { readRefusals } from './forgotten.ts'
import { setOldEnabled } from './keep-out.ts'
import { lookForOld, type OldSeen, orSilent } from './look-for-old.ts'
import type { RotateParams } from './params.ts'
import { type RotateDetails, refusedWhileSoaking } from './plan.ts'

const mostEveryMs = 60_000
const leastEveryMs = 5000
const looks = 20
const requestLog = { kind: 'elasticsearch.cluster', name: 'logger.org.elasticsearch.http.HttpTracer' }
const [targets, traced] = [['persistent'], 'TRACE']
/** For how long nobody may be able to say who was refused. */
const silentMs = 1_800_000

/** Why a soak has ended early: somebody was found, or nobody could be asked for too long. */
type Ended = { readonly found: readonly string[]; readonly silent: string | null }

export async function soak(run: Run, details: RotateDetails, params: RotateParams): Promise<void> {
  await untilWell<Ended>(
    run,
    'soak',
    attempt => soakOnce(run, details, params, attempt),
    ({ found, silent }) => {
      const after = `${sayLetIn(details)}, and nothing was revoked`
      if (silent === null)
        return new OpsError('CONSUMER_FORGOTTEN', {
          message: `${found.join('; ')}; ${after}`,
          hint: `give that one the new secret, then: ops resume ${run.id} · or: ops abort ${run.id}`,
        })
      return new OpsError('STALLED', {
        message: `nobody can say whether an old secret is still used: ${silent}; ${after}`,
        hint: `mend it, then: ops resume ${run.id} · or: ops abort ${run.id}`,
        exitCode: exitCodes.failed,
      })
    },
  )
  await run.giveBack('trace')
}

function sayLetIn({ secrets }: RotateDetails): string {
  const kept = secrets.filter(({ kind }) => canBeDisabled(kind)).map(({ principal }) => principal)
  return kept.length === 0 ? 'the new secrets go on working' : `${kept.join(' and ')} is let in again`
}

/** `null` where nobody was found, to the end. */
async function soakOnce(
  run: Run,
  details: RotateDetails,
  params: RotateParams,
  attempt: number,
): Promise<Ended | null> {
  const { secrets } = details
  await run.safePoint()
  const { isTraced, wasLogged } = await traceRequests(run, details, params)
  const sinceMs = await run.note(`soak.${attempt}.since`, async () => run.clock.now().getTime())
  for (const secret of secrets) {
    await run.safePoint()
    await setOldEnabled(run, secret, `soak.${attempt}.disable.${secret.id}`, false)
  }
  const beganMs = await startWatch(run, attempt, wasLogged)
  const look = async (): Promise<OldSeen> => {
    const seen = await lookForOld(run, details, sinceMs, params.trace)
    if (!isTraced || seen.found.length > 0 || (await isLogOn(run))) return seen
    // Such as another rotation that had switched it on before this one, and has ended. What was logged until then is still there.
    return { found: [], silent: 'the request log of Elasticsearch was switched off by somebody' }
  }
  const ended = await watchOld(run, details.soakMs, beganMs, look)
  if (ended === null) return null
  for (const secret of secrets) await setOldEnabled(run, secret, `soak.${attempt}.enable.${secret.id}`, true)
  const text =
    ended.silent === null
      ? `still used: ${ended.found.join('; ')}`
      : `the soak was ended, for nobody could say who is refused: ${ended.silent}`
  await run.mark(`soak.${attempt}.ended`, 'remark', { text })
  return ended
}

/**
 * Since when whoever was refused was logged without a break. A run that ends in its soak gives the request log back and leaves the old ones
 * kept out: what happens until it is carried on is written down nowhere, so it does not count.
 */
async function startWatch(run: Run, attempt: number, wasLogged: boolean): Promise<number> {
  let sinceMs = 0
  for (let part = 1; ; part++) {
    const began = await run.note(`soak.${attempt}.began${part === 1 ? '' : `.${part}`}`, async () => ({
      atMs: run.clock.now().getTime(),
      by: run.fencing,
      wasLogged,
    }))
    if (part === 1 || !began.wasLogged) sinceMs = began.atMs
    if (began.by === run.fencing) return sinceMs
  }
}

async function watchOld(
  run: Run,
  soakMs: number,
  beganMs: number,
  look: () => Promise<OldSeen>,
): Promise<Ended | null> {
  const nowMs = () => run.clock.now().getTime()
  const everyMs = Math.max(leastEveryMs, Math.min(mostEveryMs, soakMs / looks))
  const watchedFromMs = nowMs()
  let lastCompleteMs = nowMs()
  return run.wait<Ended | null>({
    subject: 'soak',
    title: 'nobody uses an old secret',
    everyMs,
    stallMs: Number.POSITIVE_INFINITY,
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const { found, silent } = await orSilent(look)
      if (found.length > 0) return { done: { found, silent: null } }
      if (silent === null) lastCompleteMs = nowMs()
      else if (nowMs() - lastCompleteMs > silentMs) return { done: { found: [], silent } }
      // A process that comes back after the end has to look for itself, too.
      const isOver = nowMs() - beganMs >= soakMs && nowMs() - watchedFromMs >= everyMs
      if (isOver && silent === null) return { done: null }
      const leftMs = Math.max(0, beganMs + soakMs - nowMs())
      return { progress: lastCompleteMs, text: silent ?? `${saySpan(leftMs)} left` }
    },
    orElse: lastSeen => new OpsError('BUG', { message: `a soak without limits has ended: ${lastSeen}` }),
  })
}

/** Where no audit log names who is refused, Elasticsearch logs its requests while the old ones are kept out. */
async function traceRequests(
  run: Run,
  details: RotateDetails,
  { trace }: RotateParams,
): Promise<{
  readonly isTraced: boolean
  /** Everybody who is refused was logged already, or nobody has to be. */
  readonly wasLogged: boolean
}> {
  const hosts = details.nodes
  const watched = refusedWhileSoaking(details.secrets)
  if (trace === 'never' || watched.length === 0 || hosts.length === 0)
    return { isTraced: false, wasLogged: true }
  const source = await run.note('soak.source', async () => {
    const vars = {
      ops_since_ms: run.clock.now().getTime(),
      ops_principals: watched.map(one => one.principal),
    }
    const played = await run.ansible.play({
      playbook: 'auth_failures.yml',
      ...{ hosts, vars, stallMs: playStallMs },
    })
    const answers = hosts.map(host => readRefusals(played.results.get(host)))
    return answers.every(one => one?.source === 'audit') ? 'audit' : 'other'
  })
  if (source === 'audit') return { isTraced: false, wasLogged: true }
  const wasLogged = await isLogOn(run)
  await run.temporarily({ key: 'trace', ...requestLog, targets, value: traced })
  return { isTraced: true, wasLogged }
}

const isLogOn = async ({ settings }: Run): Promise<boolean> =>
  [...(await settings.read(requestLog, targets)).values()].includes(traced)
