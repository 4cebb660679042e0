// What would be copied, from where to where. Pure.
import { type PlanBody, sayBytes } from '#sdk'
import type { CopyFacts } from './facts.ts'
import type { Marker } from './marker.ts'
import type { CopyParams } from './params.ts'
import { sayPlace } from './store.ts'

export type CopyDetails = {
  readonly repository: string
  readonly host: string
  readonly directory: string
  readonly generation: number
  /** `NAME UUID` of each. */
  readonly snapshots: readonly string[]
  readonly place: string
  /** rclone has to be installed first. */
  readonly install: boolean
}

const secondsAtLeast = 15

export function planCopy(facts: CopyFacts, { repository, bwlimit }: CopyParams): PlanBody<CopyDetails> {
  const { host, directory, snapshots, ends } = facts
  const place = sayPlace(facts.store, repository)
  const generation = ends?.source?.generation ?? 0
  const install = ends?.rclone === null
  const before = ends?.store.marker ?? null
  return {
    expectedSeconds: Math.max(secondsAtLeast, secondsOf(before)),
    effects: [
      ...(install ? [`install rclone on ${host}`] : []),
      `copy what is new in ${host}:${directory} to ${place}${bwlimit === undefined ? '' : `, at most ${bwlimit}`}`,
      `put index-${generation} there once everything it names is there`,
      'delete there what the repository no longer has, once the new copy is whole',
    ],
    notes: [sayBefore(before), `${snapshots.length} snapshots, generation ${generation}`],
    fingerprint: { repository, directory, generation, place, whole: before?.whole ?? null },
    details: {
      ...{ repository, host, directory, generation, place, install },
      snapshots: snapshots
        .filter(({ state }) => state !== 'IN_PROGRESS')
        .map(({ name, uuid }) => `${name} ${uuid}`),
    },
  }
}

/** How long the last one took. */
function secondsOf(before: Marker | null): number {
  if (before?.ended_at === undefined) return 0
  return Math.round((Date.parse(before.ended_at) - Date.parse(before.started_at)) / 1000) || 0
}

function sayBefore(before: Marker | null): string {
  if (before === null) return 'there is no copy yet'
  const { state, whole, whole_bytes, run, started_at, ended_at } = before
  const has =
    whole === null
      ? 'nothing at the store can be restored yet'
      : `the store has generation ${whole}${whole_bytes === null ? '' : `, ${sayBytes(whole_bytes)}`}`
  return state === 'finished'
    ? `${has}, of ${ended_at ?? started_at}`
    : `${has}; run ${run} of ${started_at} did not finish`
}
