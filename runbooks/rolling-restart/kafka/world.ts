// The planner's picture of the brokers. Pure.
import { type Cap, estimateMakespan, type Member, planWaves, type WavePlan, type World } from '#sdk'
import type { RestartParams } from '../params.ts'
import { type InventoryBroker, namesById } from './brokers.ts'
import { type MinInsync, type MinUp, minInsyncOf, sharesOf } from './copies.ts'
import type { KafkaFacts } from './facts.ts'

/** Used until a run of this cluster has shown better. */
const secondsPerBrokerAtFirst = 30

export interface Planned {
  readonly waves: WavePlan
  readonly order: readonly string[]
  readonly expectedSeconds: number
}

export function planBrokers(facts: KafkaFacts, params: RestartParams): Planned {
  const { brokers } = facts.inventory
  const controller = facts.quorum.leader
  const world: World = {
    members: membersOf(brokers, racksOf(facts), controller).filter(({ name }) =>
      facts.targets.includes(name),
    ),
    shares: sharesOf(facts.partitions, namesById(brokers), minUpOf(minInsyncOf(facts.topics), params)),
    caps: [quorumCap(facts.quorum.voters.map(({ id }) => id).map(namesById(brokers)))],
    maxDown: params.serial ? 1 : Number.POSITIVE_INFINITY,
  }
  const found = planWaves(world)
  const waves = { ...found, waves: canaryFirst(found.waves, world.members) }
  const order = waves.waves.flat()
  const seconds = facts.secondsPerBroker ?? secondsPerBrokerAtFirst
  return { waves, order, expectedSeconds: Math.round(estimateMakespan(world, order, () => seconds)) }
}

/**
 * The first broker of a run goes alone, and the one that goes last is alone as well: a wave that has only one costs nothing in
 * the first place, where any other would be torn apart.
 */
function canaryFirst(
  waves: readonly (readonly string[])[],
  members: readonly Member[],
): readonly (readonly string[])[] {
  const lastOnes = new Set(members.filter(({ last }) => last).map(({ name }) => name))
  const placeOf = (wave: readonly string[]): number =>
    wave.some(name => lastOnes.has(name)) ? Number.MAX_SAFE_INTEGER : wave.length
  return waves.toSorted((one, other) => placeOf(one) - placeOf(other))
}

/** What the operator has agreed to decides how many copies stay up; one always does, where there are two. */
export function minUpOf(minInsync: MinInsync, { during, acceptStall }: RestartParams): MinUp {
  const relaxed = during !== undefined || acceptStall
  return ({ topic, replicas }) => {
    // A partition with one copy stops no plan: its own gate refuses, or that was waived.
    if (replicas.length === 1) return 0
    const needed = Math.max(1, minInsync(topic))
    // Agreed is that one broker is away at a time, not that copies which writers need otherwise may go.
    return relaxed ? Math.min(needed, replicas.length - 1) : needed
  }
}

/** So few voters may be away that a majority stays. */
export const quorumCap = (voters: readonly string[]): Cap => ({
  name: 'controllers_keep_their_majority',
  members: voters,
  // One at a time even where the majority would bear two: the next may fail by itself.
  max: Math.min(1, Math.floor((voters.length - 1) / 2)),
})

export const racksOf = ({ identity }: Pick<KafkaFacts, 'identity'>): Readonly<Record<number, string>> =>
  Object.fromEntries(identity.brokers.map(({ id, rack }) => [id, rack ?? '']))

/** The active controller goes last: every restart of one is an election. */
export function membersOf(
  brokers: readonly InventoryBroker[],
  racks: Readonly<Record<number, string>>,
  controller: number | null,
): readonly Member[] {
  return brokers.map(({ name, id, machine }) => ({
    name,
    rank: 0,
    tier: 'broker',
    attributes: racks[id] ? { rack: racks[id] } : ({} as Record<string, string>),
    machine,
    last: id === controller,
  }))
}
