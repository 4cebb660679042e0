// Is a tier balanced? Pure: it asks nobody and changes nothing.
import { type NodeAllocation, sayBytes } from '#sdk'

export type Balance = {
  readonly nodes: { readonly node: string; readonly shards: number; readonly bytes: number }[]
  /** The greatest distance from the mean, as a share of it. */
  readonly shardSpread: number
  readonly byteSpread: number
}

/** What the balancer lets be: by its threshold it moves nothing for so few shards between the fullest and the emptiest node. */
const shardsLetBe = 2

/** Of the named nodes only; one that holds nothing counts. */
export function balanceOf(allocations: readonly NodeAllocation[], names: readonly string[]): Balance {
  const nodes = names.map(node => {
    const found = allocations.find(one => one.node === node)
    return { node, shards: found?.shards ?? 0, bytes: found?.shardBytes ?? 0 }
  })
  return {
    nodes,
    shardSpread: spreadOf(nodes.map(({ shards }) => shards)),
    byteSpread: spreadOf(nodes.map(({ bytes }) => bytes)),
  }
}

function spreadOf(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  return mean === 0 ? 0 : Math.max(...values.map(value => Math.abs(value - mean))) / mean
}

export interface BalanceQuestion {
  readonly balance: Balance
  /** Copies on the move, and copies that the balancer still means to move (`null` where it does not say). */
  readonly moving: number
  readonly planned: number | null
  /** Share of the mean that a node may be away from it. */
  readonly within: number
  readonly largestShardBytes: number
}

export type BalanceVerdict =
  | { readonly state: 'balanced'; readonly why: string }
  | { readonly state: 'moving'; readonly why: string }
  /** Nothing moves any more and a node is too far from the mean. */
  | { readonly state: 'uneven'; readonly what: 'shards' | 'bytes'; readonly why: string }

export function decideBalance(question: BalanceQuestion): BalanceVerdict {
  const { balance, moving, planned, within, largestShardBytes } = question
  if (moving > 0 || (planned ?? 0) > 0)
    return {
      state: 'moving',
      why: `${moving} copies move, ${planned ?? 'an unknown number'} are to move yet`,
    }
  const counts = balance.nodes.map(({ shards }) => shards)
  const sizes = balance.nodes.map(({ bytes }) => bytes)
  if (balance.shardSpread > within && rangeOf(counts) > shardsLetBe)
    return { state: 'uneven', what: 'shards', why: `shards: ${sayShares(balance, 'shards')}` }
  if (balance.byteSpread > within && rangeOf(sizes) > shardsLetBe * largestShardBytes)
    return { state: 'uneven', what: 'bytes', why: `disk: ${sayShares(balance, 'bytes')}` }
  return { state: 'balanced', why: `shards within ${percent(balance.shardSpread)} of the mean` }
}

const rangeOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : Math.max(...values) - Math.min(...values)

const percent = (share: number): string => `${Math.round(share * 100)} %`

/** `es-data03 12, es-data06 4`, the fullest first. */
export function sayShares({ nodes }: Balance, what: 'shards' | 'bytes'): string {
  return [...nodes]
    .sort((a, b) => b[what] - a[what])
    .map(one => `${one.node} ${what === 'bytes' ? sayBytes(one.bytes) : one.shards}`)
    .join(', ')
}
