// Whose turn it is tonight: the longest unverified first, as many as the budget bears. Pure.
import type { IndexSize } from '../restore/source.ts'

export interface Candidate extends IndexSize {
  /** When it was last restored and proven equal; `null`: never. */
  readonly provenAtMs: number | null
}

export interface Sample {
  readonly chosen: readonly Candidate[]
  /** Larger than the whole budget: they never have their turn. */
  readonly tooLarge: readonly Candidate[]
}

export function chooseSample(candidates: readonly Candidate[], budgetBytes: number, most: number): Sample {
  const inLine = [...candidates].sort(
    (a, b) => (a.provenAtMs ?? 0) - (b.provenAtMs ?? 0) || (a.index < b.index ? -1 : 1),
  )
  const chosen: Candidate[] = []
  let left = budgetBytes
  for (const one of inLine) {
    if (chosen.length >= most) break
    if (one.bytes > left) continue
    chosen.push(one)
    left -= one.bytes
  }
  return { chosen, tooLarge: inLine.filter(({ bytes }) => bytes > budgetBytes) }
}
