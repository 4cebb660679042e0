// What several readings of a group add up to: lag, how fast records come and go, and who stands still. Pure.
import type { ConsumerGroup, GroupMember } from '#sdk'
import type { Reading } from '../expand-partitions/reading.ts'

/** A reading and the groups as they were with it. */
export interface LagLook extends Reading {
  readonly groups: readonly ConsumerGroup[]
}

export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly lag: number
  /** Where the group is; `null` where it has never committed anything. */
  readonly offset: number | null
  /** Records that come in and that the group commits, per second. */
  readonly producedPerSecond: number
  readonly consumedPerSecond: number
  /** Id of the member that has it. */
  readonly member: string | null
  /** It had something to read at every look and has committed nothing. */
  readonly still: boolean
}

export interface GroupLag {
  readonly group: string
  readonly state: ConsumerGroup['state']
  readonly members: readonly GroupMember[]
  /** Members came or went between the looks, or it was not stable at one of them. */
  readonly unsettled: boolean
  readonly partitions: readonly PartitionLag[]
  readonly lag: number
  readonly lagBefore: number
  readonly producedPerSecond: number
  readonly consumedPerSecond: number
}

/** Records per second by which the lag grows; below zero it shrinks. */
export const slopeOf = ({ producedPerSecond, consumedPerSecond }: GroupLag): number =>
  producedPerSecond - consumedPerSecond

export function measureGroups(looks: readonly LagLook[]): readonly GroupLag[] {
  const last = looks.at(-1)
  return last === undefined ? [] : last.groups.map(one => measureGroup(one, looks))
}

function measureGroup({ group, state, members }: ConsumerGroup, looks: readonly LagLook[]): GroupLag {
  const partitions = measurePartitions(group, members, looks)
  const [first] = looks
  const sum = (of: (one: PartitionLag) => number) => partitions.reduce((all, one) => all + of(one), 0)
  return {
    group,
    state,
    members,
    unsettled: isUnsettled(group, looks),
    partitions,
    lag: sum(({ lag }) => lag),
    lagBefore: first === undefined ? 0 : lagAt(first, group),
    producedPerSecond: sum(one => one.producedPerSecond),
    consumedPerSecond: sum(one => one.consumedPerSecond),
  }
}

function measurePartitions(
  group: string,
  members: readonly GroupMember[],
  looks: readonly LagLook[],
): readonly PartitionLag[] {
  const [first, last] = [looks[0], looks.at(-1)]
  if (first === undefined || last === undefined) return []
  const topics = topicsOf(group, members, last)
  const seconds = Math.max(0.001, (last.atMs - first.atMs) / 1000)
  const readerOf = new Map(
    members.flatMap(({ id, assigned }) => assigned.map(one => [keyOf(one), id] as const)),
  )
  const tables = looks.map(look => tableOf(look, group))
  return last.ranges
    .filter(({ topic }) => topics.has(topic))
    .map(range => {
      const key = keyOf(range)
      const rows = tables.map(table => table.get(key))
      const [before, after] = [rows[0], rows.at(-1)]
      const moved = (after?.offset ?? 0) - (before?.offset ?? after?.offset ?? 0)
      return {
        topic: range.topic,
        partition: range.partition,
        lag: after?.lag ?? 0,
        offset: after?.offset ?? null,
        producedPerSecond: Math.max(0, range.end - (before?.end ?? range.end)) / seconds,
        consumedPerSecond: Math.max(0, moved) / seconds,
        member: readerOf.get(key) ?? null,
        still: looks.length > 1 && moved <= 0 && rows.every(row => row !== undefined && row.lag > 0),
      }
    })
}

function topicsOf(
  group: string,
  members: readonly GroupMember[],
  { committed }: LagLook,
): ReadonlySet<string> {
  return new Set([
    ...members.flatMap(({ assigned }) => assigned.map(({ topic }) => topic)),
    ...(committed.get(group) ?? []).map(({ topic }) => topic),
  ])
}

interface Row {
  readonly end: number
  readonly offset: number | null
  readonly lag: number
}

function tableOf({ ranges, committed }: LagLook, group: string): ReadonlyMap<string, Row> {
  const offsets = new Map((committed.get(group) ?? []).map(one => [keyOf(one), one.offset]))
  return new Map(
    ranges.map(range => {
      const offset = offsets.get(keyOf(range)) ?? null
      return [keyOf(range), { end: range.end, offset, lag: Math.max(0, range.end - (offset ?? range.start)) }]
    }),
  )
}

const lagAt = (look: LagLook, group: string): number => {
  const topics = topicsOf(group, look.groups.find(one => one.group === group)?.members ?? [], look)
  return [...tableOf(look, group)]
    .filter(([key]) => topics.has(key.slice(0, key.lastIndexOf('-'))))
    .reduce((sum, [, { lag }]) => sum + lag, 0)
}

function isUnsettled(group: string, looks: readonly LagLook[]): boolean {
  const seen = looks.map(({ groups }) => groups.find(one => one.group === group))
  const ids = seen.map(one =>
    [...(one?.members ?? [])]
      .map(({ id }) => id)
      .sort()
      .join(),
  )
  const busy = seen.some(one => one !== undefined && one.members.length > 0 && one.state !== 'Stable')
  return busy || new Set(ids).size > 1
}

const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`
