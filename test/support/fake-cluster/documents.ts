// Documents of the fake: made up from the name of their index and their number, so that ten thousand cost nothing. Only
// what differs is kept.
import { createHash } from 'node:crypto'
import type { DocumentHash, IndexContent } from '../../../src/ports/indices.ts'
import type { FakeIndex } from './state.ts'
import type { FakeDocuments } from './stores.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Keys in order, so that the same thing has the same hash. */
export const hashJson = (value: unknown): string => sha256(JSON.stringify(sortKeys(value)))

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, one]) => [key, sortKeys(one)]))
}

export const idOf = (number: number): string => `doc-${String(number).padStart(8, '0')}`
const numberOf = (id: string): number => (/^doc-\d{8,}$/.test(id) ? Number(id.slice(4)) : -1)

export const countDocuments = ({ docs, documents }: Pick<FakeIndex, 'docs' | 'documents'>): number =>
  Math.floor(docs) - Object.values(documents.exceptions).filter(hash => hash === null).length

export function spoil(documents: FakeDocuments, number: number, how: 'changed' | 'gone'): void {
  documents.exceptions[number] = how === 'gone' ? null : sha256(`another ${documents.seed} ${number}`)
}

function hashOf({ documents, docs }: FakeIndex, number: number): string | null {
  if (number < 0 || number >= Math.floor(docs)) return null
  const exception = documents.exceptions[number]
  return exception === undefined ? sha256(`${documents.seed} ${number}`) : exception
}

export function readContent(index: FakeIndex, nowMs: number): IndexContent {
  const { name, docs, documents, bytes } = index
  let first = 0
  let last = Math.floor(docs) - 1
  while (first <= last && documents.exceptions[first] === null) first += 1
  while (last >= first && documents.exceptions[last] === null) last -= 1
  const timeOf = (number: number) => (first > last ? null : documents.fromMs + number * 1000)
  return {
    index: name,
    docs: countDocuments(index),
    bytes: isMeasured(index, nowMs) ? bytes : 0,
    fromMs: timeOf(first),
    untilMs: timeOf(last),
  }
}

const measuredEveryMs = 10_000

/** A node measures its shards at most every 10 s: one that was filled since then is told as it was before. */
const isMeasured = ({ restored, shards }: FakeIndex, nowMs: number): boolean =>
  !restored ||
  shards.every(({ copies }) =>
    copies.every(({ primary, recovery }) => !primary || (recovery?.endMs ?? 0) + measuredEveryMs <= nowMs),
  )

export function readHashes(index: FakeIndex, ids: readonly string[]): DocumentHash[] {
  return [...new Set(ids)].sort().flatMap(id => {
    const hash = hashOf(index, numberOf(id))
    return hash === null ? [] : [{ id, hash }]
  })
}

export function takeSample(index: FakeIndex, count: number, seed: number): DocumentHash[] {
  const total = Math.floor(index.docs)
  const wanted = Math.min(count, countDocuments(index))
  const random = randomOf(seed)
  const chosen = new Set<number>()
  while (chosen.size < wanted) {
    const number = wanted === countDocuments(index) ? nextAfter(index, chosen) : Math.floor(random() * total)
    if (hashOf(index, number) !== null) chosen.add(number)
  }
  return readHashes(index, [...chosen].map(idOf))
}

/** All of them are wanted: one after the other. */
function nextAfter(index: FakeIndex, chosen: ReadonlySet<number>): number {
  let number = chosen.size
  while (chosen.has(number) || hashOf(index, number) === null) number += 1
  return number
}

/** Mulberry32: the same numbers for the same seed. */
function randomOf(seed: number): () => number {
  let at = seed >>> 0
  return () => {
    at = (at + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(at ^ (at >>> 15), at | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
