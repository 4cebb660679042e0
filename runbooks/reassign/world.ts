// The planner's picture of the cluster, made from facts. Pure.
import {
  type BrokerRole,
  planReassignment,
  type ReassignGoal,
  type ReassignPlan,
  type ReassignWorld,
} from '#sdk'
import { joinBrokers, type NamedBroker } from './brokers.ts'
import type { ReassignFacts } from './facts.ts'
import { namesIn, type ReassignParams, shareOf } from './params.ts'
import { diskStateOf, growthOf, keyOf, sizesOf } from './sizes.ts'

export interface Planned {
  readonly brokers: readonly NamedBroker[]
  readonly world: ReassignWorld
  readonly plan: ReassignPlan
}

/** Not even for a partition without a byte. */
const noRoom = -1

const known = new WeakMap<ReassignFacts, Map<ReassignParams, Planned>>()

/** Several gates ask for the same facts, so the answer is kept with them. */
export function plannedFor(facts: ReassignFacts, params: ReassignParams): Planned {
  const byParams = known.get(facts) ?? new Map<ReassignParams, Planned>()
  known.set(facts, byParams)
  const planned = byParams.get(params) ?? planFor(facts, params)
  byParams.set(params, planned)
  return planned
}

function planFor(facts: ReassignFacts, params: ReassignParams): Planned {
  const brokers = joinBrokers(facts.inventory.brokers, facts.identity.brokers)
  const world = worldOf(facts, brokers, params)
  return { brokers, world, plan: planReassignment(world) }
}

function worldOf(
  { identity, partitions, logDirs: [first, second], gapMs }: ReassignFacts,
  brokers: readonly NamedBroker[],
  params: ReassignParams,
): ReassignWorld {
  const sizes = sizesOf(second)
  const growth = growthOf(sizesOf(first), sizes, gapMs)
  const held = new Set(partitions.flatMap(({ replicas }) => replicas))
  const strangers = [...held].filter(id => !brokers.some(broker => broker.id === id))
  const registered = new Set(identity.brokers.map(({ id }) => id))
  const everybody = [...brokers, ...strangers.map(id => ({ id, name: `broker ${id}`, rack: null }))]
  return {
    brokers: everybody.map(({ id, name, rack }) => ({
      ...{ id, rack, role: roleOf(name, params) },
      ...diskStateOf(
        second.filter(({ broker }) => broker === id),
        shareOf(params.diskLimit),
      ),
      // Nobody can copy to a broker that is away.
      ...(registered.has(id) ? {} : { roomBytes: noRoom }),
    })),
    partitions: partitions.map(one => ({
      ...{ topic: one.topic, partition: one.partition, replicas: one.replicas, leader: one.leader },
      bytes: sizes.get(keyOf(one)) ?? 0,
      bytesInPerSecond: growth.get(keyOf(one)) ?? null,
    })),
    goal: goalOf(params),
    within: shareOf(params.within),
  }
}

function roleOf(name: string, { add, drain }: ReassignParams): BrokerRole {
  if (namesIn(drain).includes(name)) return 'drained'
  return namesIn(add).includes(name) ? 'added' : 'stays'
}

function goalOf({ add, drain, raiseRf, topic }: ReassignParams): ReassignGoal {
  if (raiseRf !== undefined) return { kind: 'raise', factor: raiseRf, topics: new Set(namesIn(topic)) }
  if (drain !== undefined) return { kind: 'drain' }
  return { kind: add === undefined ? 'rebalance' : 'add' }
}
