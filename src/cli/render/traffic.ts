// Cluster status and write rate from samples. A counter that falls (a node has restarted) gives no rate, never a
// negative one.
import type { Sample } from '../../ports/journal.ts'
import { numberOf, textOf } from './fields.ts'

export interface Traffic {
  status: string
  nodes: number | null
  /** Documents a second over the last few samples; `null` while it is not known. */
  writeRate: number | null
  readonly counts: { readonly atMs: number; readonly indexed: number }[]
}

const windowMs = 12_000

export const emptyTraffic = (): Traffic => ({ status: '', nodes: null, writeRate: null, counts: [] })

/** Adds one sample, in place. */
export function addSample(traffic: Traffic, sample: Sample): void {
  traffic.status = textOf(sample.status)
  traffic.nodes = numberOf(sample.nodes)
  const indexed = numberOf(sample.indexedTotal)
  if (indexed === null) return
  const { counts } = traffic
  const atMs = Date.parse(sample.at)
  if (indexed < (counts.at(-1)?.indexed ?? 0)) counts.length = 0
  counts.push({ atMs, indexed })
  while (atMs - (counts[0]?.atMs ?? atMs) > windowMs) counts.shift()
  const [first] = counts
  const seconds = (atMs - (first?.atMs ?? atMs)) / 1000
  traffic.writeRate = first === undefined || seconds <= 0 ? null : (indexed - first.indexed) / seconds
}
