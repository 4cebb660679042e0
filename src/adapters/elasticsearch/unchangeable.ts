// Which indices will keep their settings whatever a run wants: those the user may not change, and those that the server
// keeps for itself. Asks, and changes nothing.
import { z } from 'zod'
import { chunkNames } from './chunks.ts'
import { isMissing, missingApi, parse } from './parse.ts'
import type { Pool } from './pool.ts'

export async function listUnchangeable(pool: Pool, indices: readonly string[]): Promise<readonly string[]> {
  const found = new Set([
    ...(await listForbidden(pool, indices)),
    ...(await listOwnedByServer(pool, indices)),
  ])
  return indices.filter(name => found.has(name))
}

const privilegesAnswer = z.object({ index: z.record(z.string(), z.record(z.string(), z.boolean())) })
const change = 'indices:admin/settings/update'

async function listForbidden(pool: Pool, indices: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const { names } of chunkNames(indices)) {
    const answer = await pool.read({
      method: 'POST',
      path: '/_security/user/_has_privileges',
      body: { index: [{ names, privileges: [change], allow_restricted_indices: true }] },
      accept: missingApi,
    })
    // Without security everybody may change everything.
    if (answer.status >= 400 && isMissing(answer)) return []
    const { index } = parse(privilegesAnswer, answer)
    found.push(...names.filter(name => index[name]?.[change] === false))
  }
  return found
}

const stateAnswer = z.object({
  metadata: z
    .object({ indices: z.record(z.string(), z.object({ system: z.boolean() })).default({}) })
    .optional(),
})

/** Names of system indices begin with a dot, so only those are asked for. */
async function listOwnedByServer(pool: Pool, indices: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const { path } of chunkNames(indices.filter(name => name.startsWith('.')))) {
    const answer = await pool.read({
      method: 'GET',
      path: `/_cluster/state/metadata/${path}`,
      viaMaster: 'read',
      query: {
        ignore_unavailable: 'true',
        expand_wildcards: 'all',
        filter_path: 'metadata.indices.*.system',
      },
    })
    const state = parse(stateAnswer, answer).metadata?.indices ?? {}
    found.push(...Object.keys(state).filter(name => state[name]?.system))
  }
  return found
}
