// One group of copies as a cause is made of it, and how causes of one kind become one. Pure.
import type { Explanation, UnassignedCopy } from '#sdk'
import type { Cause, CauseId, CopyName, Remedy } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'

/** Copies that one and the same thing keeps unassigned, and what was said of one of them. */
export interface Sighting {
  readonly copies: readonly UnassignedCopy[]
  readonly explanation: Explanation | null
  /** The decider that decides, and its words. */
  readonly decider: string | null
  readonly words: string
  /** Nodes of which it says so. */
  readonly nodes: readonly string[]
}

/** What becomes of a sighting. Sightings with the same id and key are one cause. */
export interface Ruling {
  readonly id: CauseId
  readonly key?: (seen: Sighting, facts: TriageFacts) => string
  readonly sentence: (seen: Sighting, facts: TriageFacts) => string
  readonly remedies: (seen: Sighting, facts: TriageFacts) => readonly Remedy[]
  /** Beside the words of the cluster. */
  readonly evidence?: (seen: Sighting, facts: TriageFacts) => readonly string[]
}

const mostCopies = 1000
const mostEvidence = 12

export const indicesOf = ({ copies }: Pick<Sighting, 'copies'>): readonly string[] => [
  ...new Set(copies.map(({ index }) => index)),
]

export const nameCopy = ({ index, shard, primary }: UnassignedCopy): CopyName => ({ index, shard, primary })

export function makeCause(
  id: CauseId,
  sentence: string,
  evidence: readonly string[],
  remedies: readonly Remedy[],
  copies: readonly UnassignedCopy[] = [],
): Cause {
  return {
    id,
    sentence,
    evidence: evidence.slice(0, mostEvidence).map(sayInALine),
    copies: copies.slice(0, mostCopies).map(nameCopy),
    copyCount: copies.length,
    indices: indicesOf({ copies }),
    remedies,
  }
}

export interface Ruled {
  readonly ruling: Ruling
  readonly seen: Sighting
}

/** One cause of all sightings that come to the same. */
export function mergeSightings(ruled: readonly Ruled[], facts: TriageFacts): readonly Cause[] {
  const alike = Map.groupBy(ruled, ({ ruling, seen }) => `${ruling.id} ${ruling.key?.(seen, facts) ?? ''}`)
  return [...alike.values()].flatMap(group => {
    const [first] = group
    if (first === undefined) return []
    const seen: Sighting = {
      ...first.seen,
      copies: group.flatMap(one => one.seen.copies),
      nodes: [...new Set(group.flatMap(one => one.seen.nodes))],
    }
    const { ruling } = first
    const evidence = [
      ...(ruling.evidence?.(seen, facts) ?? []),
      ...new Set(group.flatMap(one => sayWords(one.seen))),
    ]
    return [
      makeCause(ruling.id, ruling.sentence(seen, facts), evidence, ruling.remedies(seen, facts), seen.copies),
    ]
  })
}

function sayWords({ decider, words, nodes, copies: [copy], explanation }: Sighting): string[] {
  if (copy === undefined) return []
  const who = `${copy.index}[${copy.shard}] ${copy.primary ? 'primary' : 'replica'}`
  const where = nodes.length === 0 ? '' : ` on ${nodes.slice(0, 3).join(', ')}`
  const said = words === '' ? (explanation?.explanation ?? '') : words
  const failure = copy.details === null ? [] : [`${who}: ${copy.reason}: ${shorten(copy.details)}`]
  return [
    `${who}: ${decider ?? explanation?.canAllocate ?? copy.lastStatus}${where}${said === '' ? '' : `: ${said}`}`,
    ...failure,
  ]
}

const longest = 160

/** The innermost failure says most. */
export function shorten(details: string): string {
  const inner = details.split(/nested: |Caused by: /).at(-1) ?? details
  const line = inner.replaceAll(/\s+/g, ' ').trim()
  return line.length > longest ? `${line.slice(0, longest)}…` : line
}

/** A whole answer of the server is in the evidence file. */
const longestLine = 500

function sayInALine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line
}
