// Trying again what the cluster has given up on. Nothing is forced: the deciders say whether it may be.
import type { Run } from '#sdk'

export async function retryFailed(run: Run, key: string): Promise<string> {
  const failed = await run.note(`${key}.failed`, async () => await countFailed(run))
  await run.step({
    key: `${key}.retry`,
    title: 'try again what has failed too often',
    before: failed,
    // The count begins anew with it; once more does no harm.
    observe: async () =>
      failed > 0 && (await countFailed(run)) === 0 ? { state: 'done', result: null } : { state: 'not-done' },
    apply: async () => {
      await run.allocation.retryFailed()
      return null
    },
    retries: 1,
  })
  return `${failed} copies are tried again`
}

const countFailed = async ({ allocation }: Run): Promise<number> =>
  (await allocation.unassigned()).filter(({ failedAttempts }) => failedAttempts > 0).length

export async function retryLifecycle(run: Run, key: string, indices: readonly string[]): Promise<string> {
  await run.step({
    key: `${key}.retry`,
    title: `try the failed steps of ${indices.length} lifecycles again`,
    // An index whose step has not failed refuses it, and loses nothing.
    observe: async () => {
      const failed = (await run.elasticsearch.lifecycle()).ilm?.errors.map(({ index }) => index) ?? []
      return indices.some(index => failed.includes(index))
        ? { state: 'not-done' }
        : { state: 'done', result: null }
    },
    apply: async () => {
      await run.allocation.retryLifecycle(indices)
      return null
    },
  })
  return `${indices.length} lifecycles are tried again`
}
