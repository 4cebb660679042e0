// The document as it was, and the end of the new secret: the last parts of taking a rotation back. What somebody else has written
// meanwhile stays as it is.
import { type Credential, type Run, SecretText } from '#sdk'
import { credentialIn, labelsOf, needOld, readOld, sameCredential } from './documents.ts'
import { markOf, namesOf, type PlannedSecret, systemOf } from './plan.ts'

export async function putDocumentBack(
  run: Run,
  secret: PlannedSecret,
  ours: Credential | null,
  key: (what: string) => string,
): Promise<void> {
  const { id, path, fields } = secret
  const now = await run.vault.readFresh(path)
  const current = credentialIn(now, fields)
  if (now !== null && sameCredential(current, ours))
    await writeBack(run, secret, now.version, key('document'))
  else if (!sameCredential(current, await readOld(run, secret)))
    await run.mark(`${id}.left`, 'remark', {
      text: `${id}: somebody else has written ${path}; it was left as it is`,
    })
  const own = labelsOf(id)
  if ((await run.vault.metadata(path))?.labels[own.run] !== run.id) return
  await run.step({
    key: key('labels'),
    title: `label ${path} as it was`,
    observe: async () =>
      (await run.vault.metadata(path))?.labels[own.run] === run.id
        ? { state: 'not-done' }
        : { state: 'done', result: null },
    apply: async () => {
      await run.vault.label(path, secret.labels)
      return null
    },
    retries: 1,
  })
}

function writeBack(run: Run, secret: PlannedSecret, cas: number, key: string): Promise<number> {
  const { path, fields, version } = secret
  return run.step({
    key,
    title: `write what version ${version} of ${path} had`,
    before: { version: cas },
    observe: async () => {
      const now = await run.vault.readFresh(path)
      return now !== null && sameCredential(credentialIn(now, fields), await readOld(run, secret))
        ? { state: 'done', result: now.version }
        : { state: 'not-done' }
    },
    apply: async () => {
      const { principal, secret: text } = await needOld(run, secret)
      const now = await run.vault.readFresh(path)
      const named = { [fields.principal]: new SecretText(principal), [fields.secret]: text }
      return run.vault.write(path, { ...now?.fields, ...named }, cas)
    },
  })
}

/** Of two names the one whose turn it would have been; of many whatever this run has had made. */
export async function endNew(
  run: Run,
  secret: PlannedSecret,
  ours: Credential | null,
  key: (what: string) => string,
): Promise<void> {
  const names = await namesToEnd(run, secret, ours)
  if (names.length === 0) return
  await run.step({
    key: key('end-new'),
    title: `revoke ${names.join(' and ')}, which this run has made`,
    observe: async () =>
      (await namesToEnd(run, secret, ours)).length === 0
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    apply: async () => {
      for (const name of names) await run.credentials.revoke(systemOf(secret), name)
      return null
    },
    retries: 2,
  })
}

async function namesToEnd(
  run: Run,
  secret: PlannedSecret,
  ours: Credential | null,
): Promise<readonly string[]> {
  const system = systemOf(secret)
  if (namesOf(secret) === 'one') return []
  if (namesOf(secret) === 'many')
    return (await run.credentials.list(system, []))
      .filter(
        ({ name, madeBy }) =>
          name !== secret.principal && (madeBy === markOf(run, secret) || name === ours?.principal),
      )
      .map(({ name }) => name)
  if (ours === null || ours.principal === secret.principal) return []
  const answers = await run.credentials.logIn(system, ours)
  // Whoever does not answer has not refused it.
  return answers.length > 0 && answers.every(({ refused }) => refused) ? [] : [ours.principal]
}
