// Faults that are settings somebody left behind: allocation paused, a filter, watermarks below what the disks hold. Undoing one
// gives back what was there before, but only where the value is still the one that was put there.
import { z } from 'zod'
import { type Connection, connect, patiently } from '../elasticsearch/http.ts'
import type { Lab } from '../state.ts'
import { type ClusterFaultName, forget, remember, requirePlanted, wholeCluster } from './planted.ts'

type Values = Readonly<Record<string, string | null>>

export interface SettingsHarm {
  /** `null` for the cluster's own, persistent. */
  readonly index: string | null
  readonly values: Readonly<Record<string, string>>
}

const kept = z.object({
  index: z.string().nullable(),
  ours: z.record(z.string(), z.string()),
  was: z.record(z.string(), z.string().nullable()),
})

export const planPause = (index: string | null): SettingsHarm =>
  index === null
    ? { index, values: { 'cluster.routing.allocation.enable': 'none' } }
    : { index, values: { 'index.routing.allocation.enable': 'none' } }

/** A node that was to be drained once, or an attribute that no node has any more. */
export const planFilter = (target: { readonly node: string } | { readonly index: string }): SettingsHarm =>
  'node' in target
    ? { index: null, values: { 'cluster.routing.allocation.exclude._name': target.node } }
    : { index: target.index, values: { 'index.routing.allocation.require.box_type': 'retired' } }

export const watermarkLevels = ['low', 'high', 'flood'] as const
export type WatermarkLevel = (typeof watermarkLevels)[number]

const name = (level: WatermarkLevel): string =>
  `cluster.routing.allocation.disk.watermark.${level === 'flood' ? 'flood_stage' : level}`

/** As free bytes: what has to be free is more than any disk has at the levels up to this one, and next to nothing above it. */
export function planWatermark(upTo: WatermarkLevel, largestDiskBytes: number): SettingsHarm {
  const over = watermarkLevels.indexOf(upTo)
  const values = watermarkLevels.map((level, at): [string, string] => [
    name(level),
    at <= over ? `${largestDiskBytes}b` : '1kb',
  ])
  // The shortest that a server takes: a flood shows only when the disks are looked at again.
  return { index: null, values: { ...Object.fromEntries(values), 'cluster.info.update.interval': '10s' } }
}

/** What is to be put back: where somebody has set another value meanwhile, that is left alone. */
export const decideGiveBack = (ours: Values, was: Values, now: Values): Values =>
  Object.fromEntries(
    Object.keys(ours)
      .filter(key => (now[key] ?? null) === ours[key])
      .map(key => [key, was[key] ?? null]),
  )

export async function plantSettings(
  lab: Lab,
  fault: ClusterFaultName,
  target: string,
  harm: SettingsHarm,
): Promise<void> {
  using elastic = connect(lab, 'elastic')
  const ask = patiently(elastic).ask
  const now = await readSettings(ask, harm.index)
  const was = Object.fromEntries(Object.keys(harm.values).map(key => [key, now[key] ?? null]))
  remember(lab.paths, fault, target, { index: harm.index, ours: harm.values, was })
  try {
    await writeSettings(ask, harm.index, harm.values)
  } catch (thrown) {
    forget(lab.paths, fault, target)
    throw thrown
  }
}

export async function giveBackSettings(lab: Lab, fault: ClusterFaultName, target: string): Promise<void> {
  const { index, ours, was } = kept.parse(requirePlanted(lab.paths, fault, target).before)
  using elastic = connect(lab, 'elastic')
  const ask = patiently(elastic).ask
  if (index === null || (await isThere(elastic, index))) {
    const back = decideGiveBack(ours, was, await readSettings(ask, index))
    if (Object.keys(back).length > 0) await writeSettings(ask, index, back)
  }
  forget(lab.paths, fault, target)
}

/** The largest file system that a node of the cluster has its data on. */
export async function largestDisk(lab: Lab): Promise<number> {
  using elastic = connect(lab, 'elastic')
  const { nodes } = await elastic.ask('GET', '/_nodes/stats/fs?filter_path=nodes.*.fs.total.total_in_bytes')
  const found = Object.values(nodes as Record<string, { fs: { total: { total_in_bytes: number } } }>)
  return Math.max(...found.map(({ fs }) => fs.total.total_in_bytes))
}

export const targetOf = (index: string | null): string => index ?? wholeCluster

async function readSettings(ask: Connection['ask'], index: string | null): Promise<Values> {
  if (index === null) return (await ask('GET', '/_cluster/settings?flat_settings=true')).persistent
  return (await ask('GET', `/${index}/_settings?flat_settings=true`))[index].settings
}

async function writeSettings(ask: Connection['ask'], index: string | null, values: Values): Promise<void> {
  if (index === null) await ask('PUT', '/_cluster/settings', { persistent: values })
  else await ask('PUT', `/${index}/_settings`, values)
}

const isThere = async ({ ask }: Connection, index: string): Promise<boolean> =>
  (await ask('GET', `/_cat/indices/${index}*?format=json&h=index&expand_wildcards=all`)).some(
    (one: { index: string }) => one.index === index,
  )
