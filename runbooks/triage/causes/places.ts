// Rulings on copies for which there is no place: switched off, no tier, too many, too full, zones. Pure.

import { type IndexSettings, sayFew } from '#sdk'
import { freeBytesNeeded } from '../../rolling-restart/watermarks.ts'
import type { Remedy } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { clearOfCluster, having, runsBehind, scopesOf } from './filters.ts'
import {
  abortRuns,
  advise,
  clearClusterSetting,
  clearIndexSetting,
  lendClusterSetting,
  setIndexSetting,
} from './remedies.ts'
import { roomRemedies } from './room.ts'
import { indicesOf, type Ruling, type Sighting } from './sighting.ts'

export const allocationEnable = 'cluster.routing.allocation.enable'
const indexEnable = 'index.routing.allocation.enable'

/** Of the cluster, unless the words name the index, or the cluster's is as it should be. */
const isOfIndex = ({ words }: Sighting, facts: TriageFacts): boolean =>
  words.includes(indexEnable) ||
  (!words.includes(allocationEnable) && scopesOf(allocationEnable, facts).length === 0)

export const enableRuling: Ruling = {
  id: 'allocation_disabled',
  key: (seen, facts) => (isOfIndex(seen, facts) ? 'index' : 'cluster'),
  sentence: (seen, facts) => {
    if (isOfIndex(seen, facts))
      return `${indexEnable} of ${sayFew(indicesOf(seen), 3)} forbids the allocation of copies`
    return sayDisabled(facts)
  },
  remedies: (seen, facts) =>
    isOfIndex(seen, facts)
      ? [clearIndexSetting(indexEnable, having(indexEnable, seen, facts))]
      : enableAgain(facts),
}

export function sayDisabled(facts: TriageFacts): string {
  const [set] = scopesOf(allocationEnable, facts)
  const runs = runsBehind(allocationEnable, facts)
  const by = runs.length > 0 ? `, left behind by run ${sayFew(runs)}` : ''
  return `${allocationEnable} is ${set?.value ?? 'not all'}${by}: the cluster allocates no copy that this forbids`
}

export function enableAgain(facts: TriageFacts): readonly Remedy[] {
  const remedies = clearOfCluster(allocationEnable, facts)
  return remedies.length > 0
    ? remedies
    : [advise(`find out where ${allocationEnable} is set`, 'GET _cluster/settings')]
}

const preference = 'index.routing.allocation.include._tier_preference'
const fallbacks = ['data_cold', 'data_warm', 'data_hot', 'data_content', 'data']

export const tierRuling: Ruling = {
  id: 'tier_missing',
  key: (seen, facts) => wantedTier(seen, facts),
  sentence: (seen, facts) => {
    const tier = wantedTier(seen, facts)
    return `no node has the role ${tier === '' ? 'of the preferred tier' : tier} that ${sayFew(indicesOf(seen), 3)} ${indicesOf(seen).length === 1 ? 'wants' : 'want'}`
  },
  remedies: (seen, facts) => {
    const tier = wantedTier(seen, facts)
    const present = new Set((facts.disks ?? []).flatMap(({ roles }) => roles))
    const other = fallbacks.find(role => present.has(role) && !tier.split(',').includes(role))
    const give = advise(
      `give a node the role ${tier === '' ? 'of the preferred tier' : tier}, or start one that has it`,
      'ops run add-node',
    )
    if (other === undefined) return [give]
    const value = tier === '' ? other : `${tier},${other}`
    return [
      setIndexSetting(
        { name: preference, value, indices: indicesOf(seen) },
        'moves-data',
        `let copies lie on nodes with ${other} as long as there is none with ${tier}`,
      ),
      give,
    ]
  },
}

function wantedTier({ words, copies }: Sighting, { indexSettings }: TriageFacts): string {
  const spoken = /preference for tiers \[([^\]]*)\]/.exec(words)?.[1]
  const [index] = indicesOf({ copies })
  return spoken ?? indexSettings[index ?? '']?.[preference] ?? ''
}

const expands = (settings: IndexSettings | undefined): boolean =>
  !['false', undefined].includes(settings?.['index.auto_expand_replicas'])

const replicasOf = 'index.number_of_replicas'

export const sameShardRuling: Ruling = {
  id: 'too_many_copies',
  key: ({ nodes }) => `${nodes.length}`,
  sentence: seen =>
    `${sayFew(indicesOf(seen), 3)} ${indicesOf(seen).length === 1 ? 'wants' : 'want'} more copies of a shard than there are nodes to hold them: ${sayFew(seen.nodes)} ${seen.nodes.length === 1 ? 'has' : 'have'} one each already`,
  remedies: ({ nodes, ...seen }, { indexSettings }) => {
    const names = indicesOf(seen)
    const add = advise('add a node that can hold one more copy', 'ops run add-node')
    const fixed = names.filter(index => !expands(indexSettings[index]))
    if (nodes.length === 0 || fixed.length === 0) return [add]
    const value = `${nodes.length - 1}`
    return [
      setIndexSetting(
        { name: replicasOf, value, indices: fixed },
        'reversible',
        `let ${sayFew(fixed, 3)} have as many copies as there are nodes: ${nodes.length}`,
      ),
      add,
    ]
  },
}

const limits = {
  index: 'index.routing.allocation.total_shards_per_node',
  cluster: 'cluster.routing.allocation.total_shards_per_node',
} as const

const limitOf = ({ words, copies }: Sighting, facts: TriageFacts): 'index' | 'cluster' => {
  if (words.includes(limits.cluster)) return 'cluster'
  if (words.includes(limits.index)) return 'index'
  const ofIndex = indicesOf({ copies }).some(
    index => facts.indexSettings[index]?.[limits.index] !== undefined,
  )
  return ofIndex || scopesOf(limits.cluster, facts).length === 0 ? 'index' : 'cluster'
}

export const limitRuling: Ruling = {
  id: 'shards_limit',
  key: limitOf,
  sentence: (seen, facts) => {
    const of = limitOf(seen, facts)
    return of === 'cluster'
      ? `${limits.cluster} = ${scopesOf(limits.cluster, facts)[0]?.value ?? '?'} leaves no node that may take another copy`
      : `${limits.index} of ${sayFew(indicesOf(seen), 3)} leaves no node that may take another copy`
  },
  remedies: (seen, facts) =>
    limitOf(seen, facts) === 'cluster'
      ? [...clearOfCluster(limits.cluster, facts), advise('add a node', 'ops run add-node')]
      : [
          clearIndexSetting(limits.index, having(limits.index, seen, facts)),
          advise('add a node', 'ops run add-node'),
        ],
}

const forced = /^cluster\.routing\.allocation\.awareness\.force\./

export const awarenessRuling: Ruling = {
  id: 'awareness',
  sentence: (seen, facts) => {
    const attribute = /attribute \[([^\]]+)\]/.exec(seen.words)?.[1]
    const names = forcedNames(facts)
    const by = names.length > 0 ? ` (${names.join(', ')})` : ''
    return `awareness of ${attribute ?? 'zones'}${by} leaves no place for copies of ${sayFew(indicesOf(seen), 3)}: a zone is missing or has no room`
  },
  remedies: (_seen, facts) => [
    advise('bring the nodes of the zone that is missing back', 'GET _cat/nodeattrs'),
    ...forcedNames(facts).flatMap(name => clearOfCluster(name, facts)),
  ],
}

const forcedNames = ({ settings }: TriageFacts): readonly string[] => [
  ...new Set(
    Object.keys({ ...settings?.persistent, ...settings?.transient }).filter(name => forced.test(name)),
  ),
]

const prefix = 'cluster.routing.allocation.disk.watermark'

export const diskRuling: Ruling = {
  id: 'disk_watermark',
  sentence: (seen, facts) => {
    const marks = ownMarks(facts)
    const set = marks.length > 0 ? ` (${marks.join(', ')})` : ''
    return `${sayFew(seen.nodes)} ${seen.nodes.length === 1 ? 'is' : 'are'} too full for copies of ${sayFew(indicesOf(seen), 3)}${set}`
  },
  evidence: (_seen, facts) => sayDisks(facts),
  remedies: (seen, facts) => diskRemedies(facts, roomRemedies(seen, facts)),
}

/** Watermarks that somebody has set, with their values. */
const ownMarks = (facts: TriageFacts): readonly string[] =>
  ['low', 'high', 'flood_stage'].flatMap(stage =>
    scopesOf(`${prefix}.${stage}`, facts).map(({ value }) => `${prefix}.${stage} = ${value}`),
  )

/** As the server has them where nobody has set any. */
const usualMarks = {
  ...{ enabled: true, low: '85%', high: '90%', flood: '95%' },
  ...{ lowMaxHeadroom: '200gb', highMaxHeadroom: '150gb', floodMaxHeadroom: '100gb' },
} as const

/** Past which watermark: the higher, the fuller. */
const ranked = ['low', 'high', 'flood']

/** Marks that somebody has raised because disks are full must stay: with the usual ones these would be past more of them. */
function wouldHelp({ disks, watermarks }: TriageFacts): boolean {
  const changes = (disks ?? []).map(
    disk => ranked.indexOf(stageOf(disk, watermarks) ?? '') - ranked.indexOf(stageOf(disk, usualMarks) ?? ''),
  )
  return changes.some(change => change > 0) && changes.every(change => change >= 0)
}

/** What was set by hand, and tighter than usual, is taken back first; room comes after. */
export function diskRemedies(facts: TriageFacts, room: readonly Remedy[] = []): readonly Remedy[] {
  const own = wouldHelp(facts) ? clearMarks(facts) : []
  const { ilm } = facts.lifecycle ?? { ilm: null }
  return [
    ...own,
    ...(own.length > 0 ? [] : room),
    advise(
      'make room: delete indices that are past their age, or add a node or disks',
      ilm === null ? 'GET _cat/indices?s=creation.date' : 'GET _all/_ilm/explain?only_errors',
    ),
    ...(own.length > 0 || room.some(one => one.do === 'wait') ? [] : lendLow(facts)),
  ]
}

/** All of a scope at once: the server takes no mixture of shares and sizes, and no low one above a high one. */
function clearMarks(facts: TriageFacts): readonly Remedy[] {
  const set = ['low', 'high', 'flood_stage'].flatMap(stage =>
    scopesOf(`${prefix}.${stage}`, facts).map(({ scope }) => ({ scope, name: `${prefix}.${stage}` })),
  )
  const runs = set.flatMap(({ name }) => runsBehind(name, facts))
  const scopes = Map.groupBy(set, ({ scope }) => scope)
  return [
    ...abortRuns([...new Set(runs)]),
    ...[...scopes].map(([scope, names]) =>
      clearClusterSetting(names.length === 1 ? (names[0]?.name ?? '') : `${prefix}.*`, scope),
    ),
  ]
}

/** Up to the high one: what is past that is moved away again. */
function lendLow({ watermarks }: TriageFacts): readonly Remedy[] {
  if (watermarks === null || watermarks.low === watermarks.high) return []
  const text = 'let copies be put on disks up to the high watermark for as long as it takes to make room'
  return [lendClusterSetting(`${prefix}.low`, watermarks.high, text)]
}

/** One line for each disk over a watermark, the fullest first. */
export function sayDisks({
  disks,
  watermarks,
}: Pick<TriageFacts, 'disks' | 'watermarks'>): readonly string[] {
  if (disks === null) return []
  return [...disks]
    .sort((a, b) => a.availableBytes / a.totalBytes - b.availableBytes / b.totalBytes)
    .flatMap(({ node, totalBytes, availableBytes }) => {
      const stage = stageOf({ totalBytes, availableBytes }, watermarks)
      const share = totalBytes > 0 ? Math.round((availableBytes / totalBytes) * 1000) / 10 : 0
      return stage === null ? [] : [`${node}: ${share} % of the disk is free, past the ${stage} watermark`]
    })
}

/** The worst watermark that a disk is past. */
export function stageOf(
  { totalBytes, availableBytes }: { readonly totalBytes: number; readonly availableBytes: number },
  watermarks: TriageFacts['watermarks'],
): 'flood' | 'high' | 'low' | null {
  if (watermarks === null || !watermarks.enabled) return null
  const stages = ['flood', 'high', 'low'] as const
  return stages.find(stage => availableBytes < freeBytesNeeded(watermarks, stage, totalBytes)) ?? null
}
