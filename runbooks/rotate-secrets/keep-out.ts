// QUARANTINED: the old principal is kept out and stays as it is, and is let in again as soon as somebody turns out to need it.
import { canBeDisabled, type Run } from '#sdk'
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

/** `null`: it is not there. */
export async function isOldEnabled(run: Run, secret: PlannedSecret): Promise<boolean | null> {
  return (await run.credentials.find(systemOf(secret), secret.principal))?.enabled ?? null
}
