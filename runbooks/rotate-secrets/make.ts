// STAGED and CREATED: the new secret is in Vault before any system knows it, or right after the system has made it. A secret that was
// refused is thrown away; it must never be tried again.
import { type Credential, credentialKinds, OpsError, type Run, toOpsError } from '#sdk'
import { needOld, needPending, pendingPathOf, readPending, writePending } from './documents.ts'
import { markOf, namesOf, type PlannedSecret, systemOf } from './plan.ts'
import { checkVersion } from './promote.ts'

const mostAttempts = 3

type Made = { readonly made: boolean; readonly principal: string; readonly why: string | null }

/** @returns the name of the new principal */
export async function makeNew(run: Run, secret: PlannedSecret, version: number): Promise<string> {
  const { id } = secret
  let last = ''
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const { made, principal, why } = await makeOnce(run, secret, attempt, version)
    if (made) return principal
    last = why ?? ''
    await run.mark(`${id}.rejected.${attempt}`, 'remark', {
      text: `${id}: the new secret was refused and thrown away: ${last}`,
    })
  }
  throw new OpsError('SECRET_REJECTED', {
    message: `${mostAttempts} new secrets of ${id} were refused, the last one because: ${last}`,
    hint: `mend its policy in ops.config.ts, then: ops abort ${run.id}`,
  })
}

async function makeOnce(run: Run, secret: PlannedSecret, attempt: number, version: number): Promise<Made> {
  await run.safePoint()
  const guard = () => checkVersion(run, secret, version)
  if (credentialKinds[secret.kind].mints === 'system') return mint(run, secret, attempt, guard)
  await run.step({
    key: `${secret.id}.stage.${attempt}`,
    title: `stage a new secret of ${secret.next} in Vault`,
    guard,
    observe: async () => {
      const found = await readPending(run, secret)
      const isOurs = found?.run === run.id && found.attempt === attempt && found.credential !== null
      return isOurs ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      await writePending(run, secret, attempt, async () => ({
        principal: secret.next,
        secret: await run.credentials.generate(secret.policy),
      }))
      return null
    },
    retries: 1,
  })
  await run.safePoint()
  return create(run, secret, attempt, guard)
}

function create(run: Run, secret: PlannedSecret, attempt: number, guard: () => Promise<void>): Promise<Made> {
  const { next, principal } = secret
  const refused = (why: string): Made => ({ made: false, principal: next, why })
  return run.step({
    key: `${secret.id}.create.${attempt}`,
    title: namesOf(secret) === 'one' ? `change the secret of ${next}` : `make ${next} like ${principal}`,
    guard,
    observe: async () => {
      const found = await readPending(run, secret)
      if (found?.credential == null)
        return { state: 'done', result: refused('a process died when it had been refused') }
      return (await isMade(run, secret, found.credential))
        ? { state: 'done', result: { made: true, principal: next, why: null } }
        : { state: 'not-done' }
    },
    apply: async () => {
      const { secret: text } = await needPending(run, secret)
      const wanted = { name: next, like: principal, secret: text, run: run.id }
      return orRefused(run, secret, next, () => run.credentials.make(systemOf(secret), wanted))
    },
    retries: 2,
  })
}

/** The system makes it. What a process has had made and not staged is found by its mark and ended first. */
function mint(run: Run, secret: PlannedSecret, attempt: number, guard: () => Promise<void>): Promise<Made> {
  const { next: name, principal: like } = secret
  return run.step({
    key: `${secret.id}.make.${attempt}`,
    title: `make another ${secret.kind.replaceAll('-', ' ')} like ${like} and stage it`,
    guard,
    observe: async () => {
      const found = await readPending(run, secret)
      if (found?.run !== run.id || found.credential === null) return { state: 'not-done' }
      return { state: 'done', result: { made: true, principal: found.credential.principal, why: null } }
    },
    apply: () =>
      orRefused(run, secret, name, async () => {
        await revokeOrphans(run, secret)
        return writePending(run, secret, attempt, async () => {
          const { secret: likeSecret } = await needOld(run, secret)
          const wanted = { name, like, likeSecret, secret: null, run: markOf(run, secret) }
          return run.credentials.make(systemOf(secret), wanted)
        })
      }),
    retries: 1,
  })
}

async function orRefused(
  run: Run,
  secret: PlannedSecret,
  name: string,
  make: () => Promise<Credential>,
): Promise<Made> {
  try {
    return { made: true, principal: (await make()).principal, why: null }
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code !== 'SECRET_REJECTED') throw thrown
    await run.vault.removeAll(pendingPathOf(secret))
    return { made: false, principal: name, why: message }
  }
}

/** It logs in, and may do the same: making a principal may be several requests. */
export async function isMade(run: Run, secret: PlannedSecret, credential: Credential): Promise<boolean> {
  const system = systemOf(secret)
  const answers = await run.credentials.logIn(system, credential)
  if (!answers.some(({ as }) => as !== null)) return false
  if (namesOf(secret) !== 'two') return true
  const [made, like] = [
    await run.credentials.find(system, credential.principal),
    await run.credentials.find(system, secret.principal),
  ]
  return JSON.stringify(made?.grants) === JSON.stringify(like?.grants)
}

/** Keys, tokens and secret-ids that this run has had made for this secret and that nobody was given. */
export async function revokeOrphans(run: Run, secret: PlannedSecret): Promise<void> {
  const system = systemOf(secret)
  const staged = (await readPending(run, secret))?.credential?.principal
  const all = await run.credentials.list(system, [])
  const orphans = all.filter(
    ({ name, madeBy }) => madeBy === markOf(run, secret) && name !== staged && name !== secret.principal,
  )
  for (const { name } of orphans) await run.credentials.revoke(system, name)
}
