// QUARANTINED: the old principal is kept out and stays as it is, and is let in again as soon as somebody turns out to need it.
import { canBeDisabled, OpsError, type Run } from '#sdk'
import { type PlannedSecret, systemOf } from './plan.ts'

/** Nothing where the kind cannot be kept out. */
export async function setOldEnabled(
  run: Run,
  secret: PlannedSecret,
  key: string,
  enabled: boolean,
): Promise<void> {
  const { principal, kind } = secret
  if (!canBeDisabled(kind)) return
  await run.step({
    key,
    title: `${enabled ? 'enable' : 'disable'} ${principal}`,
    observe: async () =>
      (await isOldEnabled(run, secret)) === enabled ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      await run.credentials.setEnabled(systemOf(secret), principal, enabled)
      return null
    },
    retries: 2,
  })
}

/**
 * Whoever has let the old one in again after the soak has had a reason, and what was approved was something else.
 * @throws OpsError CONSUMER_FORGOTTEN
 */
export async function checkKeptOut(run: Run, secret: PlannedSecret): Promise<void> {
  const { id, principal, kind } = secret
  if (!canBeDisabled(kind) || (await isOldEnabled(run, secret)) !== true) return
  throw new OpsError('CONSUMER_FORGOTTEN', {
    message: `${id}: ${principal} was let in again by somebody after the soak; nothing was revoked`,
    hint: `find out for whom, give that one the new secret, disable ${principal}, then: ops resume ${run.id} · or: ops abort ${run.id}`,
  })
}

/** `null`: it is not there. */
export async function isOldEnabled(run: Run, secret: PlannedSecret): Promise<boolean | null> {
  return (await run.credentials.find(systemOf(secret), secret.principal))?.enabled ?? null
}
