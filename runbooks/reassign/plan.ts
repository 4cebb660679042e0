// What would be done, as data. Pure.
import { estimateSeconds, type Move, type PlanBody, sayBytes } from '#sdk'
import { type NamedBroker, nameOf } from './brokers.ts'
import type { ReassignFacts } from './facts.ts'
import { namesIn, type ReassignParams, sizeBytes } from './params.ts'
import { keyOf } from './sizes.ts'
import { minInsyncOf } from './watch.ts'
import { sayChange, sayRate } from './words.ts'
import { type Planned, plannedFor } from './world.ts'

/** A move, and what producers write to that partition. */
export type PlannedMove = Move & { readonly bytesInPerSecond: number }

export type ReassignDetails = {
  readonly clusterId: string
  readonly brokers: readonly NamedBroker[]
  /** Ids of those that are registered. */
  readonly registered: readonly number[]
  readonly drained: readonly number[]
  readonly moves: readonly PlannedMove[]
  /** `min.insync.replicas` by topic. */
  readonly minInsync: Readonly<Record<string, number>>
  /** Partitions that had too few in-sync copies when the run began, by `topic-partition`. */
  readonly shortBefore: readonly string[]
}

/** Beyond that many, partitions are told topic by topic. */
const mostLines = 60

export function planMoves(facts: ReassignFacts, params: ReassignParams): PlanBody<ReassignDetails> {
  const planned = plannedFor(facts, params)
  const moves = movesOf(planned)
  const pace = estimateSeconds(moves, params.batch, sizeBytes(params.throttle), move => move.bytesInPerSecond)
  return {
    expectedSeconds: pace.seconds,
    effects: sayEffects(planned, moves),
    notes: sayNotes(planned, params, pace.chunks),
    fingerprint: fingerprintOf(facts, planned),
    details: {
      clusterId: facts.identity.clusterId,
      brokers: planned.brokers,
      registered: facts.identity.brokers.map(({ id }) => id),
      drained: planned.world.brokers.filter(({ role }) => role === 'drained').map(({ id }) => id),
      moves,
      minInsync: minInsyncOf(facts.topicConfigs),
      shortBefore: facts.partitions
        .filter(({ topic, isr }) => isr.length < (minInsyncOf(facts.topicConfigs)[topic] ?? 1))
        .map(keyOf),
    },
  }
}

function movesOf({ plan, world }: Planned): readonly PlannedMove[] {
  const ingest = new Map(world.partitions.map(one => [keyOf(one), one.bytesInPerSecond ?? 0]))
  return plan.moves.map(move => ({ ...move, bytesInPerSecond: ingest.get(keyOf(move)) ?? 0 }))
}

function sayEffects({ brokers }: Planned, moves: readonly PlannedMove[]): readonly string[] {
  if (moves.length === 0) return []
  const name = (id: number): string => nameOf(brokers, id)
  const copying = moves.filter(({ adding }) => adding.length > 0)
  const lines =
    copying.length <= mostLines
      ? copying.map(move => {
          const gone = move.from.filter(id => !move.to.includes(id))
          const instead = gone.length === 0 ? '' : ` instead of ${gone.map(name).join(', ')}`
          const from = `from ${name(move.source)} to ${move.adding.map(name).join(', ')}`
          return `copy ${keyOf(move)} (${sayBytes(move.bytes)}) ${from}${instead}`
        })
      : [...Map.groupBy(copying, ({ topic }) => topic)].map(([topic, own]) => {
          const bytes = own.reduce((sum, { adding, bytes: each }) => sum + adding.length * each, 0)
          return `copy ${own.length} partitions of ${topic}: ${sayBytes(bytes)}`
        })
  const orders = moves.length - copying.length
  return [
    ...lines,
    ...(orders === 0 ? [] : [`change the preferred leader of ${orders} partitions without copying`]),
    ...(copying.length === 0
      ? []
      : [
          'throttle replication of what is being copied, by broker and by replica, given back chunk by chunk',
        ]),
    `elect preferred leaders in ${sayTopics(moves)}`,
  ]
}

const mostTopics = 5

function sayTopics(moves: readonly PlannedMove[]): string {
  const topics = [...new Set(moves.map(({ topic }) => topic))]
  return topics.length > mostTopics ? `${topics.length} topics` : topics.join(', ')
}

function sayNotes({ brokers, plan, world }: Planned, params: ReassignParams, chunks: number): string[] {
  if (plan.moves.length === 0) return ['everything is where it should be: nothing would move']
  const { bytesMoved, lowerBound, crowded } = plan
  const cannot = `no plan that ends as well can do with less than ${sayBytes(lowerBound.bytes)} (${lowerBound.because})`
  return [
    ...plan.brokers.map(change => sayChange(brokers, change)),
    `${sayBytes(bytesMoved)} are copied; ${cannot}`,
    'at most: if no old copy is deleted before every new one has come',
    `${chunks} chunks of ${params.batch} moves a broker at ${sayRate(sizeBytes(params.throttle))}, more or fewer as the cluster bears it`,
    ...(crowded.after === 0 ? [] : [`${crowded.after} partitions crowd a rack, ${crowded.before} before`]),
    ...(world.brokers.some(({ rack }) => rack === null)
      ? ['brokers without a rack: spread over racks is not looked at']
      : []),
    ...namesIn(params.drain).map(name => `${name} may be stopped for good when it holds nothing`),
  ]
}

/** What the plan depends on: who is there, who holds what, what is asked for. Sizes change all the time. */
function fingerprintOf(facts: ReassignFacts, { brokers, world }: Planned) {
  return {
    cluster: facts.identity.clusterId,
    brokers: brokers.map(({ id, name, rack }) => `${id} ${name} ${rack}`),
    roles: world.brokers.map(({ id, role }) => `${id} ${role}`),
    partitions: facts.partitions.map(one => `${keyOf(one)} ${one.replicas.join()}`).sort(),
  }
}
