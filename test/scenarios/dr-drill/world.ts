// A fake platform that is marked for drills: nodes whose disks can be lost, a lab that forms a new cluster of them, brokers, and a
// snapshot with its manifest. Drills in it: begun, killed, carried on.

import { expect } from 'chai'
import drill from '../../../runbooks/dr-drill/runbook.ts'
import snapshot from '../../../runbooks/snapshot/runbook.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import { viewRun } from '../../../src/engine/view.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import type { OtherOps, OtherRun } from '../../../src/ports/other-ops.ts'
import type { FakeHost, FakePlaybook } from '../../support/fake-ansible/fake-ansible.ts'
import type { FakeCluster, FakeClusterOptions } from '../../support/fake-cluster/fake-cluster.ts'
import { inventoryOf } from '../../support/fake-cluster/inventory.ts'
import { createFakeKafka, type FakeKafka, kafkaInventoryOf } from '../../support/fake-kafka/fake-kafka.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { playbooksOnKafka } from '../../support/fake-world/kafka-playbooks.ts'
import { playbooksOn } from '../../support/fake-world/playbooks.ts'
import { WorldClock } from '../../support/fake-world/world-clock.ts'

export const repository = 'elk_backup'
const mib = 2 ** 20
const indices = [
  { name: '.security-7', autoExpand: '0-1', tier: 'data_content', docs: 32 },
  { name: 'crm.app-2025.04.08', shards: 1, replicas: 1, tier: 'data_hot', docs: 10_000, bytes: 60 * mib },
  { name: 'crm.app-2025.04.09', shards: 2, replicas: 1, tier: 'data_hot', docs: 20_000, bytes: 90 * mib },
  { name: 'nginx.access-2025.04.09', shards: 1, replicas: 1, tier: 'data_hot', docs: 5000, bytes: 20 * mib },
]
// Sources of which there is little.
for (const source of ['erp.app', 'eks.payment', 'eks.order', 'mysql.log'])
  indices.push({
    name: `${source}-2025.04.09`,
    shards: 1,
    replicas: 1,
    tier: 'data_hot',
    docs: 100,
    bytes: mib,
  })

export interface DrillWorld {
  readonly world: FakeWorld
  readonly kafka: FakeKafka
  /** Hosts whose data directory is empty, and what was done to all of them, in order. */
  readonly disks: { readonly empty: Set<string>; readonly history: string[] }
}

const topics = [
  { name: 'raw-logs', partitions: 6, replicationFactor: 3, recordsPerSecond: 60, bytes: 2 ** 24 },
]
const kafkaOptions = { topics, groups: [], minInsync: 2 }

export function begin(options: FakeClusterOptions = {}): DrillWorld {
  const disks: DrillWorld['disks'] = { empty: new Set(), history: [] }
  let kafka: FakeKafka | undefined
  const theKafka = (): FakeKafka => kafka as FakeKafka
  const brokers = createFakeKafka(new WorldClock(), kafkaOptions).state
  const world = new FakeWorld({
    ...{ layout: 'small', indices, ...options },
    hosts: kafkaInventoryOf(brokers),
    kafka: clock => {
      kafka = createFakeKafka(clock, kafkaOptions)
      return kafka
    },
    playbooks: (cluster, clock) => playbooks(cluster, theKafka, disks, clock),
    others: own => othersIn(own),
  })
  const made = { world, kafka: theKafka(), disks }
  mark(made)
  return made
}

/** Writes the inventory as the lab does: with the cluster that there is now. */
export function mark({ world, kafka }: DrillWorld, vars: JsonObject = {}): void {
  const { clusterUuid } = world.cluster.state
  const common: JsonObject = {
    ops_drill: true,
    ops_drill_clusters: [clusterUuid, kafka.state.clusterId],
    service_manager: 'lab',
    ops_lab_command: ['ops', 'lab'],
    ...vars,
  }
  const hosts: readonly FakeHost[] = [...inventoryOf(world.cluster.state), ...kafkaInventoryOf(kafka.state)]
  world.ansible.setHosts(hosts.map(host => ({ ...host, vars: { ...host.vars, ...common } })))
}

const playMs = 900
const settle = async (clock: WorldClock): Promise<void> => clock.sleep(playMs)

function playbooks(
  cluster: FakeCluster,
  kafka: () => FakeKafka,
  { empty, history }: DrillWorld['disks'],
  clock: WorldClock,
): Record<string, FakePlaybook> {
  const onNodes = playbooksOn(cluster, clock)
  const onBrokers = playbooksOnKafka(kafka, clock)
  const either =
    (name: string): FakePlaybook =>
    (host, request, play) => {
      const own = host.groups.includes('kafka') ? onBrokers[name] : onNodes[name]
      if (name === 'service_start.yml') empty.delete(host.name)
      return own?.(host, request, play)
    }
  return {
    'service_start.yml': either('service_start.yml'),
    'service_status.yml': either('service_status.yml'),
    'drill_kill.yml': async ({ name, groups, vars }) => {
      if (vars.ops_drill !== true) throw new Error(`${name} is not marked`)
      history.push(`kill ${name}`)
      if (groups.includes('kafka')) kafka().killBroker(name)
      else cluster.stopNode(name)
      await settle(clock)
      return { result: { state: 'stopped' } }
    },
    'drill_wipe.yml': async ({ name }, { check }) => {
      if (cluster.isRunning(name)) throw new Error(`a node is running on the disk of ${name}`)
      const entries = empty.has(name) ? [] : ['_state', 'indices', 'node.lock']
      if (check !== true) {
        if (entries.length > 0) history.push(`wipe ${name}`)
        empty.add(name)
        cluster.trouble(name, 'other-id')
      }
      await settle(clock)
      return { changed: entries.length > 0, result: { entries, bytes: 0 } }
    },
    'drill_rebuild.yml': async (_host, { vars }) => {
      const lost = vars.ops_lost_cluster
      const { nodes } = cluster.state
      if (cluster.state.clusterUuid === lost) {
        const left = nodes.filter(({ name, running }) => running || !empty.has(name))
        if (left.length > 0) throw new Error(`the cluster of the lab is not lost: ${left[0]?.name} has data`)
        history.push('form a new cluster')
        cluster.change(formAnew)
      }
      empty.clear()
      for (const { name } of nodes) cluster.startNode(name)
      while (cluster.state.elected === null || nodes.some(({ joined }) => !joined)) await clock.sleep(500)
      return { result: { cluster_uuid: cluster.state.clusterUuid, nodes: nodes.length } }
    },
  }
}

/** Empty disks: nothing of the old cluster is left but what lies in the stores of its repositories. */
function formAnew(state: FakeCluster['state']): void {
  for (const node of state.nodes) Object.assign(node, { id: `${node.id}-again`, trouble: null })
  Object.assign(state, {
    clusterUuid: `${state.clusterUuid}-again`,
    indices: [],
    repositories: [],
    restores: [],
    settings: { persistent: {}, transient: {} },
    elected: null,
    committed: state.nodes.filter(({ roles }) => roles.includes('master')).map(({ id }) => id),
  })
}

/** Another process of `ops` is one more process of this world. */
function othersIn(world: FakeWorld): OtherOps {
  const told = async (run: string | null, killed: boolean): Promise<OtherRun> => {
    const records = run === null ? [] : await world.journal.read(run)
    const outcome = viewRun(records).ended?.outcome
    return { run, records: records.length, killed, outcome: typeof outcome === 'string' ? outcome : null }
  }
  const newest = async (): Promise<string | null> =>
    (await world.journal.runs()).find(({ runbook }) => runbook === snapshot.id)?.run ?? null
  return {
    run: async (_runbook, params, { killAfter }) => {
      // Before it takes its locks it says what it wants, its plan, and one line for each gate.
      const record = killAfter === null ? null : 3 + snapshot.gates.length + killAfter
      const process = world.begin(record === null ? {} : { cut: { record, when: 'after' } })
      const end = await snapshots.run(process, params)
      return told(await newest(), end === 'killed')
    },
    resume: async run => {
      await snapshots.carryOn(world.begin(), 'resume', run)
      return told(run, false)
    },
    begunSince: async (runbook, sinceMs) =>
      (await world.journal.runs())
        .filter(one => one.runbook === runbook && Date.parse(one.startedAt) >= sinceMs)
        .map(({ run, outcome }) => ({ run, outcome })),
  }
}

/** Takes a snapshot with the runbook itself. */
export async function backUp({ world }: DrillWorld): Promise<void> {
  const end = await snapshots.run(world.begin())
  expect(end, JSON.stringify(end)).to.include({ outcome: 'succeeded' })
}

const snapshots = commandsOf(snapshot)
const drills = commandsOf(drill)
export const { planOn, run } = drills

export async function carryOn(
  { world }: DrillWorld,
  { mode = 'resume', cut }: { mode?: 'resume' | 'abort'; cut?: Cut } = {},
): Promise<RunEnd | 'killed'> {
  const process = world.begin(cut === undefined ? {} : { cut })
  const { run: id } = (await world.journal.runs()).find(({ runbook }) => runbook === drill.id) ?? { run: '' }
  return drills.carryOn(process, mode, id)
}

export async function remarksOf({ world }: DrillWorld): Promise<readonly string[]> {
  const { run: id } = (await world.journal.runs()).find(({ runbook }) => runbook === drill.id) ?? { run: '' }
  return (await world.journal.read(id))
    .filter(({ type }) => type === 'remark')
    .map(({ text }) => String(text))
}

export async function evidenceOf({ world }: DrillWorld): Promise<Record<string, Json>> {
  const [entry] = await world.evidence.list('drill')
  const body = entry === undefined ? null : await world.evidence.get('drill', entry.key)
  return (body ?? {}) as Record<string, Json>
}

/** Steady again, nothing left over. */
export async function expectSteady({ world, kafka }: DrillWorld): Promise<void> {
  const { cluster, lockTable } = world
  expect(await cluster.health({ timeoutMs: 1000 })).to.include({ status: 'green', unassignedShards: 0 })
  expect(cluster.state.nodes.filter(({ joined }) => !joined)).to.deep.equal([])
  expect(cluster.state.indices.filter(({ name }) => name.startsWith('ops-'))).to.deep.equal([])
  const partitions = await kafka.partitions()
  expect(partitions.filter(({ leader, replicas }) => leader !== replicas[0])).to.deep.equal([])
  expect(partitions.filter(({ isr, replicas }) => isr.length < replicas.length)).to.deep.equal([])
  expect([...lockTable.rows.keys()], 'locks').to.deep.equal([])
}
