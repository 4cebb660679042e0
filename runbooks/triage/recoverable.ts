// Where what is missing of a red index could come from: a node that is away, Kafka, a snapshot, or nothing. Pure.
import { sayFew, saySpan, sayTime } from '#sdk'
import { inSyncOf } from './causes/red.ts'
import { newestSnapshotOf } from './causes/remedies.ts'
import type { Recoverable } from './diagnosis.ts'
import type { TriageFacts } from './facts.ts'
import { findMissing, isOfAway, mayHoldData } from './missing-nodes.ts'

interface Source {
  readonly serves: boolean
  readonly because: string
}

export const decideRecoverable = (facts: TriageFacts): readonly Recoverable[] =>
  facts.redIndices.map(index => {
    const node = fromNode(index, facts)
    const kafka = fromKafka(index, facts)
    const snapshot = newestSnapshotOf(index, facts.kept ?? [])
    const kept = fromSnapshot(index, facts)
    const glimpse = facts.glimpses.find(one => one.index === index)
    const sizes = (facts.copies ?? []).filter(
      one => one.index === index && one.primary && one.state !== 'UNASSIGNED',
    )
    return {
      index,
      from: [
        ...(node.serves ? (['node'] as const) : []),
        ...(kafka.serves ? (['kafka'] as const) : []),
        ...(kept.serves ? (['snapshot'] as const) : []),
      ],
      because: [node.because, kafka.because, kept.because],
      lastDocument: glimpse?.untilMs == null ? null : new Date(glimpse.untilMs).toISOString(),
      docs: glimpse === undefined || glimpse.shardsAnswered === 0 ? null : glimpse.docs,
      bytes: sizes.length === 0 ? null : sizes.reduce((sum, { bytes }) => sum + bytes, 0),
      snapshot:
        snapshot === undefined
          ? null
          : {
              repository: snapshot.repository,
              name: snapshot.name,
              takenAt: new Date(snapshot.startedAtMs).toISOString(),
            },
    }
  })

function fromNode(index: string, facts: TriageFacts): Source {
  const { hosts, members, stores } = facts
  const missing = findMissing(hosts, members)
  const red = (facts.unassigned ?? []).filter(copy => copy.index === index && copy.primary)
  const good = red.every(copy => {
    const inSync = inSyncOf(copy, facts)
    return (stores ?? []).some(
      ({ index: its, shard, allocationId, problem }) =>
        its === index &&
        shard === copy.shard &&
        problem === null &&
        allocationId !== null &&
        inSync.includes(allocationId),
    )
  })
  if (stores !== null && red.length > 0 && good)
    return { serves: true, because: 'node: a copy with every acknowledged write is on a member' }
  const away = missing.filter(mayHoldData).map(({ name }) => name)
  if (red.some(copy => isOfAway(copy, members, missing)))
    return {
      serves: true,
      because: `node: ${sayFew(away)} ${away.length === 1 ? 'is' : 'are'} away and had it`,
    }
  if (members === null) return { serves: false, because: 'node: not known, since the members are not' }
  if (stores === null)
    return { serves: false, because: 'node: not known, since nobody said what is on the disks' }
  const what = away.length === 0 ? 'every node of the inventory is there' : `${sayFew(away)} did not have it`
  return { serves: false, because: `node: ${what}, and no member has such a copy` }
}

function fromKafka(index: string, { kafka }: TriageFacts): Source {
  if (kafka === null) return { serves: false, because: 'kafka: not known, since it does not answer' }
  const holds = kafka.filter(one => one.index === index)
  const [full] = holds.filter(({ all }) => all)
  if (full !== undefined)
    return {
      serves: true,
      because: `kafka: ${full.topic} still holds everything since ${sayTime(full.sinceMs)}, if the index is written from it`,
    }
  const [some] = holds
  return {
    serves: false,
    because:
      some === undefined
        ? 'kafka: no topic to look at'
        : `kafka: records since ${sayTime(some.sinceMs)} are not all there any more`,
  }
}

function fromSnapshot(index: string, { kept, nowMs }: TriageFacts): Source {
  if (kept === null) return { serves: false, because: 'snapshot: not known, since no repository answers' }
  const snapshot = newestSnapshotOf(index, kept)
  if (snapshot === undefined) return { serves: false, because: 'snapshot: no whole one has it' }
  const { repository, name, startedAtMs } = snapshot
  return {
    serves: true,
    because: `snapshot: ${repository}:${name}, ${saySpan(nowMs - startedAtMs)} old`,
  }
}

/** `node, kafka or snapshot`; `nothing`. */
export const sayFrom = ({ from }: Pick<Recoverable, 'from'>): string => {
  const names = from.map(source =>
    source === 'node' ? 'the node' : source === 'kafka' ? 'Kafka' : 'a snapshot',
  )
  return names.length === 0 ? 'nothing' : names.join(', ')
}
