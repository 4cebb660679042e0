// A fake platform: nodes, brokers, shippers that write to the nodes while they run, Kibana, and a snapshot of last night. Full
// restarts in it: begun, killed, carried on, taken back, and everything that must be true afterwards.

import { expect } from 'chai'
import fullRestart from '../../../runbooks/full-restart/runbook.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import { viewRun } from '../../../src/engine/view.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakePlaybook } from '../../support/fake-ansible/fake-ansible.ts'
import type { FakeCluster, FakeClusterOptions } from '../../support/fake-cluster/fake-cluster.ts'
import { createFakeKafka, type FakeKafka, kafkaInventoryOf } from '../../support/fake-kafka/fake-kafka.ts'
import { FakeVault } from '../../support/fake-vault/fake-vault.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { playbooksOnKafka } from '../../support/fake-world/kafka-playbooks.ts'
import { playbooksOn } from '../../support/fake-world/playbooks.ts'
import { temporaryThings } from '../../support/fake-world/restart.ts'
import { WorldClock } from '../../support/fake-world/world-clock.ts'
import { takeSnapshot } from '../../support/take-snapshot.ts'

export const shippers = ['logstash01', 'logstash02'] as const
const beside = [...shippers, 'kibana01']

export interface Platform {
  readonly world: FakeWorld
  readonly kafka: FakeKafka
  readonly vault: FakeVault
  /** Services beside the nodes and brokers that run, and everything that was told to any, in order. */
  readonly running: Set<string>
  readonly history: string[]
  /** Temporary settings and the like, as they were. */
  readonly before: string
}

const playMs = 900
const kafkaOptions = { bootMs: 2000, recoverMs: 4000, recordsPerSecond: 32 }

export async function begin(options: FakeClusterOptions = {}): Promise<Platform> {
  const running = new Set<string>(beside)
  const history: string[] = []
  let kafka: FakeKafka | undefined
  let vault: FakeVault | undefined
  const theVault = (): FakeVault => vault as FakeVault
  const theKafka = (): FakeKafka => kafka as FakeKafka
  const world = new FakeWorld({
    ...options,
    hosts: [
      ...kafkaInventoryOf(createFakeKafka(new WorldClock(), kafkaOptions).state),
      { name: 'vault01', groups: ['vault'], vars: { ansible_host: '10.0.8.1' } },
      ...beside.map((name, at) => ({
        name,
        groups: [name.startsWith('kibana') ? 'kibana' : 'logstash'],
        vars: { ansible_host: `10.0.7.${at}` },
      })),
    ],
    kafka: clock => {
      kafka = createFakeKafka(clock, kafkaOptions)
      return kafka
    },
    vault: clock => {
      vault = FakeVault.create(clock)
      return vault
    },
    playbooks: (cluster, clock) => playbooks(cluster, theKafka, theVault, clock, running, history),
  })
  const { cluster, clock } = world
  const indices = cluster.state.indices.map(({ name }) => name).filter(name => !name.startsWith('.'))
  await takeSnapshot(cluster, { repository: 'elk_backup', name: 'nightly', indices }, ms => clock.sleep(ms))
  return {
    world,
    kafka: theKafka(),
    vault: theVault(),
    running,
    history,
    before: temporaryThings(cluster.state),
  }
}

function playbooks(
  cluster: FakeCluster,
  kafka: () => FakeKafka,
  vault: () => FakeVault,
  clock: WorldClock,
  running: Set<string>,
  history: string[],
): Record<string, FakePlaybook> {
  const on = { elasticsearch: playbooksOn(cluster, clock), kafka: playbooksOnKafka(kafka, clock) }
  const writeAsTold = (): void => {
    const hosts = shippers.filter(name => running.has(name))
    kafka().act({ do: 'members', group: 'logstash', threads: 8 * hosts.length, hosts: [...hosts] })
    cluster.change(state => {
      state.writesPerSecond = hosts.length > 0 ? 10 : 0
    })
  }
  const tell = (name: string, wanted: boolean): boolean => {
    if (running.has(name) === wanted) return false
    if (wanted) running.add(name)
    else running.delete(name)
    writeAsTold()
    return true
  }
  const tellVault = (verb: 'stop' | 'start' | 'status') => {
    if (verb === 'stop') vault().stop()
    if (verb === 'start' && !vault().toJSON().running) vault().start()
    return { result: { state: vault().toJSON().running ? 'running' : 'stopped', last_words: '' } }
  }
  const service =
    (verb: 'stop' | 'start' | 'status'): FakePlaybook =>
    async (host, request, play) => {
      const { name, groups } = host
      if (verb !== 'status') history.push(`${verb} ${name}`)
      if (groups.includes('elasticsearch'))
        return on.elasticsearch[`service_${verb}.yml`]?.(host, request, play)
      if (groups.includes('kafka')) return on.kafka[`service_${verb}.yml`]?.(host, request, play)
      if (groups.includes('vault')) return tellVault(verb)
      const changed = verb !== 'status' && tell(name, verb === 'start')
      await clock.sleep(playMs)
      return { changed, result: { state: running.has(name) ? 'running' : 'stopped', last_words: '' } }
    }
  return {
    'service_stop.yml': service('stop'),
    'service_start.yml': service('start'),
    'service_status.yml': service('status'),
    'kafka_lint.yml': on.kafka['kafka_lint.yml'] as FakePlaybook,
  }
}

export const { planOn, run, carryOn } = commandsOf(fullRestart)

/** Goes on, over the wait for the work, to the end of the run, whatever has become of it so far; says how it ended. */
export async function finish(
  platform: Platform,
  mode: 'resume' | 'abort',
  params: JsonObject = {},
): Promise<RunEnd | 'killed' | 'ended'> {
  const { world } = platform
  for (let times = 0; times < 4; times++) {
    const [begun] = await world.journal.runs()
    if (begun === undefined && mode === 'abort') return 'ended'
    const outcome = begun && viewRun(await world.journal.read(begun.run)).ended?.outcome
    if (outcome === 'succeeded' || outcome === 'aborted') return 'ended'
    const end =
      begun === undefined ? await run(world.begin(), params) : await carryOn(world.begin(), mode, begun.run)
    if (end === 'killed' || end.outcome !== 'waiting') return end
  }
  throw new Error('the run waits for ever')
}

export async function killAt(platform: Platform, cut: Cut, params: JsonObject = {}) {
  return run(platform.world.begin({ cut }), params)
}

/** All that ran before runs, nothing is lost, nothing is left over. */
export function expectUp({ world, kafka, running, before }: Platform): void {
  const { cluster } = world
  expect(cluster.lostWrites(), 'lost writes').to.equal(0)
  expect(kafka.lostWrites(), 'lost records').to.equal(0)
  expect(kafka.skipped('logstash'), 'skipped records').to.equal(0)
  expect([...running].sort(), 'beside').to.deep.equal([...beside].sort())
  expect(cluster.state.nodes.filter(({ joined }) => !joined).map(({ name }) => name)).to.deep.equal([])
  expect(kafka.state.brokers.filter(({ registered }) => !registered).map(({ name }) => name)).to.deep.equal(
    [],
  )
  expect(temporaryThings(cluster.state), 'settings').to.equal(before)
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

export const remarksOf = async ({ world }: Platform, id = 'run-1'): Promise<readonly string[]> =>
  (await world.journal.read(id)).filter(({ type }) => type === 'remark').map(({ text }) => String(text))
