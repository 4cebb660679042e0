// Writes what indices hold in memory to disk, so that a restarted copy has less to replay. Best effort: it never fails a run.
import { z } from 'zod'
import { toOpsError } from '#errors'
import { chunkNames } from './chunks.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const flushAnswer = z.object({
  _shards: z.object({
    failed: z.number(),
    failures: z.array(z.object({ index: z.string().optional() })).default([]),
  }),
})

/** Indices that could not be flushed; deleted and closed ones are passed over. */
export async function flushIndices(
  pool: Pool,
  indices: readonly string[],
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<{ readonly failed: readonly string[] }> {
  const until = performance.now() + timeoutMs
  const failed = new Set<string>()
  for (const { names, path } of chunkNames(indices)) {
    const leftMs = Math.round(until - performance.now())
    for (const name of leftMs > 0 ? await flushChunk(pool, names, path, leftMs) : names) failed.add(name)
  }
  return { failed: [...failed] }
}

async function flushChunk(pool: Pool, names: readonly string[], path: string, leftMs: number) {
  const query = { wait_if_ongoing: 'true', ignore_unavailable: 'true', expand_wildcards: 'all' }
  try {
    const request = { method: 'POST', path: `/${path}/_flush`, query, limitMs: leftMs } as const
    const { failed, failures } = parse(flushAnswer, await pool.write(request))._shards
    const named = failures.flatMap(({ index }) => index ?? [])
    return failed > 0 && named.length === 0 ? names : named
  } catch (thrown) {
    // A flush that did not happen costs time later, not data.
    if (toOpsError(thrown).code === 'BUG') throw thrown
    return names
  }
}
