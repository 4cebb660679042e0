// One setting on many indices. Deleted indices are passed over; an index that the user may not change is named in an
// error after all others are done, so nothing is ever left out in silence (the server itself would).
import { z } from 'zod'
import { OpsError } from '#errors'
import type { Json } from '../../ports/json.ts'
import { chunkNames } from './chunks.ts'
import { acknowledged } from './cluster-settings.ts'
import { readReason, rejected } from './errors.ts'
import { parse } from './parse.ts'
import type { Answer, Pool } from './pool.ts'

const everyIndex = { ignore_unavailable: 'true', expand_wildcards: 'all' }

const settingsAnswer = z.record(z.string(), z.object({ settings: z.record(z.string(), z.unknown()) }))

/** Explicit values only. The uuid is asked for as well: an index without the setting would be left out of the answer. */
export async function readIndexSetting(
  pool: Pool,
  name: string,
  indices: readonly string[],
): Promise<ReadonlyMap<string, Json>> {
  const values = new Map<string, Json>()
  for (const { path } of chunkNames(indices)) {
    const answer = await pool.read({
      method: 'GET',
      path: `/${path}/_settings/index.uuid,${encodeURIComponent(name)}`,
      viaMaster: 'read',
      query: { ...everyIndex, flat_settings: 'true' },
    })
    for (const [index, { settings }] of Object.entries(parse(settingsAnswer, answer)))
      values.set(index, (settings[name] as Json | undefined) ?? null)
  }
  return values
}

export async function writeIndexSetting(
  pool: Pool,
  name: string,
  indices: readonly string[],
  wanted: Json,
): Promise<void> {
  const refused: Answer[] = []
  for (const { names } of chunkNames(indices)) refused.push(...(await writeChunk(pool, name, names, wanted)))
  if (refused[0] !== undefined) throw leftOut(refused)
}

/** What was refused. A portion is halved until the index that spoils it stands alone. */
async function writeChunk(
  pool: Pool,
  name: string,
  indices: readonly string[],
  wanted: Json,
): Promise<Answer[]> {
  const path = `/${indices.map(encodeURIComponent).join(',')}/_settings`
  // Not ignore_unavailable: with it the server passes over indices that the user may not change, and says nothing.
  const answer = await pool.write({
    method: 'PUT',
    path,
    viaMaster: 'change',
    query: { expand_wildcards: 'all' },
    body: { [name]: wanted },
    accept: [400, 403, 404, 500],
  })
  if (answer.status < 400) {
    acknowledged(parse(z.object({ acknowledged: z.boolean() }), answer).acknowledged, `${name} (${path})`)
    return []
  }
  if (indices.length === 1) {
    if (answer.status === 404) return []
    if (answer.status === 403 || isManaged(answer)) return [answer]
    throw rejected(answer.request, answer.status, answer.body)
  }
  const middle = Math.ceil(indices.length / 2)
  return [
    ...(await writeChunk(pool, name, indices.slice(0, middle), wanted)),
    ...(await writeChunk(pool, name, indices.slice(middle), wanted)),
  ]
}

/** Settings of some system indices belong to the server: it refuses a change by anybody. */
const isManaged = ({ status, body }: Answer) =>
  status === 500 && readReason(body).reason.includes('Cannot override settings on system indices')

function leftOut(refused: readonly Answer[]): OpsError {
  const names = refused.map(({ request }) => decodeURIComponent(request.path.split('/')[1] ?? ''))
  const [first] = refused
  const why = first && rejected(first.request, first.status, first.body)
  return new OpsError('CLUSTER_FORBIDDEN', {
    message: `the settings of ${names.join(', ')} were left as they are; all others are set (${why?.message})`,
    ...(why?.hint === undefined ? {} : { hint: why.hint }),
  })
}
