// Replacing and deleting indices. Only exact names go out, and nothing is deleted whose uuid is not the
// one that was asked for.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { IndicesPort } from '../../../ports/indices.ts'
import { chunkNames } from '../chunks.ts'
import { acknowledged } from '../cluster-settings.ts'
import { parse } from '../parse.ts'
import type { Answer, Pool } from '../pool.ts'
import { readUuids } from './facts.ts'

const acknowledgedAnswer = z.object({ acknowledged: z.boolean() })
const requireAcknowledged = (answer: Answer, what: string) =>
  acknowledged(parse(acknowledgedAnswer, answer).acknowledged, what)

export async function removeIndices(
  pool: Pool,
  indices: readonly { readonly name: string; readonly uuid: string }[],
): Promise<{ readonly passedOver: readonly string[] }> {
  const uuids = new Map(indices.map(({ name, uuid }) => [name, uuid]))
  const passedOver: string[] = []
  for (const { names, path } of chunkNames([...uuids.keys()])) {
    const there = await readUuids(pool, path)
    const same = names.filter(name => there.get(name) === uuids.get(name))
    passedOver.push(...names.filter(name => !same.includes(name)))
    for (const chunk of chunkNames(same)) await removeChunk(pool, chunk.path)
  }
  return { passedOver }
}

async function removeChunk(pool: Pool, path: string): Promise<void> {
  // One that has gone meanwhile is no trouble.
  const query = { ignore_unavailable: 'true', expand_wildcards: 'none' }
  const answer = await pool.write({ method: 'DELETE', path: `/${path}`, viaMaster: 'change', query })
  requireAcknowledged(answer, 'the deleted indices')
}

const aliasAnswer = z.record(z.string(), z.object({ aliases: z.record(z.string(), z.unknown()) }))

export async function replaceByAlias(
  pool: Pool,
  { alias, uuid, to }: Parameters<IndicesPort['replaceByAlias']>[0],
): Promise<void> {
  const found = (await readUuids(pool, encodeURIComponent(alias))).get(alias)
  if (found !== undefined && uuid === null)
    throw new OpsError('INDEX_EXISTS', {
      message: `an index has the name of the alias ${alias}`,
      hint: 'look at that index: somebody has made it meanwhile',
    })
  if (uuid !== null && found !== uuid)
    throw new OpsError('PLAN_CHANGED', {
      message: `the index ${alias} is ${found === undefined ? 'gone' : `another one now (${found})`}`,
      hint: 'plan again',
    })
  const holders = await pool.read({
    method: 'GET',
    path: `/_alias/${encodeURIComponent(alias)}`,
    accept: [404],
  })
  const others = holders.status === 404 ? [] : Object.keys(parse(aliasAnswer, holders))
  const actions = [
    ...(uuid === null ? [] : [{ remove_index: { index: alias } }]),
    ...others.filter(index => index !== to).map(index => ({ remove: { index, alias } })),
    { add: { index: to, alias } },
  ]
  const answer = await pool.write({
    method: 'POST',
    path: '/_aliases',
    viaMaster: 'change',
    body: { actions },
  })
  requireAcknowledged(answer, `the alias ${alias}`)
}
