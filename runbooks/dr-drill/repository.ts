// The repository during the loss of everything: read-only while it is restored from, and as it was afterwards. Its files are never
// touched.
import type { Repository, Run } from '#sdk'
import { readPatiently } from './method.ts'
import type { NodesDetails, RepositoryDetails } from './plan.ts'

const stallMs = 120_000

/** Whatever happens to the new cluster, it cannot write there. */
export async function registerReadOnly(run: Run, repository: RepositoryDetails): Promise<void> {
  await register(run, 'repository.read-only', { ...repository, readOnly: true })
}

export async function asBefore(run: Run, { repository }: NodesDetails): Promise<void> {
  if (repository !== null) await register(run, 'repository.as-before', repository)
}

async function register(run: Run, key: string, wanted: Repository): Promise<void> {
  const { name, readOnly } = wanted
  const isThere = async (): Promise<boolean> =>
    (await run.snapshots.repositories()).some(one => one.name === name && one.readOnly === readOnly)
  await run.step({
    key,
    title: `register ${name} ${readOnly ? 'read-only' : 'as it was'}`,
    observe: async () => ((await isThere()) ? { state: 'done', result: null } : { state: 'not-done' }),
    apply: () =>
      readPatiently(run, `registers ${name}`, stallMs, async () => {
        await run.snapshots.register(wanted, true)
        return null
      }),
    retries: 1,
  })
}
