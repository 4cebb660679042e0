// SOAK: the old secrets are kept out for a while, and whoever is refused with one is a consumer that everybody has forgotten. Then the old
// ones work again at once, and nothing is revoked.
import { canBeDisabled, exitCodes, OpsError, type Run } from '#sdk'
import { playStallMs } from './ask-consumers.ts'
import { untilWell } from './attempts.ts'
import { readRefusals } from './forgotten.ts'
import { setOldEnabled } from './keep-out.ts'
import { lookForOld, orSilent } from './look-for-old.ts'
import type { RotateParams } from './params.ts'
import { isOfElasticsearch, namesOf, type RotateDetails } from './plan.ts'

const mostEveryMs = 60_000
const leastEveryMs = 5000
const looks = 20
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
  await traceRequests(run, details, params)
  const sinceMs = await run.note(`soak.${attempt}.since`, async () => run.clock.now().getTime())
  for (const secret of secrets) {
    await run.safePoint()
    await setOldEnabled(run, secret, `soak.${attempt}.disable.${secret.id}`, false)
  }
  const ended = await watchOld(run, details, sinceMs, attempt)
  if (ended === null) return null
  for (const secret of secrets) await setOldEnabled(run, secret, `soak.${attempt}.enable.${secret.id}`, true)
  const text =
    ended.silent === null
      ? `still used: ${ended.found.join('; ')}`
      : `the soak was ended, for nobody could say who is refused: ${ended.silent}`
  await run.mark(`soak.${attempt}.ended`, 'remark', { text })
  return ended
}

async function watchOld(
  run: Run,
  details: RotateDetails,
  sinceMs: number,
  attempt: number,
): Promise<Ended | null> {
  const { soakMs } = details
  const nowMs = () => run.clock.now().getTime()
  const beganMs = await run.note(`soak.${attempt}.began`, async () => nowMs())
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
      const { found, silent } = await orSilent(() => lookForOld(run, details, sinceMs))
      if (found.length > 0) return { done: { found, silent: null } }
      if (silent === null) lastCompleteMs = nowMs()
      else if (nowMs() - lastCompleteMs > silentMs) return { done: { found: [], silent } }
      // A process that comes back after the end has to look for itself, too.
      const isOver = nowMs() - beganMs >= soakMs && nowMs() - watchedFromMs >= everyMs
      if (isOver && silent === null) return { done: null }
      const leftMs = Math.max(0, beganMs + soakMs - nowMs())
      return { progress: lastCompleteMs, text: silent ?? `${Math.ceil(leftMs / 60_000)} min left` }
    },
    orElse: lastSeen => new OpsError('BUG', { message: `a soak without limits has ended: ${lastSeen}` }),
  })
}

/** Where no audit log names who is refused, Elasticsearch logs its requests while the old ones are kept out. */
async function traceRequests(run: Run, details: RotateDetails, { trace }: RotateParams): Promise<void> {
  const hosts = details.nodes
  const watched = details.secrets.filter(
    one => isOfElasticsearch(one) && (canBeDisabled(one.kind) || namesOf(one) === 'one'),
  )
  if (trace === 'never' || watched.length === 0 || hosts.length === 0) return
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
  if (source === 'audit') return
  await run.temporarily({
    key: 'trace',
    kind: 'elasticsearch.cluster',
    name: 'logger.org.elasticsearch.http.HttpTracer',
    targets: ['persistent'],
    value: 'TRACE',
  })
}
