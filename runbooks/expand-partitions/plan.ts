// What would be done, as data. Pure.
import type { PlanBody } from '#sdk'
import { sayBroker } from './brokers.ts'
import type { ExpandFacts } from './facts.ts'
import { chooseGuard, type Guard } from './groups.ts'
import type { ExpandParams } from './params.ts'
import { partitionsOf, placeNew } from './placement.ts'
import { growthOf } from './spread.ts'
import { planThreads } from './threads.ts'

export type PlannedFleet = {
  readonly service: string
  readonly hosts: readonly string[]
  /** Threads of each instance, and afterwards. */
  readonly threadsNow: number
  readonly threads: number
}

export type PlannedGroup = {
  readonly group: string
  readonly guard: Guard
  /** Null where nobody of the inventory reads in it. */
  readonly fleet: PlannedFleet | null
}

export type ExpandDetails = {
  readonly clusterId: string
  readonly topic: string
  readonly from: number
  readonly to: number
  /** Broker ids of each new partition, in order. */
  readonly assignments: readonly (readonly number[])[]
  readonly groups: readonly PlannedGroup[]
  /** Records that came in per second when the plan was made. */
  readonly perSecond: number
  /** Some records have keys: nobody can ask for an even spread. */
  readonly keyed: boolean
}

/** Then every instance has to be started anew. */
export const changesThreads = ({ threadsNow, threads }: PlannedFleet): boolean => threads !== threadsNow

/** Measured on the lab: looking, creating, electing; stopping and starting one fleet; one instance on its own. */
const seconds = { change: 10, pause: 20, instance: 20, settle: 60 }

export function planExpansion(facts: ExpandFacts, params: ExpandParams): PlanBody<ExpandDetails> {
  const { topic, to } = params
  const from = partitionsOf(facts, topic).length
  const assignments = placeNew(facts, params)
  const groups = facts.groups.map((reading): PlannedGroup => {
    const threads = planThreads(reading, from, to, params.threads)
    const guard = chooseGuard(reading, params.earliest)
    if (reading.fleet === null || threads === null) return { group: reading.group, guard, fleet: null }
    const { service, hosts } = reading.fleet
    return {
      group: reading.group,
      guard,
      fleet: { service, hosts, threadsNow: threads.now, threads: threads.after },
    }
  })
  const perSecond = rateOf(facts)
  const keyed = facts.sample.some(({ key }) => key !== null)
  return {
    expectedSeconds: expectedSeconds(groups),
    effects: [
      ...groups.flatMap(sayThreads),
      ...groups.flatMap(sayStop),
      ...sayPlacement(facts, assignments, topic, from, to),
      ...groups.flatMap(({ group, guard }) =>
        guard === 'stop' || guard === 'commit'
          ? [`commit offset 0 for ${group} in ${topic} ${from} to ${to - 1}`]
          : [],
      ),
      ...groups.flatMap(sayStart),
    ],
    notes: [
      'partitions cannot be taken away again; the other way is a new topic, both read for the length of the retention, then producers moved over',
      ...groups.flatMap(({ group, guard }) => notes[guard](group)),
      ...groups.flatMap(({ group, fleet }) =>
        fleet === null || !changesThreads(fleet)
          ? []
          : [
              `put logstash_consumer_threads: ${fleet.threads} into the inventory of ${group}, or the next deploy sets it back`,
            ],
      ),
      perSecond === 0
        ? `nothing was written to ${topic} while it was looked at`
        : `${Math.round(perSecond)} records per second`,
    ],
    fingerprint: {
      cluster: facts.identity.clusterId,
      topic,
      partitions: partitionsOf(facts, topic).map(
        ({ partition, replicas }) => `${partition}: ${replicas.join(' ')}`,
      ),
      groups: groups.map(({ group, guard, fleet }) => `${group} ${guard} ${fleet?.threads ?? '-'}`),
    },
    details: { clusterId: facts.identity.clusterId, topic, from, to, assignments, groups, perSecond, keyed },
  }
}

function rateOf({ ranges: [first, second], gapMs }: ExpandFacts): number {
  const grown = [...growthOf(first, second).values()].reduce((sum, one) => sum + one, 0)
  return gapMs > 0 ? (grown * 1000) / gapMs : 0
}

const expectedSeconds = (groups: readonly PlannedGroup[]): number =>
  seconds.change +
  seconds.settle +
  groups.reduce((sum, { guard, fleet }) => {
    if (fleet === null) return sum
    if (guard === 'stop') return sum + seconds.pause
    return sum + (changesThreads(fleet) ? fleet.hosts.length * seconds.instance : 0)
  }, 0)

const sayThreads = ({ fleet }: PlannedGroup): string[] =>
  fleet === null || !changesThreads(fleet)
    ? []
    : fleet.hosts.map(host => `set ${fleet.threads} consumer threads on ${host}`)

const sayStop = ({ guard, fleet }: PlannedGroup): string[] =>
  fleet === null || guard !== 'stop'
    ? []
    : [`stop ${fleet.service} on ${fleet.hosts.join(' and ')} while the partitions are made`]

function sayStart({ guard, fleet }: PlannedGroup): string[] {
  if (fleet === null) return []
  if (guard === 'stop') return [`start ${fleet.service} on ${fleet.hosts.join(' and ')}`]
  return changesThreads(fleet) ? fleet.hosts.map(host => `stop and start ${fleet.service} on ${host}`) : []
}

/** One sentence for each set of brokers. */
function sayPlacement(
  { inventory: { brokers } }: ExpandFacts,
  assignments: readonly (readonly number[])[],
  topic: string,
  from: number,
  to: number,
): string[] {
  // A gate refuses it: nothing would be touched.
  if (assignments.length === 0) return []
  const byBrokers = Map.groupBy(
    assignments.map((ids, at) => ({ ids, partition: from + at })),
    ({ ids }) => ids.join(),
  )
  return [
    `make ${topic} ${to - from} partitions larger, from ${from} to ${to}`,
    ...[...byBrokers.values()].map(ones => {
      const [leader, ...others] = ones[0]?.ids ?? []
      const followers = others.map(id => sayBroker(id, brokers)).join(' and ') || 'nobody'
      const numbers = ones.map(({ partition }) => partition).join(', ')
      return `place ${topic} ${numbers} on ${leader === undefined ? '?' : sayBroker(leader, brokers)}, followed by ${followers}`
    }),
  ]
}

const notes: Readonly<Record<Guard, (group: string) => string[]>> = {
  stop: group => [
    `${group} begins at the end of what it does not know: it stands still until offset 0 is committed in every new partition; what is written meanwhile waits in Kafka`,
  ],
  commit: () => [],
  earliest: group => [`${group} begins at the start of what it does not know, so it goes on reading`],
  none: group => [
    `${group} cannot be stopped by ops: records that it skips are named at the end, with the command that goes back to them`,
  ],
}
