// What would be done, as data. Pure.
import { createHash } from 'node:crypto'
import { type PlanBody, type Repository, sayBytes, sayFew } from '#sdk'
import type { SnapshotFacts } from './facts.ts'
import { chooseName } from './names.ts'
import { patternsIn, type SnapshotParams } from './params.ts'

export type PlannedIndex = {
  readonly index: string
  readonly uuid: string
  readonly shards: number
}

export type SnapshotDetails = {
  readonly cluster: { readonly name: string; readonly uuid: string; readonly version: string }
  readonly repository: {
    readonly name: string
    readonly type: string
    readonly settings: Readonly<Record<string, string>>
    readonly readOnly: boolean
  }
  readonly snapshot: string
  readonly patterns: readonly string[]
  readonly indices: readonly PlannedIndex[]
  /** Of names and uuids; kept with the snapshot. */
  readonly indicesHash: string
  /** Seconds that earlier ones took. */
  readonly usualSeconds: number | null
}

const bytesPerSecond = 40_000_000
const secondsPerIndex = 0.3
const leastSeconds = 10
const nothing: Repository = { name: '', type: '', settings: {}, readOnly: false }

export const plannedName = ({ snapshots, nowMs }: SnapshotFacts, { name }: SnapshotParams): string =>
  chooseName(
    name,
    snapshots.map(one => one.name),
    nowMs,
  )

/** As long as earlier ones took; else by the bytes. */
export function plannedSeconds(facts: SnapshotFacts): number {
  const measuring = facts.indices.length * secondsPerIndex
  const taking = usualSeconds(facts) ?? (facts.lastNewBytes ?? facts.bytes) / bytesPerSecond
  return Math.round(leastSeconds + measuring + taking)
}

/** The median of what `ops` has taken. */
function usualSeconds({ snapshots }: SnapshotFacts): number | null {
  const seconds = snapshots
    .filter(({ state, metadata }) => state === 'SUCCESS' && metadata.taken_by === 'ops')
    .flatMap(({ startedAtMs, endedAtMs }) => (endedAtMs === null ? [] : [(endedAtMs - startedAtMs) / 1000]))
    .sort((a, b) => a - b)
  return seconds[Math.floor(seconds.length / 2)] ?? null
}

export function planSnapshot(facts: SnapshotFacts, params: SnapshotParams): PlanBody<SnapshotDetails> {
  const open = facts.indices.filter(one => one.open)
  const indices = open.map(({ name, uuid, shards }) => ({ index: name, uuid, shards }))
  const snapshot = plannedName(facts, params)
  const { name, type, settings, readOnly } = facts.repository ?? nothing
  const { clusterName, clusterUuid, version } = facts.identity
  return {
    expectedSeconds: plannedSeconds(facts),
    effects: [
      `take ${params.repository}/${snapshot}: ${indices.length} indices, ${sum(indices)} shards, ${sayBytes(facts.bytes)}${params.globalState ? ', and the state of the cluster' : ''}`,
      `keep a manifest of it in the state directory, and beside the files of ${params.repository}`,
    ],
    notes: sayNotes(facts, params),
    fingerprint: {
      cluster: clusterUuid,
      repository: { name, type, location: settings.location ?? null },
      indices: indices.map(({ index, uuid }) => `${index} ${uuid}`),
    },
    details: {
      cluster: { name: clusterName, uuid: clusterUuid, version },
      repository: { name, type, settings, readOnly },
      snapshot,
      patterns: patternsIn(params),
      indices,
      indicesHash: hashIndices(indices),
      usualSeconds: usualSeconds(facts),
    },
  }
}

const sum = (indices: readonly PlannedIndex[]): number => indices.reduce((all, { shards }) => all + shards, 0)

const hashIndices = (indices: readonly PlannedIndex[]): string =>
  createHash('sha256')
    .update(indices.map(({ index, uuid }) => `${index} ${uuid}\n`).join(''))
    .digest('hex')

function sayNotes({ lastNewBytes, snapshots, indices, repository }: SnapshotFacts, params: SnapshotParams) {
  const last = snapshots.findLast(({ state }) => state === 'SUCCESS')
  return [
    `indices: ${sayFew(indices.map(({ name }) => name))}`,
    last === undefined
      ? 'it is the first one: every byte is copied'
      : `only what ${last.name} and others do not have is copied; the last one brought ${sayBytes(lastNewBytes ?? 0)}`,
    ...(repository !== null && repository.type !== 'fs'
      ? [
          `${repository.name} is of type ${repository.type}: nobody looks at its files afterwards, and the manifest is kept in the state directory alone`,
        ]
      : [`afterwards every file of it is looked for${params.readBack ? ' and read to its end' : ''}`]),
  ]
}
