// Repositories: what is registered, and whether every node can write there. Nothing here touches their files but the clean-up.
import { z } from 'zod'
import type { Repository, SnapshotsPort } from '../../../ports/snapshots.ts'
import { acknowledged } from '../cluster-settings.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { deletingMs, masterPatience, verifyMs } from './limits.ts'

const value = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const repositoriesAnswer = z.record(
  z.string(),
  z.object({ type: z.string(), settings: z.record(z.string(), value).default({}) }),
)

export async function readRepositories(pool: Pool): Promise<readonly Repository[]> {
  const query = { flat_settings: 'true' }
  const answer = await pool.read({ method: 'GET', path: '/_snapshot', viaMaster: 'read', query })
  return Object.entries(parse(repositoriesAnswer, answer)).map(([name, { type, settings }]) => ({
    name,
    type,
    settings,
    readOnly: settings.readonly === 'true' || type === 'url',
  }))
}

export const pathOf = (repository: string, ...more: string[]): string =>
  ['/_snapshot', ...[repository, ...more].map(encodeURIComponent)].join('/')

const verifyAnswer = z.object({ nodes: z.record(z.string(), z.object({ name: z.string() })) })

/** Verifying twice does no harm: it leaves nothing behind. */
export async function verifyRepository(pool: Pool, repository: string): Promise<readonly string[]> {
  const answer = await pool.read({
    method: 'POST',
    path: `${pathOf(repository)}/_verify`,
    query: { ...masterPatience, timeout: '100s' },
    limitMs: verifyMs,
  })
  return Object.values(parse(verifyAnswer, answer).nodes)
    .map(({ name }) => name)
    .sort()
}

const acknowledgedAnswer = z.object({ acknowledged: z.boolean() })

/** One that fails to be verified is not registered by 8.19; older servers may keep it. */
export async function registerRepository(
  pool: Pool,
  { name, type, settings, readOnly }: Repository,
  verify: boolean,
): Promise<void> {
  const { readonly: _, ...others } = settings
  const answer = await pool.write({
    method: 'PUT',
    path: pathOf(name),
    query: { ...masterPatience, timeout: '100s', verify: String(verify) },
    body: { type, settings: readOnly ? { ...others, readonly: 'true' } : others },
    limitMs: verifyMs,
  })
  acknowledged(parse(acknowledgedAnswer, answer).acknowledged, `the repository ${name}`)
}

const cleanUpAnswer = z.object({
  results: z.object({ deleted_bytes: z.number(), deleted_blobs: z.number() }),
})

export async function cleanUpRepository(
  pool: Pool,
  repository: string,
): ReturnType<SnapshotsPort['cleanUp']> {
  const answer = await pool.write({
    method: 'POST',
    path: `${pathOf(repository)}/_cleanup`,
    query: masterPatience,
    limitMs: deletingMs,
  })
  const { deleted_bytes, deleted_blobs } = parse(cleanUpAnswer, answer).results
  return { bytes: deleted_bytes, blobs: deleted_blobs }
}
