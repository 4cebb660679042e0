// PROMOTED: the document in Vault is the new secret, as a version on top of the one that the plan was made for. It must never be written
// over what somebody else has written meanwhile.
import { OpsError, type Run, SecretText } from '#sdk'
import { credentialIn, labelsOf, needPending, readPending, sameCredential } from './documents.ts'
import type { PlannedSecret } from './plan.ts'

/** @returns the version that is current now */
export async function promote(run: Run, secret: PlannedSecret, cas: number): Promise<number> {
  const { id, path, fields } = secret
  await run.safePoint()
  const version = await run.step({
    key: `${id}.promote`,
    title: `write the new secret to ${path}`,
    before: { version: cas },
    observe: async () => {
      const document = await run.vault.readFresh(path)
      const staged = (await readPending(run, secret))?.credential ?? null
      return document !== null && sameCredential(credentialIn(document, fields), staged)
        ? { state: 'done', result: document.version }
        : { state: 'not-done' }
    },
    apply: async () => {
      const { principal, secret: text } = await needPending(run, secret)
      await checkVersion(run, secret, cas)
      const document = await run.vault.readFresh(path)
      const named = { [fields.principal]: new SecretText(principal), [fields.secret]: text }
      return run.vault.write(path, { ...document?.fields, ...named }, cas)
    },
  })
  await run.safePoint()
  await labelDocument(run, secret)
  return version
}

function labelDocument(run: Run, { id, path, principal }: PlannedSecret): Promise<null> {
  const labels = labelsOf(id)
  return run.step({
    key: `${id}.label`,
    title: `label ${path} with this run`,
    observe: async () => {
      const about = await run.vault.metadata(path)
      return about?.labels[labels.run] === run.id ? { state: 'done', result: null } : { state: 'not-done' }
    },
    apply: async () => {
      await run.vault.label(path, {
        [labels.rotatedAt]: run.clock.now().toISOString(),
        [labels.run]: run.id,
        [labels.previous]: principal,
      })
      return null
    },
    retries: 1,
  })
}

/** @throws OpsError VAULT_CONFLICT */
export async function checkVersion(run: Run, { path }: PlannedSecret, wanted: number): Promise<void> {
  const about = await run.vault.metadata(path)
  if (about?.currentVersion === wanted) return
  throw new OpsError('VAULT_CONFLICT', {
    message: `somebody else has written ${path}: it is at version ${about?.currentVersion ?? 'none'}, the plan was made for ${wanted}`,
    hint: `everybody back to what they had: ops abort ${run.id} · then rotate it again`,
  })
}
