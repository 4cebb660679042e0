// Why a group lags: a table of named sentences, asked from the plainest cause on. Each says what it saw and which step would
// help. Pure; it decides nothing that is done without a person.
import { sayFew } from '#sdk'
import type { Fleet } from '../expand-partitions/consumers.ts'
import { type Instance, instanceOf } from './instances.ts'
import { type GroupLag, type PartitionLag, slopeOf } from './measure.ts'
import type { Remedy } from './remedies.ts'
import type { InstanceStats, OutputUse } from './stats.ts'

/** A group and what is known of who reads in it. */
export interface Patient {
  readonly lag: GroupLag
  readonly fleet: Fleet | null
  readonly instances: readonly Instance[]
  readonly stats: readonly InstanceStats[]
  readonly use: OutputUse
  /** Threads of each instance. */
  readonly threads: number
  /** As given; up to one for each partition where nothing is. */
  readonly wantedThreads: number | undefined
  /** Writes that Elasticsearch refused per second; `null` where it is not in the inventory. */
  readonly rejectedPerSecond: number | null
  readonly alert: number
}

export interface Finding {
  readonly cause: string
  readonly evidence: string
  readonly remedy: Remedy
}

export interface Cause {
  /** A sentence in snake_case. */
  readonly name: string
  /** Asked of a group that keeps up as well: what is broken is broken, though others make up for it. */
  readonly always?: true
  /** `null` where it is not the cause. */
  readonly find: (patient: Patient) => Omit<Finding, 'cause'> | null
}

/** Growth below this share of what comes in is no growth. */
const growthShare = 0.05
/** A partition that gets this many times an even share, of so many. */
const skewFactor = 3
const skewPartitions = 4
/** Threads that are in the output for so much of their time have no time for more. */
const busyShare = 0.75

export const causes: readonly Cause[] = [
  {
    name: 'nobody_reads',
    always: true,
    find: ({ lag, fleet, alert }) => {
      if (lag.members.length > 0 || (fleet === null && lag.lag <= alert)) return null
      const evidence = `${lag.group} has no members`
      return fleet === null
        ? { evidence, remedy: advise(`start the consumers of ${lag.group}; ops does not know their hosts`) }
        : { evidence, remedy: { kind: 'start', hosts: fleet.hosts } }
    },
  },
  {
    name: 'an_instance_is_down',
    always: true,
    find: ({ lag, instances, stats, fleet }) => {
      if (fleet === null) return null
      const down = instances.filter(
        ({ name }) =>
          stats.some(one => one.host === name && one.running === false) ||
          !lag.members.some(member => instanceOf(member, instances) === name),
      )
      // Where no member can be told to any instance, a missing one says nothing.
      const told = lag.members.some(member => instanceOf(member, instances) !== null)
      const dead = down.filter(
        ({ name }) => told || stats.some(one => one.host === name && one.running === false),
      )
      if (dead.length === 0) return null
      const names = dead.map(({ name }) => name)
      return {
        evidence: `${names.join(' and ')} has no member in ${lag.group}, the others read for it`,
        remedy: { kind: 'restart', hosts: names },
      }
    },
  },
  {
    name: 'the_group_does_not_settle',
    find: ({ lag }) =>
      lag.unsettled
        ? {
            evidence: `${lag.group} is ${lag.state}, and members came or went while it was looked at`,
            remedy: advise(
              'look for consumers that take longer over a batch than max.poll.interval.ms; nothing is read while a group rebalances',
            ),
          }
        : null,
  },
  {
    name: 'a_partition_has_no_reader',
    find: ({ lag, fleet }) => {
      const unread = lag.partitions.filter(one => one.member === null && one.lag > 0)
      if (unread.length === 0) return null
      return {
        evidence: `${sayPartitions(unread)} assigned to nobody`,
        remedy:
          fleet === null
            ? advise(`restart a consumer of ${lag.group}: it learns of all partitions then`)
            : { kind: 'restart', hosts: fleet.hosts.slice(0, 1) },
      }
    },
  },
  {
    name: 'a_partition_hangs_at_one_record',
    find: ({ lag }) => {
      const poisoned = lag.partitions.filter(one => one.still && movesElsewhere(lag, one))
      const [first] = poisoned
      if (first === undefined) return null
      return {
        evidence: poisoned
          .slice(0, 3)
          .map(
            ({ topic, partition, offset }) =>
              `${topic}-${partition} stands at offset ${offset ?? 'none'}, its reader goes on elsewhere`,
          )
          .join('; '),
        remedy: advise(sayRecord(lag.group, first)),
      }
    },
  },
  {
    name: 'a_member_stands_still',
    find: ({ lag, instances, fleet }) => {
      const still = new Set(lag.members.filter(({ id }) => standsStill(lag, id)).map(({ id }) => id))
      if (still.size === 0) return null
      // All of them together is no member's own trouble.
      if (still.size === lag.members.length && lag.members.length > 1) return null
      const members = lag.members.filter(({ id }) => still.has(id))
      const hosts = [
        ...new Set(members.map(member => instanceOf(member, instances)).filter(name => name !== null)),
      ]
      const evidence = `${members.length} of ${lag.members.length} members commit nothing: ${members
        .slice(0, 3)
        .map(({ clientId }) => clientId)
        .join(', ')}`
      return fleet === null || hosts.length === 0
        ? { evidence, remedy: advise('restart these consumers; ops does not know their hosts') }
        : { evidence, remedy: { kind: 'restart', hosts: hosts.sort() } }
    },
  },
  {
    name: 'the_load_is_skewed',
    find: ({ lag }) => {
      const { partitions, producedPerSecond, group } = lag
      const even = producedPerSecond / Math.max(1, partitions.length)
      if (even === 0 || partitions.length < skewPartitions) return null
      const busy = partitions.filter(one => one.producedPerSecond > skewFactor * even && one.lag > 0)
      if (busy.length === 0) return null
      const share = busy.reduce((sum, one) => sum + one.producedPerSecond, 0) / producedPerSecond
      return {
        evidence: `${sayPartitions(busy)} ${busy.length === 1 ? 'gets' : 'get'} ${Math.round(share * 100)} % of what is written`,
        remedy: advise(
          `look at the keys of the producers: more threads of ${group} or more partitions do not divide one key`,
        ),
      }
    },
  },
  {
    name: 'everybody_stands_still',
    find: ({ lag, use, rejectedPerSecond }) => {
      if (lag.lag === 0 || lag.consumedPerSecond > 0) return null
      const why = sayOutput(use, rejectedPerSecond)
      return {
        evidence: `no member of ${lag.group} commits anything${why === '' ? '' : `; ${why}`}`,
        remedy: advise('look at what they write to: Elasticsearch blocked or away stops every output'),
      }
    },
  },
  {
    name: 'the_lag_shrinks',
    find: ({ lag }) => {
      const slope = slopeOf(lag)
      if (grows(lag) || slope >= 0) return null
      return {
        evidence: `${rate(-slope)} more are read than written`,
        remedy: advise(`wait: at this rate it has caught up in ${sayMinutes(lag.lag / -slope)}`),
      }
    },
  },
  {
    name: 'the_sink_is_slow',
    find: patient => {
      const { use, rejectedPerSecond, lag } = patient
      const pushedBack = use.retriesPerSecond > 0 || (rejectedPerSecond ?? 0) > 0
      if (!pushedBack && (use.busy ?? 0) < busyShare) return null
      if (!grows(lag)) return null
      return {
        evidence: `${sayRates(lag)}; ${sayOutput(use, rejectedPerSecond)}`,
        remedy: pushedBack
          ? advise(
              'make Elasticsearch take more first (CPU, disks, rejected writes): more threads would only be refused more',
            )
          : moreReaders(patient),
      }
    },
  },
  {
    name: 'readers_are_too_few',
    find: patient =>
      grows(patient.lag)
        ? { evidence: `${sayRates(patient.lag)}, all members alike`, remedy: moreReaders(patient) }
        : null,
  },
]

const nothing: Remedy = { kind: 'none', text: 'nothing to do' }

/** One finding for each group; a group that keeps up has none. */
export function diagnose(patient: Patient): Finding | null {
  const { lag, alert } = patient
  const keepsUp = lag.lag <= alert && !grows(lag) && !lag.partitions.some(({ still }) => still)
  for (const { name, always, find } of causes) {
    const found = keepsUp && always !== true ? null : find(patient)
    if (found !== null) return { cause: name, ...found }
  }
  return keepsUp ? null : { cause: 'the_lag_stays', evidence: sayRates(lag), remedy: nothing }
}

const grows = (lag: GroupLag): boolean => slopeOf(lag) > growthShare * lag.producedPerSecond

/** Another partition of the same member moves. */
const movesElsewhere = ({ partitions }: GroupLag, { member, partition, topic }: PartitionLag): boolean =>
  member !== null &&
  partitions.some(
    one =>
      one.member === member &&
      (one.partition !== partition || one.topic !== topic) &&
      one.consumedPerSecond > 0,
  )

function standsStill({ partitions }: GroupLag, member: string): boolean {
  const own = partitions.filter(one => one.member === member)
  const waiting = own.filter(({ lag }) => lag > 0)
  return (
    waiting.length > 0 && waiting.some(({ still }) => still) && own.every(one => one.consumedPerSecond === 0)
  )
}

function moreReaders({ lag, fleet, threads, wantedThreads }: Patient): Remedy {
  const count = lag.partitions.length
  const topic = [...lag.partitions].sort((a, b) => b.lag - a.lag)[0]?.topic ?? ''
  if (fleet === null) return advise(`give ${lag.group} more members, up to ${count}`)
  const most = wantedThreads ?? Math.floor(count / fleet.hosts.length)
  if (most > threads) return { kind: 'threads', hosts: fleet.hosts, threads: most, from: threads }
  const partitions = lag.partitions.filter(one => one.topic === topic).length
  return {
    kind: 'partitions',
    text: `there is a thread for every partition: ops run expand-partitions --topic ${topic} --to ${2 * partitions}`,
  }
}

const advise = (text: string): Remedy => ({ kind: 'none', text })

/** The commands to read it, and to leave it out: that is never done by ops. */
function sayRecord(group: string, { topic, partition, offset }: PartitionLag): string {
  const read = `read that record: kafka-console-consumer.sh --topic ${topic} --partition ${partition} --offset ${offset ?? 'earliest'} --max-messages 1`
  if (offset === null) return read
  return `${read}; to leave it out is a person's decision, taken while the consumers are stopped: kafka-consumer-groups.sh --group ${group} --topic ${topic}:${partition} --reset-offsets --to-offset ${offset + 1} --execute`
}

const sayPartitions = (partitions: readonly PartitionLag[]): string =>
  sayFew(
    partitions.map(({ topic, partition }) => `${topic}-${partition}`),
    4,
  )

const sayRates = ({ producedPerSecond, consumedPerSecond }: GroupLag): string =>
  `${rate(producedPerSecond)} are written, ${rate(consumedPerSecond)} read`

const rate = (perSecond: number): string => `${Math.round(perSecond)} records/s`

function sayOutput({ busy, msPerEvent, retriesPerSecond }: OutputUse, rejected: number | null): string {
  return [
    ...(busy === null ? [] : [`${Math.round(busy * 100)} % of the threads' time goes into the output`]),
    ...(msPerEvent === null ? [] : [`${msPerEvent.toFixed(1)} ms for each event`]),
    ...(retriesPerSecond > 0 ? [`${Math.round(retriesPerSecond)} events/s are tried again`] : []),
    ...((rejected ?? 0) > 0 ? [`Elasticsearch refuses ${Math.round(rejected ?? 0)} writes/s`] : []),
  ].join(', ')
}

const sayMinutes = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`
