// What would be done, as data. Pure.
import type { PlanBody } from '#sdk'
import { indicesOn, isWithoutReplica, liveCopies } from './copies.ts'
import type { RestartFacts } from './facts.ts'
import { targetIds } from './gates/shards.ts'
import { chooseHold, type HoldKind } from './hold.ts'
import type { RestartParams } from './params.ts'
import { sayBound } from './say-bound.ts'
import { tierOf } from './tiers.ts'
import { machinesOf, plannedFor } from './world.ts'

export type RestartDetails = {
  readonly clusterUuid: string
  readonly order: readonly string[]
  /** Machine by node name. */
  readonly machines: Readonly<Record<string, string>>
  readonly hold: HoldKind | 'none'
  readonly delaySeconds: number
  /** Indices that get one replica for the length of the run. */
  readonly protect: readonly string[]
  /** Indices (by uuid) that go without their only copy while its node is away, because somebody waived it. */
  readonly unprotected: readonly string[]
  /** The inventory has a Kafka that answers. */
  readonly watchesLag: boolean
}

export function planRestart(facts: RestartFacts, params: RestartParams): PlanBody<RestartDetails> {
  const { waves, order, expectedSeconds } = plannedFor(facts, params)
  const hold = chooseHold(facts, params)
  const ids = targetIds(facts)
  const touched = new Set(indicesOn(facts.map, ids))
  const without = facts.map.indices.filter(index => isWithoutReplica(index) && touched.has(index.name))
  const protect = params.protectZeroReplicas ? without.map(({ name }) => name) : []
  return {
    waves: waves.waves,
    lowerBound: waves.lowerBound,
    expectedSeconds,
    effects: [
      ...order.map(name => `stop and start elasticsearch on ${name}`),
      ...holdEffects(hold.kind, hold.delaySeconds, facts.map.indices.length - facts.unchangeable.length),
      ...(protect.length === 0 ? [] : [`give ${protect.join(', ')} one replica for the run`]),
      'write, read and delete documents in the index ops-canary, removed at the end',
    ],
    notes: [
      ...sayBound(waves),
      'waves are an upper bound: each node starts as soon as its own gates are clear',
      hold.why,
    ],
    fingerprint: fingerprintOf(facts),
    details: {
      clusterUuid: facts.identity.clusterUuid,
      order,
      machines: machinesOf(facts.inventory.nodes),
      hold: hold.kind,
      delaySeconds: hold.delaySeconds,
      protect,
      watchesLag: facts.lags !== null && !('problem' in facts.lags),
      unprotected: params.protectZeroReplicas ? [] : without.map(({ uuid }) => uuid),
    },
  }
}

function holdEffects(kind: HoldKind | 'none', seconds: number, indices: number): readonly string[] {
  switch (kind) {
    case 'shutdown-api':
      return ['announce each node to the shutdown API while it is away']
    case 'index-delay':
      return [
        `set index.unassigned.node_left.delayed_timeout to ${seconds}s on ${indices} indices, given back at the end`,
      ]
    case 'primaries':
      return ['set cluster.routing.allocation.enable to primaries, given back at the end']
    case 'none':
      return []
  }
}

/** What the plan depends on: nodes, roles, versions, and who holds what on the nodes to restart. */
function fingerprintOf(facts: RestartFacts) {
  const ids = targetIds(facts)
  return {
    cluster: facts.identity.clusterUuid,
    elected: facts.master.elected,
    nodes: facts.nodes
      .map(node => [node.name, node.id, node.version, tierOf(node), [...node.roles].sort().join()].join(' '))
      .sort(),
    copies: facts.map.indices
      .flatMap(({ name, uuid, shards }) =>
        shards.map(shard => {
          const nodes = liveCopies(shard).map(({ node }) => node ?? '')
          return { shard: `${name} ${uuid} ${shard.number}`, nodes: nodes.sort() }
        }),
      )
      .filter(({ nodes }) => nodes.some(node => ids.has(node)))
      .map(({ shard, nodes }) => `${shard}: ${nodes.join(' ')}`)
      .sort(),
  }
}
