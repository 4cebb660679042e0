// A fake Kafka with the consumers that read from it: two instances whose services can be stopped and started, and whose number
// of threads is read at each start. What the playbooks promise, these do.

import expandPartitions from '../../../runbooks/expand-partitions/runbook.ts'
import type { AnyRunbook } from '../../../src/engine/engine.ts'
import type { MadePlan } from '../../../src/engine/plan.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakePlaybook } from '../../support/fake-ansible/fake-ansible.ts'
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

export const instances = ['logstash01', 'logstash02'] as const

export interface FakeInstances {
  readonly running: Set<string>
  /** As their settings have them; a start makes as many members. */
  readonly threads: Map<string, number>
  /** Every stop and start that changed something, in order. */
  readonly history: string[]
  /** Lines of pipelines that speak of offsets. */
  offsetLines: { file: string; text: string }[]
  /** What their own statistics would say at this moment; null where they do not answer. */
  stats: (name: string, atMs: number) => { events_out: number; output_ms: number; retries: number } | null
}

export interface KafkaWorldOptions extends FakeKafkaOptions {
  readonly reset?: 'latest' | 'earliest'
  /** Somebody else's members in the same group, whom no service stops. */
  readonly strangers?: number
  /** Beside those that are for consumers. */
  readonly playbooks?: (clock: WorldClock) => Record<string, FakePlaybook>
}

export interface KafkaWorld {
  readonly world: FakeWorld
  readonly kafka: FakeKafka
  readonly fleet: FakeInstances
}

const playMs = 900

export function kafkaWorld({
  reset = 'latest',
  strangers = 0,
  playbooks = () => ({}),
  ...options
}: KafkaWorldOptions = {}): KafkaWorld {
  const fleet: FakeInstances = {
    running: new Set(instances),
    threads: new Map(instances.map(name => [name, 8])),
    history: [],
    offsetLines: [],
    stats: () => null,
  }
  const groups = options.groups ?? [{ group: 'logstash', topics: ['raw-logs'], threads: 16, reset }]
  let kafka: FakeKafka | undefined
  // The inventory is asked for before the world is there.
  const brokers = createFakeKafka(new WorldClock(), options).state
  const world = new FakeWorld({
    hosts: [
      ...kafkaInventoryOf(brokers),
      ...instances.map((name, at) => ({
        name,
        groups: ['logstash'],
        vars: {
          ansible_host: `10.0.7.${at}`,
          ops_service: 'logstash',
          logstash_group_id: 'logstash',
          logstash_topics: ['raw-logs'],
          logstash_consumer_threads: 8,
          logstash_auto_offset_reset: reset,
        },
      })),
    ],
    kafka: clock => {
      kafka = createFakeKafka(clock, { ...options, groups })
      return kafka
    },
    playbooks: (_cluster, clock) => ({
      ...playbooksOn(fleet, () => kafka as FakeKafka, clock, strangers),
      ...playbooks(clock),
    }),
  })
  return { world, kafka: kafka as FakeKafka, fleet }
}

function playbooksOn(
  fleet: FakeInstances,
  kafka: () => FakeKafka,
  clock: WorldClock,
  strangers: number,
): Record<string, FakePlaybook> {
  const regroup = (): void => {
    const hosts = [...fleet.running].sort()
    const threads = hosts.reduce((sum, host) => sum + (fleet.threads.get(host) ?? 0), 0)
    const all = strangers > 0 ? [...hosts, 'elsewhere'] : hosts
    kafka().act({ do: 'members', group: 'logstash', threads: threads + strangers, hosts: all })
  }
  const ask = (name: string, wanted: boolean): boolean => {
    if (fleet.running.has(name) === wanted) return false
    fleet.history.push(`${wanted ? 'start' : 'stop'} ${name}`)
    if (wanted) fleet.running.add(name)
    else fleet.running.delete(name)
    regroup()
    return true
  }
  return {
    'service_stop.yml': async ({ name }) => {
      const changed = ask(name, false)
      await clock.sleep(playMs)
      return { changed, result: { state: 'stopped' } }
    },
    'service_start.yml': async ({ name }) => {
      const changed = ask(name, true)
      await clock.sleep(playMs)
      return { changed, result: { state: 'running' } }
    },
    'service_status.yml': ({ name }) => ({
      changed: false,
      result: { state: fleet.running.has(name) ? 'running' : 'stopped' },
    }),
    'logstash_threads.yml': async ({ name }, { vars }) => {
      const wanted = Number(vars.logstash_threads)
      const changed = fleet.threads.get(name) !== wanted
      fleet.threads.set(name, wanted)
      await clock.sleep(playMs)
      return { changed, result: { threads: wanted } }
    },
    'logstash_stats.yml': ({ name }) => {
      const said = fleet.stats(name, clock.monotonicMs())
      const silent = { events_out: 0, output_ms: 0, retries: 0, problem: 'connection refused' }
      return { changed: false, result: { events_in: 0, problem: null, ...(said ?? silent) } }
    },
    'logstash_pipelines.yml': () => ({
      changed: false,
      result: { glob: '/etc/logstash/conf.d/*.conf', files: 3, lines: fleet.offsetLines },
    }),
  }
}

export const to32: JsonObject = { topic: 'raw-logs', to: 32 }

export const planOn = (
  process: FakeProcess,
  params: JsonObject = to32,
  waivers: ReadonlyMap<string, string> = new Map(),
  runbook: AnyRunbook = expandPartitions,
): Promise<MadePlan> => commandsOf(runbook).planOn(process, params, waivers)

export const run = (
  process: FakeProcess,
  params: JsonObject = to32,
  waivers: ReadonlyMap<string, string> = new Map(),
  prepare: () => void = () => {},
  runbook: AnyRunbook = expandPartitions,
): Ended => commandsOf(runbook).run(process, params, waivers, prepare)

export const carryOn = (
  process: FakeProcess,
  mode: 'resume' | 'abort' = 'resume',
  id = 'run-1',
  runbook: AnyRunbook = expandPartitions,
): Ended => commandsOf(runbook).carryOn(process, mode, id)

export async function remarksOf({ journal }: FakeWorld, id = 'run-1'): Promise<readonly JsonObject[]> {
  return (await journal.read(id)).filter(({ type }) => type === 'remark')
}

/** A process killed at one record, and the next one that carries on. */
export async function killAndCarryOn(
  { world }: KafkaWorld,
  cut: Cut,
  mode: 'resume' | 'abort' = 'resume',
): Promise<RunEnd | 'killed' | 'ended'> {
  const end = await run(world.begin({ cut }))
  if (end !== 'killed') return end
  const [begun] = await world.journal.runs()
  if (begun === undefined) return mode === 'abort' ? 'ended' : run(world.begin())
  if (begun.outcome === 'succeeded') return 'ended'
  return carryOn(world.begin(), mode, begun.run)
}
