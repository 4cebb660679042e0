// The warm nodes of a real cluster, asked past `ops`: what each of them holds, and how much was copied from one to another.
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Connection } from '../../../src/lab/elasticsearch/http.ts'

const filled = 6
const docsInEach = 240
const bytesInDoc = 4500

/** The index that a load writes to while its shards move. */
export const writtenIndex = 'load-warm'

/** Some megabytes on the warm nodes that no codec makes smaller, and an index to write to. */
export async function fillWarmTier({ ask }: Connection): Promise<void> {
  const settings = {
    ...{ number_of_shards: 2, number_of_replicas: 1 },
    'index.routing.allocation.include._tier_preference': 'data_warm',
  }
  const text = { enabled: false, type: 'object' } as const
  const names = Array.from({ length: filled }, (_, at) => `resize-${at}`)
  await Promise.all([
    ask('PUT', `/${writtenIndex}`, { settings }),
    ...names.map(name => ask('PUT', `/${name}`, { settings, mappings: { properties: { text } } })),
  ])
  for (const name of names) {
    const lines = Array.from({ length: docsInEach }, () => [
      JSON.stringify({ index: {} }),
      JSON.stringify({ text: { is: randomBytes(bytesInDoc).toString('base64') } }),
    ])
    await ask('POST', `/${name}/_bulk`, `${lines.flat().join('\n')}\n`)
  }
  await ask('POST', '/resize-*/_flush')
  await ask('GET', '/_cluster/health?wait_for_status=green&timeout=60s', undefined, 70_000)
}

export interface Holding {
  readonly shards: number
  readonly bytes: number
}

/** Of each node of the tier, by its name. */
export async function holdingsOf(
  { ask }: Connection,
  names: readonly string[],
): Promise<ReadonlyMap<string, Holding>> {
  const [{ nodes }, rows] = await Promise.all([
    ask('GET', '/_nodes/stats/indices/store'),
    ask('GET', '/_cat/shards?format=json&h=node'),
  ])
  const stats = Object.values(
    nodes as Record<string, { name: string; indices: { store: { size_in_bytes: number } } }>,
  )
  const shards = rows as readonly { node: string | null }[]
  return new Map(
    names.map(name => [
      name,
      {
        shards: shards.filter(({ node }) => node === name).length,
        bytes: stats.find(one => one.name === name)?.indices.store.size_in_bytes ?? 0,
      },
    ]),
  )
}

/** How far the node that is farthest from the mean is away from it, as a share of the mean. */
export function spreadOf(holdings: ReadonlyMap<string, Holding>): number {
  const counts = [...holdings.values()].map(({ shards }) => shards)
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
  return Math.max(...counts.map(count => Math.abs(count - mean))) / mean
}

interface Recovery {
  readonly id: number
  readonly type: string
  readonly start_time_in_millis: number
  readonly source: { readonly name?: string }
  readonly target: { readonly name: string }
  readonly index: { readonly size: { readonly recovered_in_bytes: number } }
}

/** A copy that was made from another one. */
export interface Copied {
  readonly copy: string
  readonly from: string
  readonly to: string
  readonly bytes: number
}

/** What was copied from node to node since then; of a copy that was made twice, the last time counts. */
export async function copiedSince({ ask }: Connection, sinceMs: number): Promise<readonly Copied[]> {
  const answer = (await ask('GET', '/_recovery')) as Record<string, { shards: readonly Recovery[] }>
  return Object.entries(answer).flatMap(([name, { shards }]) =>
    shards
      .filter(({ type, start_time_in_millis: began }) => type === 'PEER' && began >= sinceMs)
      .map(({ id, source, target, index }) => ({
        copy: `${name}[${id}]`,
        from: source.name ?? '',
        to: target.name,
        bytes: index.size.recovered_in_bytes,
      })),
  )
}

export const sumOf = (copied: readonly Copied[]): number => copied.reduce((sum, { bytes }) => sum + bytes, 0)

/** Bytes of the shards in a data directory, as they lie on the disk: the server says what it knew some seconds ago. */
export function bytesOfShards(dataDir: string): number {
  return readdirSync(join(dataDir, 'indices'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.parentPath.endsWith('/index'))
    .reduce(
      (sum, { parentPath, name }) =>
        sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0),
      0,
    )
}
