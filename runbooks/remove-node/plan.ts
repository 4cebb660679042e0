// What would be done, as data. Pure.
import { type PlanBody, sayBytes } from '#sdk'
import { excludeName } from '../add-node/exclusion.ts'
import { isData, isMasterEligible, tierOf } from '../rolling-restart/tiers.ts'
import type { RemoveFacts } from './facts.ts'
import type { RemoveParams } from './params.ts'
import { sayDiff } from './say-diff.ts'
import { goneTargets, leavingData, leavingNodes, orderOf, stayingNodes } from './who-leaves.ts'

export type PlannedNode = {
  readonly name: string
  /** `null`: it has left the cluster already. */
  readonly id: string | null
  readonly master: boolean
  readonly data: boolean
}

export type RemoveDetails = {
  readonly clusterUuid: string
  /** In the order in which they go. */
  readonly nodes: readonly PlannedNode[]
  /** By the shutdown API, else by an exclusion. */
  readonly shutdownApi: boolean
  /** Hosts that get the names of the members that stay. */
  readonly named: readonly string[]
  readonly status: 'green' | 'yellow' | 'red'
  readonly bytes: number
}

/** A cautious guess until a drain has shown better: what a node is allowed to receive by default. */
const bytesPerSecond = 40e6
const secondsPerNode = 60

export function planRemoval(facts: RemoveFacts, params: RemoveParams): PlanBody<RemoveDetails> {
  const { targets, feasibility, capabilities, named, identity, health, written } = facts
  const order = orderOf(facts)
  const data = leavingData(facts).map(({ name }) => name)
  const there = leavingNodes(facts)
  return {
    expectedSeconds: Math.round(feasibility.bytes / bytesPerSecond) + targets.length * secondsPerNode,
    effects: [
      ...(data.length === 0 ? [] : [drainEffect(data, feasibility.bytes, capabilities.nodeShutdown)]),
      ...order.flatMap(name => effectsOf(facts, name)),
      ...(written === null ? [] : sayDiff(written, '-', targets)),
      ...(named.length === 0 ? [] : [`write the names of the members anew on ${named.join(', ')}`]),
      ...(params.wipe
        ? [`remove what lies in the data path of ${targets.join(', ')}, when another person has approved it`]
        : []),
    ],
    notes: notesOf(facts),
    fingerprint: fingerprintOf(facts),
    details: {
      clusterUuid: identity.clusterUuid,
      nodes: order.map(name => {
        const node = there.find(one => one.name === name)
        return {
          name,
          id: node?.id ?? null,
          master: node !== undefined && isMasterEligible(node),
          data: node !== undefined && isData(node),
        }
      }),
      shutdownApi: capabilities.nodeShutdown,
      named,
      status: health.status,
      bytes: feasibility.bytes,
    },
  }
}

function drainEffect(data: readonly string[], bytes: number, api: boolean): string {
  const how = api
    ? 'announced to the shutdown API'
    : `named in ${excludeName} until ${data.length === 1 ? 'it has' : 'they have'} left`
  return `move ${sayBytes(bytes)} away from ${data.join(', ')}, ${how}`
}

function effectsOf(facts: RemoveFacts, name: string): readonly string[] {
  if (goneTargets(facts).includes(name)) return [`make sure that elasticsearch does not run on ${name}`]
  const node = facts.nodes.find(one => one.name === name)
  return [
    ...(node !== undefined && isMasterEligible(node) ? [`take the vote from ${name}`] : []),
    `stop elasticsearch on ${name} for good`,
  ]
}

function notesOf(facts: RemoveFacts): readonly string[] {
  const masters = stayingNodes(facts).filter(isMasterEligible).length
  const even = leavingNodes(facts).some(isMasterEligible) && masters > 0 && masters % 2 === 0
  const { placed } = facts.feasibility
  const perNode = Map.groupBy(placed, ({ to }) => to)
  return [
    ...[...perNode]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([node, own]) =>
          `${node} has a place for ${own.length} copies, ${sayBytes(own.reduce((sum, { copy }) => sum + copy.bytes, 0))}`,
      ),
    ...(even
      ? [`${masters} master-eligible nodes stay: an even number is no safer than ${masters - 1}`]
      : []),
    ...goneTargets(facts).map(name => `${name} has left the cluster already; nothing is drained`),
  ]
}

/** What the plan depends on: who is there, and how much each node that leaves holds (by number, for sizes grow all the time). */
function fingerprintOf(facts: RemoveFacts) {
  const { identity, nodes, master, targets, map } = facts
  const ids = new Set(leavingNodes(facts).map(({ id }) => id))
  return {
    cluster: identity.clusterUuid,
    elected: master.elected,
    targets,
    nodes: nodes.map(node => [node.name, node.id, tierOf(node)].join(' ')).sort(),
    copies: map.indices
      .flatMap(({ uuid, shards }) =>
        shards.flatMap(({ number, copies }) =>
          copies.filter(({ node }) => node !== null && ids.has(node)).map(() => `${uuid} ${number}`),
        ),
      )
      .sort(),
  }
}
