// What would be done, as data: who stops when, and who starts when. Pure.
import type { NodeInfo, PlanBody } from '#sdk'
import { nameOf, underReplicated } from '../rolling-restart/kafka/copies.ts'
import type { FullFacts } from './facts.ts'
import type { FullParams } from './params.ts'
import { type Fleet, sayHosts } from './services.ts'

export type PlannedNode = {
  readonly name: string
  readonly kind: 'data' | 'coordinating' | 'master'
}

export type ElasticsearchDetails = {
  readonly cluster: string
  readonly uuid: string
  readonly nodes: readonly PlannedNode[]
  /** When the plan was made; who it is shows right before the stop. */
  readonly elected: string
  /** Copies that were missing before. */
  readonly unassigned: number
}

export type KafkaDetails = {
  readonly cluster: string
  /** Ids of those that are there. */
  readonly brokers: readonly number[]
  /** Partitions that had not every copy in sync before, or no leader. */
  readonly behind: readonly string[]
}

export type FullDetails = {
  /** Only hosts on which the service runs: what was down before stays down. */
  readonly fleets: readonly Fleet[]
  readonly elasticsearch: ElasticsearchDetails | null
  readonly kafka: KafkaDetails | null
}

/** A play takes seconds, a node or a broker about half a minute to be there again. */
const secondsEachFleet = 15
const secondsUntilThere = 90

export function planFullRestart(facts: FullFacts, params: FullParams): PlanBody<FullDetails> {
  const details: FullDetails = {
    fleets: facts.fleets.map(fleet => ({ ...fleet, hosts: runningOf(facts, fleet) })),
    elasticsearch: planElasticsearch(facts),
    kafka: planKafka(facts),
  }
  const waves = stopOrder(details, details.elasticsearch?.elected ?? '').map(({ hosts }) => hosts)
  return {
    waves,
    lowerBound: waves.length,
    expectedSeconds: details.fleets.length * (2 * secondsEachFleet + secondsUntilThere),
    effects: effectsOf(details, params),
    notes: notesOf(facts, params),
    fingerprint: {
      fleets: details.fleets,
      elasticsearch: details.elasticsearch?.uuid ?? null,
      nodes: details.elasticsearch?.nodes ?? [],
      kafka: details.kafka?.cluster ?? null,
    },
    details,
  }
}

const runningOf = ({ states }: FullFacts, { name, hosts }: Fleet): readonly string[] =>
  hosts.filter(host =>
    states.some(one => one.host === host && one.service === name && one.state === 'running'),
  )

function planElasticsearch({ elasticsearch }: FullFacts): ElasticsearchDetails | null {
  if (elasticsearch === null) return null
  const { identity, nodes, master, health } = elasticsearch
  return {
    cluster: identity.clusterName,
    uuid: identity.clusterUuid,
    nodes: nodes.map(node => ({ name: node.name, kind: kindOf(node) })),
    elected: master.elected ?? '',
    unassigned: health.unassignedShards,
  }
}

/** A master that holds data as well is stopped with the masters: the others need its vote longer than its data. */
function kindOf({ roles }: Pick<NodeInfo, 'roles'>): PlannedNode['kind'] {
  if (roles.includes('master')) return 'master'
  return roles.some(role => role.startsWith('data')) ? 'data' : 'coordinating'
}

function planKafka({ kafka }: FullFacts): KafkaDetails | null {
  if (kafka === null) return null
  const { identity, partitions } = kafka.steady
  return {
    cluster: identity.clusterId,
    brokers: identity.brokers.map(({ id }) => id),
    behind: [...underReplicated(partitions), ...partitions.filter(({ leader }) => leader === null)].map(
      nameOf,
    ),
  }
}

/** A fleet, or a part of it, that is told at once. */
export type Part = Fleet & { readonly key: string }

/** Who writes first, then who holds data, then who elects, the elected one last; then what buffers. */
export function stopOrder({ fleets, elasticsearch }: FullDetails, elected: string): readonly Part[] {
  return fleets
    .flatMap((fleet): readonly Part[] => {
      if (fleet.name !== 'elasticsearch' || elasticsearch === null) return [{ ...fleet, key: fleet.name }]
      const part = (key: string, chosen: (node: PlannedNode) => boolean): Part => ({
        ...fleet,
        key: `elasticsearch.${key}`,
        hosts: nodesIn(fleet, elasticsearch, chosen),
      })
      return [
        part('data', ({ kind }) => kind === 'data'),
        part('coordinating', ({ kind }) => kind === 'coordinating'),
        part('masters', ({ kind, name }) => kind === 'master' && name !== elected),
        part('elected', ({ kind, name }) => kind === 'master' && name === elected),
      ]
    })
    .filter(({ hosts }) => hosts.length > 0)
}

/** Hosts of the fleet that the cluster does not know are told with the data nodes. */
function nodesIn(
  { hosts }: Fleet,
  { nodes }: ElasticsearchDetails,
  chosen: (node: PlannedNode) => boolean,
): readonly string[] {
  return hosts.filter(name => chosen(nodes.find(one => one.name === name) ?? { name, kind: 'data' }))
}

/** Masters first, then everybody else. */
export function startOrder({ fleets, elasticsearch }: FullDetails): {
  readonly masters: Part | null
  readonly others: Part | null
} {
  const fleet = fleets.find(({ name }) => name === 'elasticsearch')
  if (fleet === undefined || elasticsearch === null) return { masters: null, others: null }
  const part = (key: string, masters: boolean): Part | null => {
    const hosts = nodesIn(fleet, elasticsearch, ({ kind }) => (kind === 'master') === masters)
    return hosts.length === 0 ? null : { ...fleet, key: `elasticsearch.${key}`, hosts }
  }
  return { masters: part('masters', true), others: part('others', false) }
}

function effectsOf(details: FullDetails, { work }: FullParams): readonly string[] {
  const { elasticsearch, fleets } = details
  return [
    ...stopOrder(details, elasticsearch?.elected ?? '').map(
      ({ unit, hosts }) => `stop ${unit} on ${sayHosts(hosts)}`,
    ),
    ...(elasticsearch === null
      ? []
      : [
          `before that, on ${elasticsearch.cluster}: allow primaries only (given back when every primary is there again), flush, count`,
        ]),
    work === 'wait' ? 'wait for the work of people: exit 3, then ops resume' : 'start again at once',
    ...[...fleets].reverse().map(({ unit, hosts }) => `start ${unit} on ${sayHosts(hosts)}`),
    'wait until every copy is there, compare with the counts from before',
  ]
}

function notesOf({ elasticsearch, kafka, states, kept }: FullFacts, { work }: FullParams): readonly string[] {
  const down = states
    .filter(({ state }) => state === 'stopped')
    .map(({ host, service }) => `${service} on ${host}`)
  return [
    ...(elasticsearch === null ? [] : [sayIndices(elasticsearch)]),
    ...(kept.length === 0 ? [] : [`stays up: ${kept.join(', ')}`]),
    ...(down.length === 0 ? [] : [`is down now and stays down: ${down.join(', ')}`]),
    ...(kafka === null
      ? []
      : [
          'nothing buffers in Kafka while its brokers are down: whoever sends keeps it, or --keep kafka,vault',
        ]),
    ...(work === 'wait'
      ? ['from the first stop of a node on, Ctrl-C leaves everything down, and says so']
      : []),
  ]
}

function sayIndices({ closed, single }: { readonly closed: number; readonly single: number }): string {
  return `${single} indices have one copy only, ${closed} are closed: no trouble here, for every node comes back with its own disk`
}
