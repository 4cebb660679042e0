// Everything that gates and plan look at, read once. Reads only.
import {
  type IndexFacts,
  type InventoryHost,
  type Json,
  type Leftover,
  type Look,
  OpsError,
  type ShardMap,
} from '#sdk'
import { isSystem } from '../restore/patterns.ts'
import { lookAtSource, type Source } from '../restore/source.ts'
import { brokersOf, type InventoryBroker } from '../rolling-restart/kafka/brokers.ts'
import { type DrillRecord, readDrills } from './history.ts'
import { type KafkaSteady, readKafkaSteady } from './kafka-steady.ts'
import { type Marks, readMarks } from './marks.ts'
import type { DrillParams } from './params.ts'
import { readSteady, type Steady } from './steady.ts'

export interface NodesFacts {
  readonly name: string
  readonly uuid: string
  readonly steady: Steady
  /** Hosts of the group, with what the inventory says of them. */
  readonly hosts: readonly InventoryHost[]
  readonly elected: string | null
  readonly nodeIds: Readonly<Record<string, string>>
  readonly map: ShardMap
  /** Indices that hold what people wrote: none of the system, none of ops. */
  readonly indices: readonly IndexFacts[]
  readonly source: Source
}

export interface BrokersFacts {
  readonly id: string
  readonly steady: KafkaSteady
  readonly brokers: readonly InventoryBroker[]
}

export interface DrillFacts {
  readonly marks: Marks
  readonly nodes: NodesFacts | null
  readonly brokers: BrokersFacts | null
  /** The last ones of this scenario, newest first. */
  readonly drills: readonly DrillRecord[]
  readonly leftovers: readonly Leftover[]
}

export async function lookAtDrill(look: Look, params: DrillParams): Promise<DrillFacts> {
  const { hosts } = await look.ansible.inventory()
  const group = params.scenario === 'kafka-broker' ? 'kafka' : 'elasticsearch'
  return {
    marks: readMarks(hosts, group),
    nodes: group === 'elasticsearch' ? await lookAtNodes(look, hosts, params) : null,
    brokers: group === 'kafka' ? await lookAtBrokers(look, hosts) : null,
    drills: await readDrills(look, params.scenario),
    leftovers: await look.leftovers(),
  }
}

async function lookAtNodes(
  look: Look,
  all: readonly InventoryHost[],
  { repository }: DrillParams,
): Promise<NodesFacts> {
  const { elasticsearch: es } = look
  const hosts = membersOf(all, 'elasticsearch')
  const { clusterName, clusterUuid } = await es.identity()
  const [steady, master, members, map] = await Promise.all([
    readSteady(look),
    es.master(),
    es.members(),
    es.shardMap(),
  ])
  return {
    name: clusterName,
    uuid: clusterUuid,
    ...{ steady, hosts, map },
    elected: master.elected,
    nodeIds: Object.fromEntries(members.map(({ name, id }) => [name, id])),
    indices: (await look.indices.find(['*'])).filter(({ name }) => holdsWrites(name)),
    source: await lookAtSource(look, { repository, snapshot: 'latest' }, ['*']),
  }
}

const ours = /^(ops-|restored-|drill-)/

export const holdsWrites = (index: string): boolean => !isSystem(index) && !ours.test(index)

async function lookAtBrokers(look: Look, all: readonly InventoryHost[]): Promise<BrokersFacts> {
  const steady = await readKafkaSteady(look)
  return { id: steady.identity.clusterId, steady, brokers: brokersOf(membersOf(all, 'kafka')) }
}

function membersOf(hosts: readonly InventoryHost[], group: string): readonly InventoryHost[] {
  const own = hosts.filter(({ groups }) => groups.includes(group))
  if (own.length > 0) return own
  throw new OpsError('INVENTORY_INVALID', {
    message: `the inventory has no host in the group ${group}`,
    hint: 'choose another inventory with -i, or another scenario',
  })
}

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
