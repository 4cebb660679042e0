// Settings of the cluster as a whole: reading all of them for gates and plans, and one flat key at a time for a
// temporary change. It must never write a scope or a key that it was not asked for.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { ClusterSettings, Watermarks } from '../../ports/elasticsearch.ts'
import type { Json } from '../../ports/json.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const value = z.union([z.string(), z.array(z.string())]).transform(found => [found].flat().join(','))
const flat = z.record(z.string(), value).default({})
const flatAnswer = z.object({ persistent: flat, transient: flat, defaults: flat })

/** Defaults that gates and estimates look at; the whole list is two thousand long. */
const wantedDefaults = ['defaults.*routing*', 'defaults.indices*recovery*', 'defaults.cluster*blocks*']

export async function readClusterSettings(pool: Pool): Promise<ClusterSettings> {
  const filter = ['persistent', 'transient', ...wantedDefaults].join(',')
  return parse(
    flatAnswer,
    await pool.read({
      method: 'GET',
      path: '/_cluster/settings',
      viaMaster: 'read',
      query: { flat_settings: 'true', include_defaults: 'true', filter_path: filter },
    }),
  )
}

const prefix = 'cluster.routing.allocation.disk.'

/** What holds in effect: transient before persistent before default. */
export async function readWatermarks(pool: Pool): Promise<Watermarks> {
  const { persistent, transient, defaults } = await readClusterSettings(pool)
  const all = { ...defaults, ...persistent, ...transient }
  const need = (name: string) => {
    const found = all[prefix + name]
    if (found !== undefined) return found
    const message = `the cluster gives no value for ${prefix}${name}`
    throw new OpsError('CLUSTER_REJECTED', {
      message,
      hint: `ask it: GET _cluster/settings?include_defaults`,
    })
  }
  /** A headroom caps a percentage only, and -1 caps nothing. */
  const headroom = (name: string) => {
    const found = all[`${prefix}watermark.${name}.max_headroom`]
    return found === undefined || found === '-1' ? null : found
  }
  return {
    enabled: need('threshold_enabled') === 'true',
    low: need('watermark.low'),
    high: need('watermark.high'),
    flood: need('watermark.flood_stage'),
    lowMaxHeadroom: headroom('low'),
    highMaxHeadroom: headroom('high'),
    floodMaxHeadroom: headroom('flood_stage'),
  }
}

type Scope = 'persistent' | 'transient'

function toScope(target: string): Scope {
  if (target === 'persistent' || target === 'transient') return target
  throw new OpsError('BUG', { message: `cluster settings have no scope ${target}` })
}

export async function readClusterSetting(
  pool: Pool,
  name: string,
  targets: readonly string[],
): Promise<ReadonlyMap<string, Json>> {
  const query = { flat_settings: 'true' }
  const found = parse(
    flatAnswer,
    await pool.read({ method: 'GET', path: '/_cluster/settings', viaMaster: 'read', query }),
  )
  return new Map(targets.map(target => [target, pick(found[toScope(target)], name)]))
}

/** `PREFIX.*`, as the server takes it to unset several at once: all that are set, as one text. */
function pick(settings: Readonly<Record<string, string>>, name: string): string | null {
  if (!name.endsWith('*')) return settings[name] ?? null
  const set = Object.entries(settings).filter(([key]) => key.startsWith(name.slice(0, -1)))
  return set.length === 0
    ? null
    : set
        .map(([key, text]) => `${key}=${text}`)
        .sort()
        .join(', ')
}

export async function writeClusterSetting(
  pool: Pool,
  name: string,
  targets: readonly string[],
  wanted: Json,
): Promise<void> {
  if (targets.length === 0) return
  const body = Object.fromEntries(targets.map(target => [toScope(target), { [name]: wanted }]))
  const answer = await pool.write({ method: 'PUT', path: '/_cluster/settings', viaMaster: 'change', body })
  acknowledged(parse(z.object({ acknowledged: z.boolean() }), answer).acknowledged, name)
}

/** Not acknowledged means that some node has not applied it in time, or that the master went away meanwhile. */
export function acknowledged(yes: boolean, name: string): void {
  if (yes) return
  const message = `the change of ${name} was not acknowledged by every node in time`
  throw new OpsError('OUTCOME_UNKNOWN', {
    message,
    hint: 'read what is there now before anything is sent again',
  })
}
