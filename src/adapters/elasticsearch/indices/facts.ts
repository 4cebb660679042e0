// Which indices there are and what they are: one request for their own words, one for whether they are open. Reads only.
import { z } from 'zod'
import type { IndexFacts, IndexSettings } from '../../../ports/indices.ts'
import { chunkNames } from '../chunks.ts'
import { hashJson } from '../hash-json.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

const everyIndex = { expand_wildcards: 'all', ignore_unavailable: 'true', allow_no_indices: 'true' }

const value = z.union([z.string(), z.array(z.string())]).transform(found => [found].flat().join(','))
const indexAnswer = z.record(
  z.string(),
  z.object({
    aliases: z.record(z.string(), z.unknown()).default({}),
    mappings: z.record(z.string(), z.unknown()).default({}),
    settings: z.record(z.string(), value),
  }),
)
const stateAnswer = z.object({
  metadata: z
    .object({ indices: z.record(z.string(), z.object({ state: z.enum(['open', 'close']) })).default({}) })
    .optional(),
})

export async function findIndices(pool: Pool, patterns: readonly string[]): Promise<readonly IndexFacts[]> {
  const found = new Map<string, IndexFacts>()
  // The server also takes the name of an alias for the index behind it.
  for (const { names, path } of chunkNames(patterns))
    for (const facts of await findChunk(pool, path))
      if (matches(facts.name, names)) found.set(facts.name, facts)
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

async function findChunk(pool: Pool, path: string): Promise<IndexFacts[]> {
  const [index, state] = await Promise.all([
    pool.read({
      method: 'GET',
      path: `/${path}`,
      viaMaster: 'read',
      query: { ...everyIndex, flat_settings: 'true' },
    }),
    pool.read({
      method: 'GET',
      path: `/_cluster/state/metadata/${path}`,
      viaMaster: 'read',
      query: { ...everyIndex, filter_path: 'metadata.indices.*.state' },
    }),
  ])
  const states = parse(stateAnswer, state).metadata?.indices ?? {}
  return Object.entries(parse(indexAnswer, index)).map(([name, { aliases, mappings, settings }]) => ({
    name,
    uuid: settings['index.uuid'] ?? '',
    open: states[name]?.state !== 'close',
    createdAtMs: Number(settings['index.creation_date']),
    shards: Number(settings['index.number_of_shards']),
    replicas: Number(settings['index.number_of_replicas']),
    aliases: Object.keys(aliases).sort(),
    settings: Object.fromEntries(Object.entries(settings).filter(([key]) => !isOfServer(key))),
    mappingHash: hashJson(mappings),
  }))
}

/** Said elsewhere among the facts, or set by the server itself. */
const ofServer = new Set([
  'index.uuid',
  'index.creation_date',
  'index.provided_name',
  'index.number_of_shards',
  'index.number_of_replicas',
  'index.verified_before_close',
  'index.history.uuid',
])
const isOfServer = (key: string) => ofServer.has(key) || key.startsWith('index.version.')

/** `*` stands for anything, as on the server. */
export const matches = (name: string, patterns: readonly string[]): boolean =>
  patterns.some(pattern => new RegExp(`^${pattern.split('*').map(quote).join('.*')}$`).test(name))

const quote = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')

/** The uuid of each of these that is there. */
export async function readUuids(pool: Pool, path: string): Promise<ReadonlyMap<string, string>> {
  const answer = await pool.read({
    method: 'GET',
    path: `/${path}/_settings/index.uuid`,
    viaMaster: 'read',
    query: { ...everyIndex, flat_settings: 'true' },
  })
  const settings = z.record(z.string(), z.object({ settings: z.object({ 'index.uuid': z.string() }) }))
  const found = Object.entries(parse(settings, answer))
  return new Map(found.map(([name, one]) => [name, one.settings['index.uuid']]))
}

const settingsAnswer = z.record(z.string(), z.object({ settings: z.record(z.string(), value).default({}) }))

export async function readSettingsOfAll(
  pool: Pool,
  names: readonly string[],
): Promise<ReadonlyMap<string, IndexSettings>> {
  const answer = await pool.read({
    method: 'GET',
    path: `/_all/_settings/${names.map(encodeURIComponent).join()}`,
    viaMaster: 'read',
    query: { ...everyIndex, flat_settings: 'true' },
  })
  return new Map(Object.entries(parse(settingsAnswer, answer)).map(([name, one]) => [name, one.settings]))
}
