// What a restore would do, as data. Pure.
import { type PlanBody, sayBytes, saySpan, sayTime } from '#sdk'
import { sayGap } from './backfill.ts'
import type { SnapshotRef } from './batch.ts'
import { type RestoreFacts, replicasOf } from './facts.ts'
import type { RestoreParams } from './params.ts'
import type { IndexSize } from './source.ts'
import type { Writers } from './writers.ts'

export type RestoreDetails = {
  readonly clusterUuid: string
  readonly from: SnapshotRef
  /** Restored beside what is there, and stay there. */
  readonly renamed: readonly IndexSize[]
  /** Their names are free: restored under them. */
  readonly straight: readonly IndexSize[]
  /** Restored aside, proven, and then put in the place of the index with that uuid. */
  readonly aside: readonly (IndexSize & { readonly replaces: string })[]
  readonly replicas: number | null
  readonly writers: readonly Writers[]
  readonly gapFromMs: number
  /** Consumers that are set back. */
  readonly gaps: readonly { readonly group: string; readonly topics: readonly string[] }[]
}

/** Measured on the lab: what a restore takes whatever its size, and what goes through it in a second. */
const pace = { fixedSeconds: 15, bytesPerSecond: 20 * 2 ** 20, writersSeconds: 40 }

export function planRestore(facts: RestoreFacts, params: RestoreParams): PlanBody<RestoreDetails> {
  const details = detailsOf(facts, params)
  const bytes = facts.needs.reduce((sum, need) => sum + need.bytes * need.copies, 0)
  return {
    expectedSeconds: Math.round(
      pace.fixedSeconds +
        bytes / pace.bytesPerSecond +
        (details.writers.length > 0 ? pace.writersSeconds : 0),
    ),
    effects: sayEffects(details, facts),
    notes: sayNotes(details, facts, params),
    fingerprint: {
      cluster: facts.identity.clusterUuid,
      snapshot: `${details.from.repository}/${details.from.name} ${details.from.uuid}`,
      wanted: facts.wanted,
      replaces: details.aside.map(({ index, replaces }) => `${index} ${replaces}`),
      writers: details.writers.map(({ group, hosts }) => `${group} ${hosts.join(' ')}`),
      gaps: details.gaps.map(({ group, topics }) => `${group} ${topics.join(' ')}`),
    },
    details,
  }
}

function detailsOf(facts: RestoreFacts, params: RestoreParams): RestoreDetails {
  const { snapshot, sizes, wanted, existing, identity, asked } = facts
  const own = sizes.filter(({ index }) => wanted.includes(index))
  const inPlace = params.into === 'place'
  const uuidOf = (index: string) => existing.find(({ name }) => name === index)?.uuid
  return {
    clusterUuid: identity.clusterUuid,
    from: {
      repository: asked.repository,
      name: snapshot?.name ?? asked.snapshot,
      uuid: snapshot?.uuid ?? '',
      startedAtMs: snapshot?.startedAtMs ?? 0,
    },
    renamed: inPlace ? [] : own,
    straight: inPlace ? own.filter(({ index }) => uuidOf(index) === undefined) : [],
    aside: inPlace
      ? own.flatMap(size => {
          const replaces = uuidOf(size.index)
          return replaces === undefined ? [] : [{ ...size, replaces }]
        })
      : [],
    replicas: replicasOf(params),
    writers: params.stopWriters ? facts.writers : [],
    gapFromMs: facts.gapFromMs,
    gaps: facts.gaps.map(({ group, topics }) => ({ group, topics })),
  }
}

function sayEffects({ renamed, straight, aside, writers, gaps, from }: RestoreDetails, facts: RestoreFacts) {
  const size = ({ index, bytes }: IndexSize) => `${index} (${sayBytes(bytes)})`
  const hosts = ({ service, hosts }: Writers) => `${service} on ${hosts.join(' and ')}`
  return [
    ...writers.map(one => `stop ${hosts(one)}`),
    ...renamed.map(one => `restore ${size(one)} of ${from.name} as restored-RUN-${one.index}`),
    ...straight.map(one => `restore ${size(one)} of ${from.name} under its own name`),
    ...aside.map(one => `restore ${size(one)} of ${from.name} as restored-RUN-${one.index}`),
    ...(facts.manifest.manifest === null ? [] : ['compare each with the manifest']),
    ...aside.map(
      ({ index }) => `delete ${index} and make that name an alias of the restored one, in one cluster state`,
    ),
    ...gaps.map(({ group }) => `set ${group} back to ${sayTime(facts.gapFromMs)}`),
    ...writers.map(one => `start ${hosts(one)}`),
  ]
}

function sayNotes(details: RestoreDetails, facts: RestoreFacts, params: RestoreParams): string[] {
  const { from, renamed, straight, aside, gaps } = details
  if (facts.snapshot === null) return []
  const age = saySpan(facts.nowMs - from.startedAtMs)
  return [
    `${from.name} was begun ${age} ago (${sayTime(from.startedAtMs)}); nothing written since then is in it`,
    'lifecycle policies are left out, or a restored index of that age would be deleted at once',
    ...(renamed.length === 0 ? [] : ['restored copies stay until somebody deletes them']),
    ...(renamed.length > 0 && params.keep
      ? ['copies stay if the restore fails, for a look at them']
      : ['what this run has restored is deleted again if the restore fails or is aborted']),
    ...(straight.length + aside.length > 0
      ? ['give restored indices their lifecycle policy back yourself, when their age allows it']
      : []),
    ...facts.gaps.map(gap => sayGap(gap, facts.gapFromMs)),
    ...(straight.length + aside.length > 0 && gaps.length === 0
      ? [`what came in since ${sayTime(from.startedAtMs)} is not read again`]
      : []),
  ]
}
