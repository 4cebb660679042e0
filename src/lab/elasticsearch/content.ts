// What the platform keeps in its cluster, in small: the template of its six sources, today's indices on the hot nodes, some
// older ones on the warm nodes, and the snapshot repository.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Connection } from './http.ts'

const contentDir = join(import.meta.dirname, '../../../roles/elasticsearch_content/files')

/** A file of the role that makes the same on hosts: one truth for both labs and for production. */
export function readContent(file: string): unknown {
  return JSON.parse(readFileSync(join(contentDir, file), 'utf8'))
}

/** The six sources; each has one index a day. */
export const sources = z.array(z.string()).parse(readContent('sources.json'))
export const sourcePatterns: readonly string[] = sources.map(source => `${source}-*`)

const dayMs = 86_400_000
const oldSources = ['crm.app', 'erp.app', 'nginx.access'] as const
const oldAgesDays = [8, 9]
const docsInOldIndex = 50

/** The name of a source's index of one day, such as crm.app-2025.04.10. */
export const dailyIndex = (source: string, day: Date): string =>
  `${source}-${day.toISOString().slice(0, 10).replaceAll('-', '.')}`

// The platform has five primaries; two keep the shards apart just as well on two hot nodes and cost less.
const template = {
  index_patterns: sourcePatterns,
  priority: 100,
  template: {
    settings: {
      number_of_shards: 2,
      number_of_replicas: 1,
      refresh_interval: '5s',
      'index.routing.allocation.include._tier_preference': 'data_hot',
    },
    mappings: {
      properties: {
        '@timestamp': { type: 'date' },
        message: { type: 'text' },
        level: { type: 'keyword' },
        trace_id: { type: 'keyword' },
        run: { type: 'keyword' },
        seq: { type: 'long' },
      },
    },
  },
}

export const makeTemplate = ({ ask }: Pick<Connection, 'ask'>): Promise<unknown> =>
  ask('PUT', '/_index_template/platform-logs', template)

export async function fillCluster({ ask }: Connection, backupDir: string, now = new Date()): Promise<void> {
  await makeTemplate({ ask })
  // All at once: the master then publishes a few cluster states and not one for each.
  await Promise.all(sources.map(source => makeIndex(ask, dailyIndex(source, now), {})))
  const days = oldAgesDays.map(ageDays => new Date(now.getTime() - ageDays * dayMs))
  await Promise.all(
    days.flatMap(day => oldSources.map(source => makeOldIndex(ask, dailyIndex(source, day), day))),
  )
  await ask('PUT', '/_snapshot/elk_backup', { type: 'fs', settings: { location: backupDir } })
  await ask('GET', '/_cluster/health?wait_for_status=green&timeout=60s', undefined, 70_000)
}

/** Moved to warm as ILM would have done it; on a layout without warm nodes they stay on the hot ones. */
async function makeOldIndex(ask: Connection['ask'], name: string, day: Date): Promise<void> {
  const tier = { 'index.routing.allocation.include._tier_preference': 'data_warm,data_hot' }
  if (!(await makeIndex(ask, name, { number_of_shards: 1, ...tier }))) return
  const lines = Array.from({ length: docsInOldIndex }, (_, seq) => [
    JSON.stringify({ index: {} }),
    JSON.stringify({ '@timestamp': day.toISOString(), message: `old line ${seq}`, level: 'INFO', seq }),
  ])
  await ask('POST', `/${name}/_bulk?refresh=true`, `${lines.flat().join('\n')}\n`)
  await ask('PUT', `/${name}/_settings`, { 'index.blocks.write': true })
}

/** Says whether the index is new. */
async function makeIndex(ask: Connection['ask'], name: string, settings: object): Promise<boolean> {
  const found = await ask('GET', `/_cat/indices/${name}*?format=json&h=index`)
  if (found.length > 0) return false
  await ask('PUT', `/${name}`, { settings })
  return true
}
