// Cluster status and write rate from samples. A counter that falls or leaps (a node has left, a replica took over) must
// not show as a rate: the middle of the last few rates does not notice one that is wrong.
import type { Sample } from '../../ports/journal.ts'
import { numberOf, textOf } from '../../report/read.ts'

export interface Traffic {
  status: string
  nodes: number | null
  /** Documents a second; `null` while it is not known. */
  writeRate: number | null
  last: { readonly atMs: number; readonly indexed: number } | null
  readonly rates: number[]
}

const mostRates = 5

export const emptyTraffic = (): Traffic => ({
  status: '',
  nodes: null,
  writeRate: null,
  last: null,
  rates: [],
})

/** Adds one sample, in place. */
export function addSample(traffic: Traffic, sample: Sample): void {
  traffic.status = textOf(sample.status)
  traffic.nodes = numberOf(sample.nodes)
  const indexed = numberOf(sample.indexedTotal)
  if (indexed === null) return
  const { last, rates } = traffic
  const atMs = Date.parse(sample.at)
  if (last !== null && indexed >= last.indexed && atMs > last.atMs) {
    rates.push(((indexed - last.indexed) * 1000) / (atMs - last.atMs))
    if (rates.length > mostRates) rates.shift()
  }
  traffic.last = { atMs, indexed }
  traffic.writeRate = rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? null
}
