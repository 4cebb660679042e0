// CANARY and ROLLED: hosts get the new secret one at a time, in inventory order, and each has to work with it before the next one is
// touched. One that does not is given the old one back at once.
import { durationMs, OpsError, type Run, toOpsError } from '#sdk'
import { untilWell } from './attempts.ts'
import type { PlannedConsumer } from './consumers.ts'
import { needOld, needPending } from './documents.ts'
import { giveStep } from './give.ts'
import type { RotateParams } from './params.ts'
import { namesOf, type PlannedSecret } from './plan.ts'
import { checkVersion } from './promote.ts'
import type { Before } from './throughput.ts'
import { measureBefore, watchConsumer } from './watch-consumer.ts'

/** How long a host may take to work with what it had. */
export const backMs = 60_000
const consumerTroubles = ['CONSUMER_FAILED', 'ANSIBLE_FAILED', 'ANSIBLE_UNREACHABLE', 'ANSIBLE_UNKNOWN']

export async function switchConsumers(
  run: Run,
  secret: PlannedSecret,
  params: RotateParams,
  version: number,
): Promise<void> {
  for (const [at, consumer] of secret.consumers.entries()) {
    // While there is only one secret, those that have the old one are refused: no time is left to anything else.
    if (namesOf(secret) !== 'one') await run.safePoint()
    await untilWell(
      run,
      `${secret.id}.${consumer.host}`,
      attempt => switchOne(run, secret, consumer, { params, version, attempt, isCanary: at === 0 }),
      why =>
        new OpsError('CONSUMER_FAILED', {
          message: `${secret.id}: ${why}`,
          hint: `mend the host, then: ops resume ${run.id} · or: ops abort ${run.id}`,
        }),
    )
  }
}

interface Choice {
  readonly params: RotateParams
  readonly version: number
  readonly attempt: number
  readonly isCanary: boolean
}

/** What was wrong; `null` where it works with the new one. */
async function switchOne(
  run: Run,
  secret: PlannedSecret,
  consumer: PlannedConsumer,
  { params, version, attempt, isCanary }: Choice,
): Promise<string | null> {
  const key = `${secret.id}.${consumer.host}`
  const hasGap = namesOf(secret) === 'one'
  const credential = () => needPending(run, secret)
  const before = await run.note(`${key}.before.${attempt}`, async () =>
    hasGap ? null : measureBefore(run, consumer),
  )
  const blind = hasGap ? null : explainBlind(consumer, before)
  if (blind !== null) return `${blind}; it was left as it is`
  const watchMs = hasGap ? 0 : durationMs(isCanary ? params.canary : params.watch)
  const limits = { before, watchMs, giveUpMs: durationMs(params.giveUp) }
  const why = await troubleOf(async () => {
    await giveStep(run, secret, consumer, {
      key: `${key}.switch.${attempt}`,
      title: `give ${consumer.host} the new secret${isCanary ? ', as the first one' : ''}`,
      version: version + 1,
      credential,
      // In a gap nothing is worth waiting for: whoever has the old one is refused.
      ...(hasGap ? {} : { guard: () => checkVersion(run, secret, version) }),
    })
    return watchConsumer(run, secret, consumer, await credential(), limits)
  })
  if (why !== null) return hasGap ? why : giveBack(run, secret, consumer, `${key}.back.${attempt}`, why)
  if (before?.perSecond === 0)
    await run.mark(`${key}.idle`, 'remark', {
      text: `${secret.id}: ${consumer.host} had nothing to deliver before it was switched; only its login was verified`,
    })
  return null
}

/** Why nobody could tell whether it works with another secret; `null` where one can. */
function explainBlind({ host, verify, hasLogin }: PlannedConsumer, before: Before | null): string | null {
  if (verify !== 'events') return null
  if (before === null) return `${host} does not say what it delivers, and that is how it is verified`
  if (before.perSecond > 0 || hasLogin) return null
  return `${host} has nothing to deliver, and no login_url to be verified by instead`
}

async function giveBack(
  run: Run,
  secret: PlannedSecret,
  consumer: PlannedConsumer,
  key: string,
  why: string,
): Promise<string> {
  const trouble = await troubleOf(async () => {
    await giveStep(run, secret, consumer, {
      key,
      title: `give ${consumer.host} the old secret back`,
      version: secret.version,
      credential: () => needOld(run, secret),
    })
    const limits = { before: null, watchMs: 0, giveUpMs: backMs }
    return watchConsumer(run, secret, consumer, await needOld(run, secret), limits)
  })
  return trouble === null
    ? `${why}; it has the old secret again`
    : `${why}; and it does not take the old one back: ${trouble}`
}

/** What goes wrong with a host is an answer; anything else is thrown on. */
async function troubleOf(deed: () => Promise<string | null>): Promise<string | null> {
  try {
    return await deed()
  } catch (thrown) {
    if (!(thrown instanceof OpsError) || !consumerTroubles.includes(thrown.code)) throw thrown
    return toOpsError(thrown).message
  }
}
