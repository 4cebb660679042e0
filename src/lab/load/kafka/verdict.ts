// Holds the ledger of a load on Kafka against what the topic holds, and against what came out at its far end. Lost: acknowledged
// and nowhere in the log. Moved: acknowledged at an offset where it is not. Pure.
import type { LedgerEntry } from '../ledger.ts'
import type { LogContent, LogRecord } from './read-log.ts'

/** What the consumer group has brought on, id by id. */
export interface Shipped {
  readonly to: 'elasticsearch' | 'files'
  readonly ids: ReadonlySet<string>
  /** Ids that are there more than once. */
  readonly repeated: readonly string[]
  /** Records of the topic that the group has not committed. */
  readonly behind: number
}

export interface KafkaVerdict {
  readonly verdict: 'nothing lost' | 'violated'
  readonly topic: string
  readonly sent: number
  readonly acked: number
  /** The client gave these up after its own retries; either is right. */
  readonly failed: { readonly found: number; readonly notFound: number }
  /** The load was killed before it knew; either is right. */
  readonly unknown: { readonly found: number; readonly notFound: number }
  readonly inLog: number
  readonly lost: number
  /** Lost ones that were acknowledged below the first offset of today: deleted, or past their retention. */
  readonly lostBelowStart: number
  readonly moved: number
  /** A producer that tries again writes some twice; only the first of each counts as the message. */
  readonly duplicates: number
  /** Messages that stand behind a later one of the same producer and partition. */
  readonly inversions: number
  readonly partitions: number
  readonly shipped: {
    readonly to: Shipped['to']
    readonly found: number
    readonly missing: number
    readonly duplicates: number
    readonly behind: number
  } | null
  /** The first of each, to look at. */
  readonly examples: Readonly<Record<'lost' | 'moved' | 'duplicates' | 'missing', readonly string[]>>
}

const mostExamples = 20

export function judgeLog(
  topic: string,
  ledger: ReadonlyMap<string, LedgerEntry>,
  { ranges, records }: LogContent,
  shipped?: Shipped,
): KafkaVerdict {
  const found = Map.groupBy(records, record => record.id)
  const entries = [...ledger]
  const idsOf = (outcome: LedgerEntry['outcome']) =>
    entries.filter(([, entry]) => entry.outcome === outcome).map(([id]) => id)
  const split = (ids: readonly string[]) => {
    const there = ids.filter(id => found.has(id)).length
    return { found: there, notFound: ids.length - there }
  }

  const acked = entries.filter(([, { outcome }]) => outcome === 'ok')
  const lost = acked.filter(([id]) => !found.has(id))
  const lowOf = new Map(ranges.map(({ partition, low }) => [partition, low]))
  const lostBelowStart = lost.filter(
    ([, { partition, offset }]) => offset !== undefined && offset < (lowOf.get(partition ?? -1) ?? 0),
  )
  const moved = acked.filter(([id, entry]) => found.has(id) && !isWhereAcked(found.get(id) ?? [], entry))
  const duplicates = [...found].filter(([, copies]) => copies.length > 1).map(([id]) => id)
  const missing = shipped ? acked.filter(([id]) => !shipped.ids.has(id)) : []
  const violated = [lost, moved, missing].some(list => list.length > 0)
  const first = (ids: readonly string[]) => ids.slice(0, mostExamples)
  const idsOnly = (list: typeof acked) => first(list.map(([id]) => id))
  return {
    verdict: violated ? 'violated' : 'nothing lost',
    topic,
    sent: ledger.size,
    acked: acked.length,
    failed: split(idsOf('fail')),
    unknown: split(idsOf('unknown')),
    inLog: found.size,
    lost: lost.length,
    lostBelowStart: lostBelowStart.length,
    moved: moved.length,
    duplicates: duplicates.length,
    inversions: countInversions(records),
    partitions: ranges.length,
    shipped: shipped
      ? {
          to: shipped.to,
          found: acked.length - missing.length,
          missing: missing.length,
          duplicates: shipped.repeated.length,
          behind: shipped.behind,
        }
      : null,
    examples: {
      lost: idsOnly(lost),
      moved: idsOnly(moved),
      duplicates: first(duplicates),
      missing: idsOnly(missing),
    },
  }
}

const isWhereAcked = (copies: readonly LogRecord[], { partition, offset }: LedgerEntry): boolean =>
  copies.some(copy => copy.partition === partition && copy.offset === offset)

/** Over the first record of every message. */
export function countInversions(records: readonly LogRecord[]): number {
  const seen = new Set<string>()
  const latest = new Map<string, number>()
  let inversions = 0
  for (const { id, run, partition, seq } of records.toSorted((a, b) => a.offset - b.offset)) {
    if (seen.has(id)) continue
    seen.add(id)
    const producer = `${run} ${partition}`
    const before = latest.get(producer) ?? -1
    if (seq < before) inversions++
    else latest.set(producer, seq)
  }
  return inversions
}

/** The verdict in a few lines for people. */
export function renderLogVerdict(of: KafkaVerdict): string {
  const { failed, unknown, shipped } = of
  const lines = [
    `${of.verdict}: ${of.acked} acknowledged, ${of.lost} lost, ${of.moved} not at their offset`,
    `${failed.found + failed.notFound} failed after the client's own retries (${failed.found} there all the same)`,
    `${unknown.found + unknown.notFound} unknown to the client (${unknown.found} there, ${unknown.notFound} not)`,
    `${of.inLog} messages in ${of.partitions} partitions of ${of.topic}; ${of.duplicates} twice, ${of.inversions} out of order`,
    ...(of.lostBelowStart > 0
      ? [`${of.lostBelowStart} of the lost were below the first offset that is left`]
      : []),
    ...(shipped
      ? [
          `${shipped.to === 'files' ? 'files of the shipper' : 'Elasticsearch'}: ${shipped.found} arrived, ${shipped.missing} missing, ${shipped.duplicates} twice; the group is ${shipped.behind} records behind`,
        ]
      : []),
  ]
  // What is there twice is no fault of at-least-once delivery; the JSON names it.
  const examples = Object.entries(of.examples).filter(
    ([kind, ids]) => kind !== 'duplicates' && ids.length > 0,
  )
  return [...lines, ...examples.map(([kind, ids]) => `${kind}: ${ids.join(' ')}`)].join('\n')
}
