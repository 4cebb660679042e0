// Begins a restore and reads how far the copies are. It never takes the list of recoveries for the whole: the server
// forgets there what has failed.
import { z } from 'zod'
import type { RestoreRequest, ShardRecovery } from '../../../ports/snapshots.ts'
import { chunkNames } from '../chunks.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { recoverySize } from '../recovery.ts'
import { masterPatience, readingMs } from './limits.ts'
import { pathOf } from './repositories.ts'
import { refuseNone } from './take.ts'

export async function beginRestore(pool: Pool, request: RestoreRequest): Promise<void> {
  const { repository, snapshot, indices, prefix, replicas, settings, without, globalState } = request
  refuseNone(indices, `a restore of ${snapshot}`)
  const wanted = { ...settings, ...(replicas === null ? {} : { 'index.number_of_replicas': replicas }) }
  const answer = await pool.write({
    method: 'POST',
    path: `${pathOf(repository, snapshot)}/_restore`,
    query: { ...masterPatience, wait_for_completion: 'false' },
    body: {
      indices,
      ignore_unavailable: false,
      partial: false,
      include_global_state: globalState,
      ...(globalState ? {} : { feature_states: ['none'] }),
      // Under another name, an alias of the snapshot would point to it beside the index that has it.
      include_aliases: prefix === '',
      ...(prefix === '' ? {} : { rename_pattern: '^(.+)$', rename_replacement: `${quote(prefix)}$1` }),
      index_settings: wanted,
      ignore_index_settings: without,
    },
    limitMs: readingMs,
  })
  parse(z.object({ accepted: z.literal(true) }), answer)
}

/** A replacement of Java's regular expressions. */
const quote = (text: string): string => text.replaceAll(/[\\$]/g, '\\$&')

const recoveryAnswer = z.record(
  z.string(),
  z.object({
    shards: z.array(
      z.object({
        id: z.number(),
        type: z.string(),
        stage: z.string(),
        primary: z.boolean(),
        source: z.object({ snapshot: z.string().optional() }).default({}),
        index: z.object({ size: recoverySize }),
      }),
    ),
  }),
)
const fields = ['id', 'type', 'stage', 'primary', 'source.snapshot', 'index.size']

export async function readRecoveries(
  pool: Pool,
  indices: readonly string[],
): Promise<readonly ShardRecovery[]> {
  const found: ShardRecovery[] = []
  for (const { path } of chunkNames(indices)) {
    const filter_path = fields.map(field => `*.shards.${field}`).join(',')
    const query = { ignore_unavailable: 'true', expand_wildcards: 'all', filter_path }
    const answer = await pool.read({ method: 'GET', path: `/${path}/_recovery`, query })
    for (const [index, { shards }] of Object.entries(parse(recoveryAnswer, answer)))
      found.push(
        ...shards.map(({ id, type, stage, primary, source, index: { size: bytes } }) => ({
          index,
          shard: id,
          primary,
          type,
          stage,
          fromSnapshot: type === 'SNAPSHOT' ? (source.snapshot ?? null) : null,
          recoveredBytes: bytes.recovered_in_bytes + bytes.reused_in_bytes,
          totalBytes: bytes.total_in_bytes,
        })),
      )
  }
  return found
}
