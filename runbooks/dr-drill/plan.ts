// What would be done, as data. Pure.
import { type Json, type PlanBody, type Repository, sayCount, sayTime } from '#sdk'
import type { SnapshotRef } from '../restore/batch.ts'
import type { IndexSize } from '../restore/source.ts'
import type { InventoryBroker } from '../rolling-restart/kafka/brokers.ts'
import type { BrokersFacts, DrillFacts, NodesFacts } from './facts.ts'
import { meanRtoSeconds, sayTrend } from './history.ts'
import type { DrillParams, ScenarioName } from './params.ts'
import { chooseBroker, chooseNode } from './victim.ts'

export type NodesDetails = {
  readonly kind: 'nodes'
  readonly cluster: string
  readonly uuid: string
  readonly hosts: readonly string[]
  /** The one that is lost; `null` where all are. */
  readonly victim: string | null
  readonly repository: RepositoryDetails | null
  readonly from: SnapshotRef | null
  readonly sizes: readonly IndexSize[]
}

export type BrokersDetails = {
  readonly kind: 'brokers'
  readonly cluster: string
  readonly brokers: readonly InventoryBroker[]
  readonly victim: InventoryBroker | null
}

export type DrillDetails = NodesDetails | BrokersDetails
export type RepositoryDetails = Readonly<Omit<Repository, 'settings'>> & {
  readonly settings: { readonly [name: string]: string }
}

/** Until drills of the kind have shown better. */
const secondsAtFirst: Readonly<Record<ScenarioName, number>> = {
  'hot-node': 150,
  'whole-cluster': 240,
  'kafka-broker': 90,
  ops: 90,
}

export function planDrill(facts: DrillFacts, params: DrillParams): PlanBody<DrillDetails> {
  const { scenario, rtoTarget, rpoTarget } = params
  const details = detailsOf(facts, params)
  return {
    expectedSeconds: Math.round(meanRtoSeconds(facts.drills) ?? secondsAtFirst[scenario]),
    effects: effectsOf(details, params),
    notes: [
      `targets: everything proven to be back within ${rtoTarget}, no more than ${rpoTarget} of writes gone`,
      ...notesOf(facts, scenario),
      ...sayTrend(facts.drills),
    ],
    fingerprint: { scenario, details: fingerprintOf(details) },
    details,
  }
}

function detailsOf({ nodes, brokers }: DrillFacts, params: DrillParams): DrillDetails {
  if (nodes !== null) return nodesDetails(nodes, params)
  if (brokers !== null) return brokersDetails(brokers, params)
  return { kind: 'brokers', cluster: '', brokers: [], victim: null }
}

function nodesDetails(nodes: NodesFacts, params: DrillParams): NodesDetails {
  const { source, hosts } = nodes
  const { snapshot, asked } = source
  const wanted = new Set(source.wanted)
  const repository = source.repositories.find(({ name }) => name === asked.repository) ?? null
  return {
    kind: 'nodes',
    cluster: nodes.name,
    uuid: nodes.uuid,
    hosts: hosts.map(({ name }) => name),
    victim: params.scenario === 'hot-node' ? chooseNode(nodes, params).name : null,
    repository,
    from:
      snapshot === null
        ? null
        : {
            repository: asked.repository,
            name: snapshot.name,
            uuid: snapshot.uuid,
            startedAtMs: snapshot.startedAtMs,
          },
    sizes: source.sizes.filter(({ index }) => wanted.has(index)),
  }
}

function brokersDetails(facts: BrokersFacts, params: DrillParams): BrokersDetails {
  const { name } = chooseBroker(facts, params)
  const victim = facts.brokers.find(one => one.name === name) ?? null
  return { kind: 'brokers', cluster: facts.id, brokers: facts.brokers, victim }
}

function effectsOf(details: DrillDetails, { scenario }: DrillParams): readonly string[] {
  switch (scenario) {
    case 'hot-node':
      return [
        `kill ${details.victim ?? 'a hot node'} and wipe its data directory`,
        'start it empty, wait until every copy is back',
        'leave documents before, while and after, and read every one of them back',
      ]
    case 'whole-cluster':
      return details.kind === 'nodes' ? wholeClusterEffects(details) : []
    case 'kafka-broker':
      return details.kind === 'brokers'
        ? [
            `kill ${details.victim?.name ?? 'a broker'}`,
            'start it, wait until every copy is in sync and led as it should be',
            'compare the ends of all logs with those before',
          ]
        : []
    case 'ops':
      return [
        'run snapshot in a process of its own, and end that with SIGKILL in the middle',
        'resume it, and see that it ends as if nobody had killed it',
      ]
  }
}

function wholeClusterEffects({ hosts, from, sizes, repository }: NodesDetails): readonly string[] {
  return [
    `kill all ${hosts.length} nodes and wipe their data directories`,
    'form a new, empty cluster of them',
    `register ${repository?.name ?? 'the repository'} read-only, restore ${sizes.length} indices of ${from?.name ?? 'the snapshot'}`,
    'compare every index with the manifest, register the repository as it was',
  ]
}

function notesOf({ nodes, brokers }: DrillFacts, scenario: ScenarioName): readonly string[] {
  if (scenario === 'whole-cluster' && nodes !== null) {
    const { snapshot, manifest, nowMs } = nodes.source
    if (snapshot === null) return []
    const docs = manifest.manifest?.indices.reduce((sum, one) => sum + one.docs.least, 0) ?? 0
    const minutes = Math.round((nowMs - snapshot.startedAtMs) / 60_000)
    return [
      `everything written since ${sayTime(snapshot.startedAtMs)} (${minutes} min ago) will be gone for good`,
      `${sayCount(docs)} documents are in the manifest`,
    ]
  }
  if (scenario === 'kafka-broker' && brokers !== null)
    return ['it is killed, not shut down: its leaders move when the controllers notice, its disk stays']
  return []
}

/** What the plan depends on: which cluster, who is lost, what it comes back from. Sizes change all the time. */
function fingerprintOf(details: DrillDetails): Json {
  if (details.kind === 'brokers') return { cluster: details.cluster, victim: details.victim?.name ?? null }
  const { cluster, uuid, hosts, victim, from } = details
  return { cluster, uuid, hosts, victim, from: from?.uuid ?? null }
}
