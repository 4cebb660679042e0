// Who reads the topic, and how each group is kept from skipping what lies in the new partitions before it knows of them. Pure.
import type { ConsumerGroup } from '#sdk'
import type { Fleet } from './consumers.ts'
import type { Reading } from './reading.ts'

export interface GroupReading extends ConsumerGroup {
  /** The consumers of the inventory that make up the group; `null` where ops cannot stop and start its members. */
  readonly fleet: Fleet | null
  /** Its offsets moved between the two readings. */
  readonly moving: boolean
  /** Partitions in which it has never committed anything, and the records that lie there. */
  readonly uncommitted: readonly { readonly partition: number; readonly records: number }[]
}

/**
 * stop: members go, offset 0 is committed in the new partitions, members come back.
 * commit: nobody is there, so offset 0 can be committed at any moment.
 * earliest: begins at the start of a partition by its own setting.
 * none: nobody can keep it from skipping records.
 */
export type Guard = 'stop' | 'commit' | 'earliest' | 'none'

export function readGroups(
  topic: string,
  groups: readonly ConsumerGroup[],
  fleets: readonly Fleet[],
  [first, second]: readonly [Reading, Reading],
): readonly GroupReading[] {
  const offsetsOf = (reading: Reading, group: string) =>
    (reading.committed.get(group) ?? []).filter(one => one.topic === topic)
  const known = new Map(groups.map(one => [one.group, one]))
  const silent = fleets
    .filter(({ group, topics }) => !known.has(group) && topics.includes(topic))
    .map(({ group }): ConsumerGroup => ({ group, state: 'Dead', members: [] }))
  return [...groups, ...silent]
    .map(one => ({
      ...one,
      fleet: fleets.find(({ group }) => group === one.group) ?? null,
      moving: sumOf(offsetsOf(second, one.group)) > sumOf(offsetsOf(first, one.group)),
      uncommitted: uncommittedIn(second, one.group, topic),
    }))
    .filter(
      one =>
        offsetsOf(second, one.group).length > 0 ||
        one.members.some(({ assigned }) => assigned.some(at => at.topic === topic)) ||
        one.fleet?.topics.includes(topic) === true,
    )
    .sort((a, b) => (a.group < b.group ? -1 : 1))
}

function uncommittedIn({ ranges, committed }: Reading, group: string, topic: string) {
  const known = new Set(
    (committed.get(group) ?? []).filter(one => one.topic === topic).map(({ partition }) => partition),
  )
  return ranges
    .filter(one => one.topic === topic && !known.has(one.partition))
    .map(({ partition, start, end }) => ({ partition, records: end - start }))
}

const sumOf = (offsets: readonly { readonly offset: number }[]): number =>
  offsets.reduce((sum, { offset }) => sum + offset, 0)

export function chooseGuard({ group, fleet, members }: GroupReading, earliest: string | undefined): Guard {
  const declared = earliest?.split(',').map(name => name.trim()) ?? []
  if (fleet?.reset === 'earliest' || declared.includes(group)) return 'earliest'
  // Stopped for a while or not: its hosts must not start in the middle.
  if (fleet !== null) return 'stop'
  return members.length === 0 ? 'commit' : 'none'
}
