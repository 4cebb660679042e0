// What would be fetched and registered. Pure.
import { type PlanBody, sayBytes } from '#sdk'
import { sayPlace } from '../offsite-copy/store.ts'
import type { FetchFacts } from './facts.ts'
import type { FetchParams } from './params.ts'

export type FetchDetails = {
  readonly repository: string
  readonly host: string
  readonly into: string
  readonly as: string
  readonly generation: number
  readonly place: string
}

const bytesPerSecond = 100e6
const secondsAtLeast = 15

export function planFetch(
  { host, into, store, ends }: FetchFacts,
  { repository, as }: FetchParams,
): PlanBody<FetchDetails> {
  const marker = ends?.store.marker ?? null
  const generation = marker?.whole ?? 0
  const bytes = marker?.whole_bytes ?? 0
  const place = sayPlace(store, repository)
  return {
    expectedSeconds: secondsAtLeast + Math.round(bytes / bytesPerSecond),
    effects: [
      `fetch generation ${generation} of ${place} into ${host}:${into}`,
      `register it as ${as}, read-only`,
    ],
    notes: [
      `${sayBytes(bytes)}, ${marker?.snapshots.length ?? 0} snapshots`,
      ...(marker?.state === 'unfinished'
        ? [`the copy was not finished by run ${marker.run}; what is fetched is the whole one before it`]
        : []),
    ],
    fingerprint: { repository, into, as, generation, place },
    details: { repository, host, into, as, generation, place },
  }
}
