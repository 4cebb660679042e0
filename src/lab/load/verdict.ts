// Holds a ledger against what every copy holds. Lost: acknowledged and nowhere. Partly lost: acknowledged and not on every
// copy. Phantom: certainly refused and there all the same. Pure.
import type { ShardCopy } from './copies.ts'
import type { LedgerEntry } from './ledger.ts'

export interface Verdict {
  readonly verdict: 'nothing lost' | 'violated'
  readonly sent: number
  readonly acked: number
  readonly failed: number
  readonly lost: number
  readonly partlyLost: number
  readonly phantom: number
  /** Documents of which the client never learnt what became; either is right. */
  readonly unknown: { readonly found: number; readonly notFound: number }
  readonly duplicates: number
  readonly copiesAgree: boolean
  readonly copiesRead: number
  /** The first of each, to look at. */
  readonly examples: Readonly<Record<'lost' | 'partlyLost' | 'phantom' | 'duplicates', readonly string[]>>
}

const mostExamples = 20

export function judge(
  ledger: ReadonlyMap<string, LedgerEntry>,
  copies: readonly ShardCopy[],
  foundById: ReadonlySet<string> = new Set(),
): Verdict {
  const shards = groupByShard(copies)
  const union = new Set([...foundById, ...copies.flatMap(copy => [...copy.ids])])
  const incomplete = findIncomplete(shards)
  const idsOf = (outcome: LedgerEntry['outcome']) =>
    [...ledger].filter(([, entry]) => entry.outcome === outcome).map(([id]) => id)

  const acked = idsOf('ok')
  const failed = idsOf('fail')
  const unknown = idsOf('unknown')
  const lost = acked.filter(id => !union.has(id))
  const seen = new Set(copies.flatMap(copy => [...copy.ids]))
  const partlyLost = acked.filter(id => incomplete.has(id) || (foundById.has(id) && !seen.has(id)))
  const phantom = failed.filter(id => union.has(id))
  const duplicates = findDuplicates(shards)
  const copiesAgree = incomplete.size === 0
  const found = unknown.filter(id => union.has(id)).length
  const violated = [lost, partlyLost, phantom, duplicates].some(ids => ids.length > 0) || !copiesAgree
  return {
    verdict: violated ? 'violated' : 'nothing lost',
    sent: ledger.size,
    acked: acked.length,
    failed: failed.length,
    lost: lost.length,
    partlyLost: partlyLost.length,
    phantom: phantom.length,
    unknown: { found, notFound: unknown.length - found },
    duplicates: duplicates.length,
    copiesAgree,
    copiesRead: copies.length,
    examples: {
      lost: lost.slice(0, mostExamples),
      partlyLost: partlyLost.slice(0, mostExamples),
      phantom: phantom.slice(0, mostExamples),
      duplicates: duplicates.slice(0, mostExamples),
    },
  }
}

/** Acknowledged documents that no copy's search gave: worth asking for by id. */
export function missingIn(ledger: ReadonlyMap<string, LedgerEntry>, copies: readonly ShardCopy[]) {
  return [...ledger]
    .filter(([id, { outcome }]) => outcome === 'ok' && !copies.some(copy => copy.ids.has(id)))
    .map(([id, { index }]) => ({ id, index }))
}

function groupByShard(copies: readonly ShardCopy[]): readonly (readonly ShardCopy[])[] {
  return [...Map.groupBy(copies, ({ index, shard }) => `${index} ${shard}`).values()]
}

/** Ids that some copy of their shard has and another has not. */
function findIncomplete(shards: readonly (readonly ShardCopy[])[]): ReadonlySet<string> {
  const incomplete = new Set<string>()
  for (const copies of shards) {
    for (const id of new Set(copies.flatMap(copy => [...copy.ids]))) {
      if (!copies.every(copy => copy.ids.has(id))) incomplete.add(id)
    }
  }
  return incomplete
}

/** Ids that one copy gives twice, or that two shards hold. */
function findDuplicates(shards: readonly (readonly ShardCopy[])[]): readonly string[] {
  const seen = new Set<string>()
  const twice = new Set<string>(shards.flatMap(copies => copies.flatMap(copy => copy.repeated)))
  for (const copies of shards) {
    for (const id of new Set(copies.flatMap(copy => [...copy.ids]))) {
      if (seen.has(id)) twice.add(id)
      seen.add(id)
    }
  }
  return [...twice]
}

/** The verdict in a few lines for people. */
export function renderVerdict(of: Verdict): string {
  const lines = [
    `${of.verdict}: ${of.acked} acknowledged, ${of.lost} lost, ${of.partlyLost} partly lost`,
    `${of.failed} failed, ${of.phantom} of them there all the same`,
    `${of.unknown.found + of.unknown.notFound} unknown to the client (${of.unknown.found} there, ${of.unknown.notFound} not)`,
    `${of.copiesRead} shard copies read, ${of.copiesAgree ? 'all agree' : 'they do not agree'}; ${of.duplicates} duplicates`,
  ]
  const examples = Object.entries(of.examples).filter(([, ids]) => ids.length > 0)
  return [...lines, ...examples.map(([kind, ids]) => `${kind}: ${ids.join(' ')}`)].join('\n')
}
