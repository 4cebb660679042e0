// Everything that gates and plan of a restore look at, read once. Reads only.
import { durationMs, type IndexFacts, type Look } from '#sdk'
import { readFleets } from '../expand-partitions/consumers.ts'
import { type GroupGap, readGap } from './gap.ts'
import type { RestoreParams } from './params.ts'
import { listIn } from './patterns.ts'
import type { Need } from './room.ts'
import { lookAtSource, type SourceFacts } from './source.ts'
import { type Writers, writersOf } from './writers.ts'

export interface RestoreFacts extends SourceFacts {
  /** Indices that have the name of a wanted one, by itself or as an alias, and copies of earlier restores. */
  readonly existing: readonly IndexFacts[]
  readonly earlier: readonly IndexFacts[]
  /** Whom ops can stop: the instances of the inventory's group `logstash`. */
  readonly writers: readonly Writers[]
  /** Kafka's cluster id where consumers are set back; `null` otherwise. */
  readonly kafkaId: string | null
  readonly gapFromMs: number
  readonly gaps: readonly GroupGap[]
}

export async function lookAtRestore(look: Look, params: RestoreParams): Promise<RestoreFacts> {
  const { repository, snapshot, indices } = params
  const source = await lookAtSource(look, { repository, snapshot }, listIn(indices))
  const { wanted } = source
  const copies = await look.indices.find(['restored-*'])
  const there = wanted.length === 0 ? [] : await look.indices.find(wanted)
  const existing = [...new Map([...there, ...copies].map(one => [one.name, one])).values()].filter(
    ({ name, aliases }) => wanted.includes(name) || aliases.some(alias => wanted.includes(alias)),
  )
  // One with an alias is in use.
  const earlier = copies.filter(
    ({ name, aliases }) => aliases.length === 0 && wanted.some(one => name.endsWith(`-${one}`)),
  )
  const { hosts } = await look.ansible.inventory()
  const fleets = readFleets(hosts)
  const gapFromMs = (source.snapshot?.startedAtMs ?? source.nowMs) - durationMs(params.margin)
  const gaps: GroupGap[] = []
  if (params.backfill)
    for (const fleet of fleets) gaps.push(await readGap(look.kafka, fleet, gapFromMs, source.nowMs))
  return {
    ...source,
    ...{ existing, earlier, gaps, gapFromMs },
    writers: fleets.map(writersOf),
    kafkaId: params.backfill ? (await look.kafka.identity()).clusterId : null,
    needs: needsOf(source, existing, params),
  }
}

/** What holds the name of a wanted index; in the way where it is restored for real. */
export const holdersOf = ({ existing }: Pick<RestoreFacts, 'existing'>, index: string) =>
  existing.filter(({ name, aliases }) => name === index || aliases.includes(index))

/** Replicas as they are asked for; `null` keeps those of the snapshot. */
export const replicasOf = ({ replicas, into }: RestoreParams): number | null =>
  replicas ?? (into === 'renamed' ? 0 : null)

/** As many as nobody knows better: the platform keeps one replica. */
const usualReplicas = 1

function needsOf(
  { wanted, sizes }: Pick<SourceFacts, 'wanted' | 'sizes'>,
  existing: readonly IndexFacts[],
  params: RestoreParams,
): readonly Need[] {
  return sizes
    .filter(({ index }) => wanted.includes(index))
    .map(({ index, shards, bytes }) => {
      const now = existing.find(({ name }) => name === index)
      const replicas = replicasOf(params) ?? now?.replicas ?? usualReplicas
      return {
        index,
        shards,
        bytes,
        copies: replicas + 1,
        tiers: params.into === 'place' ? tiersOf(now) : null,
      }
    })
}

function tiersOf(index: IndexFacts | undefined): readonly string[] | null {
  const preference = index?.settings['index.routing.allocation.include._tier_preference']
  return preference === undefined || preference === '' ? null : listIn(preference)
}
