// Takes a rotation back: looks at the world and not at the journal, so it can be killed and begun again at any moment. No consumer gets the
// old secret before that is let in, and the new one ends only when nobody has it any more.
import { type Credential, exitCodes, OpsError, type Run } from '#sdk'
import { credentialIn, labelsOf, needOld, readOld, readPending, sameCredential } from './documents.ts'
import { clearStaged, endOld } from './end-old.ts'
import { explainHost, giveStep } from './give.ts'
import { isOldEnabled, setOldEnabled } from './keep-out.ts'
import { markOf, namesOf, type PlannedSecret, type RotateDetails, systemOf } from './plan.ts'
import { waitUntilLetIn } from './prove.ts'
import { backMs } from './switch.ts'
import { endNew, putDocumentBack } from './take-back-document.ts'
import { watchConsumer } from './watch-consumer.ts'

/** Last one first; what goes wrong with one keeps no other from it. */
export async function takeBackRotation(run: Run, { secrets }: RotateDetails): Promise<void> {
  const failures: OpsError[] = []
  for (const secret of [...secrets].reverse()) {
    try {
      await takeBack(run, secret)
    } catch (thrown) {
      if (!(thrown instanceof OpsError) || thrown.code === 'BUG' || run.signal.aborted) throw thrown
      failures.push(thrown)
    }
  }
  const [first, ...others] = failures
  if (first === undefined) return
  throw new OpsError(first.code, {
    message: [first, ...others].map(({ message }) => message).join('; '),
    hint: (others.length === 0 ? first.hint : undefined) ?? `mend it, then: ops abort ${run.id}`,
    ...{ next: first.next, exitCode: first.exitCode, cause: first },
  })
}

/**
 * 1. Nothing staged by this run: it has not begun with this secret, or has ended it.
 * 2. The old one is let in again. One that is refused all the same was revoked: there is no way back, and the rest is done.
 * 3. Consumers get it in reverse order, then the document; then the new one ends, and what was staged goes.
 */
async function takeBack(run: Run, secret: PlannedSecret): Promise<void> {
  const { id } = secret
  const key = (what: string): string => `undo.${run.fencing}.${id}.${what}`
  const pending = await readPending(run, secret)
  if (pending === null || (pending.run !== null && pending.run !== run.id))
    return endUnstaged(run, secret, key)
  const old = await readOld(run, secret)
  if (old === null || !(await letOldIn(run, secret, old, key))) {
    await checkWritten(run, secret, pending.credential)
    await endOld(run, secret, { prefix: `undo.${run.fencing}.` })
    return tellStays(run, secret)
  }
  await giveAllBack(run, secret, old, key)
  await putDocumentBack(run, secret, pending.credential, key)
  await endNew(run, secret, pending.credential, key)
  await clearStaged(run, secret, key('clear'))
  await run.mark(`${id}.taken-back`, 'remark', { text: `${id}: everybody has the old secret` })
}

/** Whoever has ended the old one, nothing may be cleared away before the new one is where everybody looks for it. */
async function checkWritten(run: Run, { id, path, fields }: PlannedSecret, staged: Credential | null) {
  if (sameCredential(credentialIn(await run.vault.readFresh(path), fields), staged)) return
  throw new OpsError('STEP_FAILED', {
    message: `the old secret of ${id} works no more, although this run has not ended it, and ${path} does not hold the new one`,
    hint: `what was staged is kept in ${path}/pending/${id}: write it to ${path}, then: ops abort ${run.id}`,
    exitCode: exitCodes.needsHuman,
  })
}

const tellStays = (run: Run, { id }: PlannedSecret): Promise<void> =>
  run.mark(`${id}.stays`, 'remark', {
    text: `${id}: its old secret has ended already, so it stays rotated`,
  })

/** A rotation that came to its end has nothing staged either, and its label. */
async function endUnstaged(run: Run, secret: PlannedSecret, key: (what: string) => string): Promise<void> {
  const about = await run.vault.metadata(secret.path)
  if (about?.labels[labelsOf(secret.id).run] === run.id) return tellStays(run, secret)
  if (namesOf(secret) !== 'many') return
  const document = credentialIn(await run.vault.readFresh(secret.path), secret.fields)
  const made = (await run.credentials.list(systemOf(secret), [])).filter(
    ({ name, madeBy }) => madeBy === markOf(run, secret) && name !== document?.principal,
  )
  if (made.length === 0) return
  await run.step({
    key: key('orphans'),
    title: `revoke what this run has had made for ${secret.id}`,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      for (const { name } of made) await run.credentials.revoke(systemOf(secret), name)
      return null
    },
    retries: 1,
  })
}

/** Whether it is let in now. */
async function letOldIn(
  run: Run,
  secret: PlannedSecret,
  old: Credential,
  key: (what: string) => string,
): Promise<boolean> {
  const enabled = await isOldEnabled(run, secret)
  if (enabled === null) return false
  if (!enabled) await setOldEnabled(run, secret, key('enable'), true)
  if (namesOf(secret) === 'one' && !(await isLetIn(run, secret, old)))
    await run.step({
      key: key('change'),
      title: `give ${secret.principal} its old secret again`,
      observe: async () =>
        (await isLetIn(run, secret, old)) ? { state: 'done', result: null } : { state: 'not-done' },
      apply: async () => {
        const { principal: name, secret: text } = await needOld(run, secret)
        await run.credentials.make(systemOf(secret), { name, like: name, secret: text, run: run.id })
        return null
      },
      retries: 1,
    })
  if (!(await becomesLetIn(run, secret, old))) return false
  await waitUntilLetIn(run, secret, old)
  return true
}

const everyMs = 1000
/** For how long every endpoint has to refuse a secret until it counts as revoked. */
const refusedLooks = 10

async function becomesLetIn(run: Run, secret: PlannedSecret, old: Credential): Promise<boolean> {
  let refused = 0
  return run.wait<boolean>({
    subject: secret.id,
    title: `is let in as ${old.principal} again`,
    everyMs,
    stallMs: 60_000,
    ceilingMs: 600_000,
    poll: async () => {
      const answers = await run.credentials.logIn(systemOf(secret), old)
      if (answers.some(({ as }) => as !== null)) return { done: true }
      const isRefused = answers.length > 0 && answers.every(one => one.refused)
      refused = isRefused ? refused + 1 : 0
      if (refused >= refusedLooks) return { done: false }
      return { progress: refused, text: answers.map(({ problem }) => problem).join('; ') }
    },
    orElse: lastSeen =>
      new OpsError('STEP_FAILED', {
        message: `nobody can say whether the old secret of ${secret.id} still works: ${lastSeen}`,
      }),
  })
}

async function isLetIn(run: Run, secret: PlannedSecret, credential: Credential): Promise<boolean> {
  const answers = await run.credentials.logIn(systemOf(secret), credential)
  return answers.some(({ as }) => as !== null)
}

async function giveAllBack(
  run: Run,
  secret: PlannedSecret,
  old: Credential,
  key: (what: string) => string,
): Promise<void> {
  const troubles: OpsError[] = []
  for (const consumer of [...secret.consumers].reverse()) {
    if ((await explainHost(run, secret, consumer, old)) === null) continue
    try {
      await giveStep(run, secret, consumer, {
        key: key(consumer.host),
        title: `give ${consumer.host} the old secret back`,
        version: secret.version,
        credential: () => needOld(run, secret),
      })
      const limits = { before: null, watchMs: 0, giveUpMs: backMs }
      const why = await watchConsumer(run, secret, consumer, old, limits)
      if (why !== null) throw new OpsError('CONSUMER_FAILED', { message: why })
    } catch (thrown) {
      if (!(thrown instanceof OpsError) || thrown.code === 'BUG') throw thrown
      troubles.push(thrown)
    }
  }
  const [first] = troubles
  if (first === undefined) return
  throw new OpsError('CONSUMER_FAILED', {
    message: `${secret.id}: ${troubles.map(({ message }) => message).join('; ')}; both secrets go on working`,
    cause: first,
  })
}
