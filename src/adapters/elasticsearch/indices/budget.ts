// How many shards the cluster still takes. Reads only; it counts as the server does: copies of open indices.
import { z } from 'zod'
import type { IndicesPort } from '../../../ports/indices.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

const name = 'cluster.max_shards_per_node'
const scope = z.record(z.string(), z.string()).default({})
const settingsAnswer = z.object({ persistent: scope, transient: scope, defaults: scope })
const healthAnswer = z.object({ number_of_data_nodes: z.number() })
const index = z.object({
  state: z.enum(['open', 'close']),
  settings: z.object({
    index: z.object({ number_of_shards: z.coerce.number(), number_of_replicas: z.coerce.number() }),
  }),
})
const stateAnswer = z.object({
  metadata: z.object({ indices: z.record(z.string(), index).default({}) }).optional(),
})

export async function readShardBudget(pool: Pool): ReturnType<IndicesPort['shardBudget']> {
  const [settings, health, state] = await Promise.all([
    pool.read({
      method: 'GET',
      path: '/_cluster/settings',
      viaMaster: 'read',
      query: { flat_settings: 'true', include_defaults: 'true', filter_path: `*.${name.replace('.', '*')}` },
    }),
    pool.read({
      method: 'GET',
      path: '/_cluster/health',
      viaMaster: 'read',
      query: { filter_path: 'number_of_data_nodes' },
    }),
    pool.read({
      method: 'GET',
      path: '/_cluster/state/metadata',
      viaMaster: 'read',
      query: {
        filter_path: [
          'metadata.indices.*.state',
          'metadata.indices.*.settings.index.number_of_shards',
          'metadata.indices.*.settings.index.number_of_replicas',
        ].join(','),
      },
    }),
  ])
  const { persistent, transient, defaults } = parse(settingsAnswer, settings)
  const open = Object.values(parse(stateAnswer, state).metadata?.indices ?? {})
    .filter(one => one.state === 'open')
    .map(one => one.settings.index)
  return {
    perNode: Number(transient[name] ?? persistent[name] ?? defaults[name] ?? 1000),
    dataNodes: parse(healthAnswer, health).number_of_data_nodes,
    open: open.reduce((sum, one) => sum + one.number_of_shards * (1 + one.number_of_replicas), 0),
  }
}
