// Everything that gates and plan of a verification look at, read once. Reads only.
import type { IndexFacts, Look } from '#sdk'
import { isSystem, listIn } from '../restore/patterns.ts'
import { freeBelowLow } from '../restore/room.ts'
import { lookAtSource, type SourceFacts } from '../restore/source.ts'
import { budgetBytes, type VerifyParams } from './params.ts'
import { type Candidate, chooseSample, type Sample } from './sample.ts'
import { readVerifications } from './verification.ts'

export interface VerifyFacts extends SourceFacts {
  readonly candidates: readonly Candidate[]
  readonly sample: Sample
  readonly budgetBytes: number
  /** Copies that earlier verifications have left behind. */
  readonly leftBehind: readonly IndexFacts[]
}

export async function lookAtVerification(look: Look, params: VerifyParams): Promise<VerifyFacts> {
  const { repository, snapshot } = params
  const source = await lookAtSource(look, { repository, snapshot }, listIn(params.indices))
  const known = await readVerifications(look.evidence, repository)
  const candidates = source.sizes
    .filter(({ index }) => source.wanted.includes(index) && !isSystem(index))
    .map(size => {
      const provenAt = known.get(size.index)?.provenAt ?? null
      return { ...size, provenAtMs: provenAt === null ? null : Date.parse(provenAt) }
    })
  const budget = budgetBytes(params.budget, freeBelowLow(source))
  const sample = chooseSample(candidates, budget, params.most)
  const needs = sample.chosen.map(({ index, shards, bytes }) => ({
    index,
    shards,
    bytes,
    copies: 1,
    tiers: null,
  }))
  return {
    ...source,
    ...{ candidates, sample, budgetBytes: budget },
    leftBehind: await look.indices.find(['drill-*']),
    // One after the other: the largest is as much as there is at a time.
    needs: [...needs].sort((a, b) => b.bytes - a.bytes).slice(0, 1),
  }
}
