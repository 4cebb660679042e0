// The planner's picture of the cluster, made from facts. Pure.
import {
  type Cap,
  estimateMakespan,
  type Member,
  type NodeInfo,
  planWaves,
  type WavePlan,
  type World,
} from '#sdk'
import type { RestartBaseline } from './after.ts'
import { isWithoutReplica, matchesAny, sharesOf } from './copies.ts'
import type { InventoryNode, RestartFacts } from './facts.ts'
import { chooseHold } from './hold.ts'
import type { RestartParams } from './params.ts'
import type { RestartDetails } from './plan.ts'
import { capsOf, rankOf, tierOf } from './tiers.ts'
import type { Seen } from './watch.ts'

/** Used until a run of this cluster has shown better. */
const secondsPerNodeAtFirst = 60

export interface Planned {
  readonly world: World
  readonly waves: WavePlan
  readonly order: readonly string[]
  readonly expectedSeconds: number
}

const known = new WeakMap<RestartFacts, Map<RestartParams, Planned>>()

/** Waves, order and expected time. Several gates ask for the same facts, so the answer is kept with them. */
export function plannedFor(facts: RestartFacts, params: RestartParams): Planned {
  const byParams = known.get(facts) ?? new Map<RestartParams, Planned>()
  known.set(facts, byParams)
  const planned = byParams.get(params) ?? planFor(facts, params)
  byParams.set(params, planned)
  return planned
}

function planFor(facts: RestartFacts, params: RestartParams): Planned {
  const world = worldOf(facts, params)
  const waves = planWaves(world)
  const order = waves.waves.flat()
  const seconds = facts.secondsPerNode ?? secondsPerNodeAtFirst
  return { world, waves, order, expectedSeconds: Math.round(estimateMakespan(world, order, () => seconds)) }
}

function worldOf(facts: RestartFacts, params: RestartParams): World {
  // An index without replicas stops no plan: its own gate refuses, or it is waived, or it gets a replica first.
  const policy = { unprotected: isWithoutReplica, critical: matchesAny(params.critical) }
  return {
    members: membersOf(facts),
    shares: sharesOf(facts.map, facts.nodes, policy),
    caps: capsOf(facts.nodes, params),
    // With only primaries allocated no copy recovers, so the next node waits until the last one has its copies again.
    maxDown: params.serial || chooseHold(facts, params).kind === 'primaries' ? 1 : Number.POSITIVE_INFINITY,
  }
}

function membersOf({ nodes, targets, master, inventory }: RestartFacts): readonly Member[] {
  const machines = machinesOf(inventory.nodes)
  return nodes
    .filter(({ name }) => targets.includes(name))
    .map(node => memberOf(node, machines[node.name] ?? node.name, node.name === master.elected))
}

export const machinesOf = (nodes: readonly InventoryNode[]): Readonly<Record<string, string>> =>
  Object.fromEntries(nodes.map(({ name, machine }) => [name, machine]))

/** The members while the run is applied: as they were when it began, whoever is away at the moment. */
export function membersNow(
  { nodes, elected }: RestartBaseline,
  { order, machines }: RestartDetails,
): readonly Member[] {
  return nodes
    .filter(({ name }) => order.includes(name))
    .map(node => memberOf(node, machines[node.name] ?? node.name, node.name === elected))
}

/** The caps over all nodes that were there when the run began; nobody at all while the cluster is red. */
export function capsNow(
  { nodes }: RestartBaseline,
  { traffic }: Seen,
  params: RestartParams,
): readonly Cap[] {
  const caps = capsOf(nodes, params)
  if (traffic.status !== 'red') return caps
  return [{ name: 'cluster_is_not_red', members: nodes.map(({ name }) => name), max: 0 }, ...caps]
}

function memberOf(node: NodeInfo, machine: string, elected: boolean): Member {
  const { name, attributes } = node
  return {
    name,
    rank: rankOf(node),
    tier: tierOf(node),
    attributes: zonesOf(attributes),
    machine,
    last: elected,
  }
}

/** Attributes that say where a node is; the others (such as `xpack.installed`) are the same or unique everywhere. */
function zonesOf(attributes: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => !key.includes('.')))
}
