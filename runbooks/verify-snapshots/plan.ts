// What a verification would do, as data. Pure.
import { type PlanBody, sayBytes, sayFew, saySpan } from '#sdk'
import type { SnapshotRef } from '../restore/batch.ts'
import type { IndexSize } from '../restore/source.ts'
import type { VerifyFacts } from './facts.ts'
import type { Candidate } from './sample.ts'

export type VerifyDetails = {
  readonly clusterUuid: string
  readonly from: SnapshotRef
  readonly sample: readonly IndexSize[]
  /** All that take their turns. */
  readonly indices: readonly string[]
}

/** Measured on the lab: one small index, and what goes through a restore in a second. */
const pace = { secondsPerIndex: 8, bytesPerSecond: 20 * 2 ** 20 }

export function planVerification(facts: VerifyFacts): PlanBody<VerifyDetails> {
  const { snapshot, asked, sample, candidates, identity, nowMs } = facts
  const from = {
    repository: asked.repository,
    name: snapshot?.name ?? asked.snapshot,
    uuid: snapshot?.uuid ?? '',
    startedAtMs: snapshot?.startedAtMs ?? 0,
  }
  const bytes = sample.chosen.reduce((sum, one) => sum + one.bytes, 0)
  return {
    expectedSeconds: Math.round(sample.chosen.length * pace.secondsPerIndex + bytes / pace.bytesPerSecond),
    effects: sample.chosen.map(
      one =>
        `restore ${one.index} (${sayBytes(one.bytes)}, ${sayAge(one, nowMs)}) of ${from.name} as drill-RUN-${one.index}, compare it, delete it`,
    ),
    notes: [
      ...sayOldest(candidates, nowMs),
      ...(sample.tooLarge.length === 0
        ? []
        : [
            `larger than the budget, so never verified: ${sayFew(sample.tooLarge.map(({ index }) => index))}; --budget gives them their turn`,
          ]),
    ],
    fingerprint: {
      cluster: identity.clusterUuid,
      snapshot: `${from.repository}/${from.name} ${from.uuid}`,
      sample: sample.chosen.map(({ index }) => index),
    },
    details: {
      clusterUuid: identity.clusterUuid,
      from,
      sample: sample.chosen.map(({ index, shards, bytes: size }) => ({ index, shards, bytes: size })),
      indices: candidates.map(({ index }) => index),
    },
  }
}

const sayAge = ({ provenAtMs }: Candidate, nowMs: number): string =>
  provenAtMs === null ? 'never verified' : `verified ${saySpan(nowMs - provenAtMs)} ago`

/** How old the oldest proof is, and how many indices have none. */
export function sayOldest(
  candidates: readonly Pick<Candidate, 'index' | 'provenAtMs'>[],
  nowMs: number,
): string[] {
  const never = candidates.filter(({ provenAtMs }) => provenAtMs === null)
  const times = candidates.flatMap(({ provenAtMs }) => provenAtMs ?? [])
  const oldest =
    times.length === 0
      ? 'no index has ever been verified'
      : `the oldest verification is ${saySpan(nowMs - Math.min(...times))} old`
  return [
    never.length === 0 || times.length === 0
      ? `${oldest}; ${candidates.length} indices`
      : `${oldest}; ${never.length} of ${candidates.length} indices have never been verified`,
  ]
}
