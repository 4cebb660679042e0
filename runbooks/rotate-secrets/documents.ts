// The documents of a secret in Vault, read when they are used and never from a cache. It must never hand a secret to the journal.
import { type Credential, OpsError, type Run, SecretText } from '#sdk'
import type { PlannedSecret } from './plan.ts'

/** Labels of a staged document. */
export const stagedLabels = { run: 'ops_run', state: 'ops_state', attempt: 'ops_attempt' } as const

export const pendingPathOf = ({ path, id }: { readonly path: string; readonly id: string }): string =>
  `${path}/pending/${id}`

/** Labels of the document itself. */
export const labelsOf = (id: string) =>
  ({ rotatedAt: `${id}_rotated_at`, run: `${id}_run`, previous: `${id}_previous` }) as const

/** What was in use when the plan was made; `null` once that version is destroyed. */
export async function readOld({ vault }: Run, secret: PlannedSecret): Promise<Credential | null> {
  return credentialIn(await vault.readFresh(secret.path, secret.version), secret.fields)
}

export async function needOld(run: Run, secret: PlannedSecret): Promise<Credential> {
  return (await readOld(run, secret)) ?? missing(run, `version ${secret.version} of ${secret.path}`)
}

export interface Pending {
  readonly credential: Credential | null
  /** `null`: a process died before it had written whose it is. */
  readonly run: string | null
  readonly attempt: number | null
}

/** `null`: nothing is staged. */
export async function readPending({ vault }: Run, secret: PlannedSecret): Promise<Pending | null> {
  const path = pendingPathOf(secret)
  const about = await vault.metadata(path)
  if (about === null) return null
  const fields = { principal: 'principal', secret: 'secret' }
  return {
    credential: credentialIn(await vault.readFresh(path), fields),
    run: about.labels[stagedLabels.run] ?? null,
    attempt: Number(about.labels[stagedLabels.attempt] ?? Number.NaN) || null,
  }
}

/** What this run has staged. */
export async function needPending(run: Run, secret: PlannedSecret): Promise<Credential> {
  const found = await readPending(run, secret)
  if (found !== null && found.run !== null && found.run !== run.id) throw otherRun(secret, found.run)
  return found?.credential ?? missing(run, `what was staged for ${secret.id}`)
}

/** Writes what is to come, and says whose it is. What an earlier attempt has left there goes first. */
export async function writePending(
  run: Run,
  secret: PlannedSecret,
  attempt: number,
  make: () => Promise<Credential>,
): Promise<Credential> {
  const path = pendingPathOf(secret)
  const found = await readPending(run, secret)
  if (found?.run != null && found.run !== run.id) throw otherRun(secret, found.run)
  const keep = found !== null && (found.attempt ?? attempt) === attempt ? found.credential : null
  if (found !== null && keep === null) await run.vault.removeAll(path)
  const credential = keep ?? (await make())
  if (keep === null) {
    const fields = { principal: new SecretText(credential.principal), secret: credential.secret }
    await run.vault.write(path, fields, 0)
  }
  await run.vault.label(path, {
    [stagedLabels.run]: run.id,
    [stagedLabels.state]: 'staged',
    [stagedLabels.attempt]: String(attempt),
  })
  return credential
}

export function credentialIn(
  document: { readonly fields: Readonly<Record<string, SecretText>> } | null,
  names: { readonly principal: string; readonly secret: string },
): Credential | null {
  const [principal, secret] = [document?.fields[names.principal], document?.fields[names.secret]]
  return principal === undefined || secret === undefined ? null : { principal: principal.reveal(), secret }
}

export const sameCredential = (one: Credential | null, other: Credential | null): boolean =>
  one !== null && other !== null && one.principal === other.principal && one.secret.equals(other.secret)

function missing({ id }: Run, what: string): never {
  throw new OpsError('SECRET_MISSING', {
    message: `${what} is not in Vault any more`,
    hint: `bring everybody back to what they had: ops abort ${id}`,
    exitCode: 1,
  })
}

const otherRun = ({ id }: PlannedSecret, run: string): OpsError =>
  new OpsError('VAULT_CONFLICT', {
    message: `run ${run} rotates ${id} as well`,
    hint: `end one of them: ops abort ${run}`,
  })
