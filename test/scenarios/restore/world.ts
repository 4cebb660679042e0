// A fake cluster with a snapshot of three quiet indices, its manifest, and two instances that write from Kafka. Runs of whatever
// restores in it: begun, killed, carried on.

import { expect } from 'chai'
import restore from '../../../runbooks/restore/runbook.ts'
import { type Manifest, manifestKey } from '../../../runbooks/snapshot/manifest.ts'
import type { AnyRunbook } from '../../../src/engine/engine.ts'
import type { MadePlan } from '../../../src/engine/plan.ts'
import { viewRun } from '../../../src/engine/view.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import type { FakePlaybook } from '../../support/fake-ansible/fake-ansible.ts'
import type { FakeClusterOptions } from '../../support/fake-cluster/fake-cluster.ts'
import {
  createFakeKafka,
  type FakeKafka,
  type FakeKafkaOptions,
} from '../../support/fake-kafka/fake-kafka.ts'
import { kafkaInventoryOf } from '../../support/fake-kafka/inventory.ts'
import { commandsOf, type Ended } from '../../support/fake-world/commands.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { type FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import { WorldClock } from '../../support/fake-world/world-clock.ts'
import { takeSnapshot } from '../../support/take-snapshot.ts'

export const crm8 = 'crm.app-2025.04.08'
export const crm9 = 'crm.app-2025.04.09'
export const nginx = 'nginx.access-2025.04.09'
export const names = [crm8, crm9, nginx] as const
export const repository = 'elk_backup'
export const nightly = 'daily_2025-04-10'

const mib = 2 ** 20
const quiet = [
  { name: '.security-7', autoExpand: '0-1', tier: 'data_content', docs: 32 },
  { name: crm8, shards: 1, replicas: 1, tier: 'data_hot', docs: 10_000, bytes: 60 * mib },
  { name: crm9, shards: 2, replicas: 1, tier: 'data_hot', docs: 20_000, bytes: 120 * mib },
  { name: nginx, shards: 1, replicas: 1, tier: 'data_hot', docs: 5000, bytes: 20 * mib },
]

export interface RestoreWorldOptions extends FakeClusterOptions {
  readonly kafka?: FakeKafkaOptions
}

export interface RestoreWorld {
  readonly world: FakeWorld
  readonly kafka: FakeKafka
  /** Hosts on which the writers run, and what was done to them. */
  readonly writers: { readonly running: Set<string>; readonly history: string[] }
  /** What lies beside the files of the repository, as `manifest_read.yml` hands it back. */
  beside: { manifest: string | null }
}

const hosts = ['logstash01', 'logstash02']
const playMs = 900

export function emptyWorld({ kafka: kafkaOptions = {}, ...options }: RestoreWorldOptions = {}): RestoreWorld {
  const topics = [{ name: 'raw-logs', partitions: 4, recordsPerSecond: 100, bytes: 400_000_000 }]
  const groups = [{ group: 'logstash', topics: ['raw-logs'], threads: 4, hosts }]
  const given = { topics, groups, ...kafkaOptions }
  const writers = { running: new Set(hosts), history: [] as string[] }
  const beside = { manifest: null as string | null }
  let kafka: FakeKafka | undefined
  const brokers = createFakeKafka(new WorldClock(), given).state
  const world = new FakeWorld({
    layout: 'small',
    indices: quiet,
    ...options,
    hosts: [
      ...kafkaInventoryOf(brokers),
      ...hosts.map((name, at) => ({
        name,
        groups: ['logstash'],
        vars: {
          ansible_host: `10.0.7.${at}`,
          ops_service: 'logstash',
          logstash_group_id: 'logstash',
          logstash_topics: ['raw-logs'],
        },
      })),
      { name: 'es-repo01', groups: ['elasticsearch'], vars: { es_repo_dir: '/srv/elk_backup' } },
    ],
    kafka: clock => {
      kafka = createFakeKafka(clock, given)
      return kafka
    },
    playbooks: (_cluster, clock) => playbooksOn(writers, beside, () => kafka as FakeKafka, clock),
  })
  return { world, kafka: kafka as FakeKafka, writers, beside }
}

function playbooksOn(
  { running, history }: RestoreWorld['writers'],
  beside: RestoreWorld['beside'],
  kafka: () => FakeKafka,
  clock: WorldClock,
): Record<string, FakePlaybook> {
  const turn = async (name: string, wanted: boolean) => {
    const changed = running.has(name) !== wanted
    if (changed) {
      history.push(`${wanted ? 'start' : 'stop'} ${name}`)
      if (wanted) running.add(name)
      else running.delete(name)
      kafka().act({ do: 'members', group: 'logstash', threads: 2 * running.size, hosts: [...running].sort() })
    }
    await clock.sleep(playMs)
    return { changed, result: { state: wanted ? 'running' : 'stopped' } }
  }
  return {
    'service_stop.yml': ({ name }) => turn(name, false),
    'service_start.yml': ({ name }) => turn(name, true),
    'service_status.yml': ({ name }) => ({
      changed: false,
      result: { state: running.has(name) ? 'running' : 'stopped' },
    }),
    'manifest_read.yml': () => ({ changed: false, result: { ...beside } }),
  }
}

/** Takes the snapshot, and keeps its manifest as the runbook does. */
export async function backUp({ world }: RestoreWorld, name = nightly): Promise<Manifest> {
  const { cluster, clock } = world
  const manifest = await takeSnapshot(cluster, { repository, name, indices: names }, clock.sleep)
  await world.evidence.put(
    'manifest',
    manifestKey(repository, name),
    clock.now(),
    manifest as unknown as Json,
  )
  return manifest
}

export async function backedUp(options: RestoreWorldOptions = {}): Promise<RestoreWorld> {
  const made = emptyWorld(options)
  await backUp(made)
  return made
}

export const planOn = (
  process: FakeProcess,
  params: JsonObject,
  waivers: ReadonlyMap<string, string> = new Map(),
  runbook: AnyRunbook = restore,
): Promise<MadePlan> => commandsOf(runbook).planOn(process, params, waivers)

export const run = (
  process: FakeProcess,
  params: JsonObject,
  waivers: ReadonlyMap<string, string> = new Map(),
  runbook: AnyRunbook = restore,
): Ended => commandsOf(runbook).run(process, params, waivers)

export const carryOn = (
  process: FakeProcess,
  mode: 'resume' | 'abort' = 'resume',
  id = 'run-1',
  runbook: AnyRunbook = restore,
): Ended => commandsOf(runbook).carryOn(process, mode, id)

export const remarksOf = async ({ world }: RestoreWorld, id = 'run-1'): Promise<string> =>
  (await world.journal.read(id))
    .filter(({ type }) => type === 'remark')
    .map(({ text }) => String(text))
    .join('\n')

export const indexNames = ({ world }: RestoreWorld): string[] =>
  world.cluster.state.indices.map(({ name }) => name).sort()

export const drop = ({ world }: RestoreWorld, name: string): void =>
  world.cluster.act({ do: 'delete-index', name })

export const corrupt = ({ world }: RestoreWorld, index: string, shard = 0): void =>
  world.cluster.act({ do: 'corrupt', repository, snapshot: nightly, index, shard })

export const spoilSnapshot = (
  { world }: RestoreWorld,
  index: string,
  document: number,
  how: 'changed' | 'gone',
) => world.cluster.act({ do: 'spoil-snapshot', repository, snapshot: nightly, index, document, how })

/** Nothing of any run is left but what is named, nobody stands still, no lock is held. */
export function expectTidy(made: RestoreWorld, indices: readonly string[]): void {
  expect(indexNames(made), 'indices').to.deep.equal([...indices].sort())
  expect([...made.writers.running].sort(), 'writers').to.deep.equal(hosts)
  expect([...made.world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

export interface CrashCase {
  readonly make: () => Promise<RestoreWorld>
  readonly params: JsonObject
  readonly waivers?: ReadonlyMap<string, string>
  readonly runbook?: AnyRunbook
  /** Before the process that is killed: an approval. What it begins is carried on. */
  readonly prepare?: (made: RestoreWorld) => Promise<void>
  readonly expectDone: (made: RestoreWorld, run: string) => void | Promise<void>
  readonly expectUndone: (made: RestoreWorld) => void | Promise<void>
}

/** A kill right before and right after every record, and another process that carries on. */
export async function crashEverywhere(crash: CrashCase, mode: 'resume' | 'abort'): Promise<void> {
  const failures: string[] = []
  for (let record = 1; ; record++) {
    let reached = false
    for (const when of ['before', 'after'] as const) {
      const problem = await crashAt(crash, mode, { record, when }).catch(thrown => String(thrown.message))
      if (problem !== 'not reached') reached = true
      if (problem !== null && problem !== 'not reached')
        failures.push(`killed ${when} record ${record}: ${problem}`)
    }
    if (!reached) break
  }
  expect(failures).to.deep.equal([])
}

async function crashAt(
  { make, params, waivers, runbook = restore, prepare, expectDone, expectUndone }: CrashCase,
  mode: 'resume' | 'abort',
  cut: Cut,
): Promise<string | null> {
  const made = await make()
  const { world } = made
  await prepare?.(made)
  const killed = world.begin({ cut })
  const first =
    prepare === undefined
      ? await run(killed, params, waivers, runbook)
      : await carryOn(killed, 'resume', 'run-1', runbook)
  if (first !== 'killed') return 'not reached'
  const [begun] = await world.journal.runs()
  if (begun === undefined) return null
  const ended = viewRun(await world.journal.read(begun.run)).ended?.outcome
  const isOver = ended === 'succeeded' || ended === 'aborted'
  const end = isOver ? null : await carryOn(world.begin(), mode, begun.run, runbook)
  const how = end === null || end === 'killed' ? ended : end.outcome
  if (how === 'succeeded') await expectDone(made, begun.run)
  else if (how === 'aborted' && mode === 'abort') await expectUndone(made)
  else return `it ended ${how}: ${end === null || end === 'killed' ? '' : end.error?.message}`
  return null
}
