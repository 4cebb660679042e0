// REVOKED and DONE: the old secret ends for good, is refused everywhere, and what was kept of it is cleared away. Nothing of this can be
// taken back, so every consumer is asked once more.
import { OpsError, type Run } from '#sdk'
import { dueAtMs } from './choose.ts'
import { needPending, pendingPathOf, readOld } from './documents.ts'
import { explainHost, failed } from './give.ts'
import { namesOf, type PlannedSecret, systemOf } from './plan.ts'
import { waitUntilRefused } from './prove.ts'

interface EndOptions {
  /** Keeps the steps of an abort apart from those of the run. */
  readonly prefix?: string
  /** A last look before it; throws to prevent it. */
  readonly guard?: () => Promise<void>
  readonly onRevoked?: () => void
}

export async function endOld(
  run: Run,
  secret: PlannedSecret,
  { prefix = '', guard, onRevoked }: EndOptions = {},
): Promise<void> {
  const key = (what: string): string => `${prefix}${secret.id}.${what}`
  await run.safePoint()
  await revoke(run, secret, key('revoke'), guard)
  onRevoked?.()
  await run.safePoint()
  await proveRefused(run, secret, key('refused'))
  await run.safePoint()
  await destroyOld(run, secret, key('destroy'))
  await run.safePoint()
  await clearStaged(run, secret, key('clear'))
  await tellDone(run, secret)
}

async function revoke(
  run: Run,
  secret: PlannedSecret,
  key: string,
  guard: EndOptions['guard'],
): Promise<void> {
  const { principal } = secret
  // The old secret of a single name ended when it was changed.
  if (namesOf(secret) === 'one') return
  const system = systemOf(secret)
  await run.step({
    key,
    title: `revoke ${principal} of ${secret.id}`,
    guard: async () => {
      await guard?.()
      await checkConsumers(run, secret)
    },
    // Whether a user's secret is the random one already cannot be seen; once more does no harm.
    observe: async () =>
      namesOf(secret) === 'many' && (await run.credentials.find(system, principal)) === null
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    apply: async () => {
      await run.credentials.revoke(system, principal)
      return null
    },
    retries: 2,
  })
}

/** @throws OpsError CONSUMER_FAILED */
async function checkConsumers(run: Run, secret: PlannedSecret): Promise<void> {
  const credential = await needPending(run, secret)
  for (const consumer of secret.consumers) {
    const why = await explainHost(run, secret, consumer, credential)
    if (why !== null) throw failed(consumer.host, `${why}; nothing was revoked`)
  }
}

function proveRefused(run: Run, secret: PlannedSecret, key: string): Promise<number> {
  return run.step({
    key,
    title: `see that the old secret of ${secret.id} is refused everywhere`,
    observe: async () => ({ state: 'not-done' }),
    apply: async () => {
      const old = await readOld(run, secret)
      return old === null ? 0 : waitUntilRefused(run, secret, old)
    },
  })
}

async function destroyOld(run: Run, { path, version, alone }: PlannedSecret, key: string): Promise<void> {
  // Other secrets stand in the same version.
  if (!alone) return
  await run.step({
    key,
    title: `destroy version ${version} of ${path}`,
    guard: () => checkNotCurrent(run, path, version),
    observe: async () => {
      const found = (await run.vault.metadata(path))?.versions.find(one => one.version === version)
      return (found?.gone ?? true) ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      await run.vault.destroyVersions(path, [version])
      return null
    },
    retries: 1,
  })
}

async function checkNotCurrent(run: Run, path: string, version: number): Promise<void> {
  if ((await run.vault.metadata(path))?.currentVersion !== version) return
  throw new OpsError('VAULT_CONFLICT', {
    message: `version ${version} of ${path} is the current one, and was to be destroyed as the previous one`,
    hint: `see who has written it, then: ops resume ${run.id}`,
  })
}

export function clearStaged(run: Run, secret: PlannedSecret, key: string): Promise<null> {
  const path = pendingPathOf(secret)
  return run.step({
    key,
    title: `clear away ${path}`,
    observe: async () =>
      (await run.vault.metadata(path)) === null ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      await run.vault.removeAll(path)
      return null
    },
    retries: 1,
  })
}

function tellDone(run: Run, { id, principal, rotateAfterDays }: PlannedSecret): Promise<void> {
  const rotatedAtMs = run.clock.now().getTime()
  const due = new Date(dueAtMs({ declaration: { rotateAfterDays }, rotatedAtMs }))
  return run.mark(`${id}.done`, 'remark', {
    text: `${id}: the old secret of ${principal} is refused everywhere; the next rotation is due on ${due.toISOString().slice(0, 10)}`,
  })
}
