// The rolling restart of brokers in a fake world: begin it, carry it on, and everything that must be true afterwards.
import { expect } from 'chai'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import {
  createFakeKafka,
  type FakeKafka,
  type FakeKafkaOptions,
  type FakeKafkaState,
  kafkaInventoryOf,
} from '../../support/fake-kafka/fake-kafka.ts'
import { type FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import { playbooksOnKafka } from '../../support/fake-world/kafka-playbooks.ts'
import { startRestart } from '../../support/fake-world/restart.ts'
import { WorldClock } from '../../support/fake-world/world-clock.ts'

export interface Brokers {
  readonly world: FakeWorld
  readonly kafka: FakeKafka
}

export function begin(
  options: FakeKafkaOptions = {},
  prepare: (state: FakeKafkaState) => void = () => {},
): Brokers {
  // The inventory is that of the options, before anything is put wrong.
  const hosts = kafkaInventoryOf(createFakeKafka(new WorldClock(), options).state)
  let made: FakeKafka | null = null
  const theKafka = (): FakeKafka => {
    if (made === null) throw new Error('the world made no Kafka')
    return made
  }
  const world = new FakeWorld({
    hosts,
    kafka: clock => {
      made = createFakeKafka(clock, options)
      made.change(prepare)
      return made
    },
    playbooks: (_cluster, clock) => playbooksOnKafka(theKafka, clock),
  })
  return { world, kafka: theKafka() }
}

export const restart = (
  process: FakeProcess,
  params: JsonObject = {},
  waivers: ReadonlyMap<string, string> = new Map(),
): Promise<RunEnd | 'killed'> => startRestart(process, { service: 'kafka', ...params }, waivers)

/** Everything that a run may change for a while, as text. */
export const settingsOf = ({ state }: FakeKafka): string =>
  JSON.stringify([
    state.topics.map(({ name, configs }) => ({ name, configs })),
    state.brokers.map(({ id, dynamic }) => ({ id, dynamic })),
  ])

/** Nothing lost, nobody down, every leader where it should be, nothing left over. */
export async function expectTidy({ world, kafka }: Brokers, settingsBefore: string): Promise<void> {
  expect(kafka.violations, 'violations').to.deep.equal([])
  expect(kafka.lostWrites(), 'lost writes').to.equal(0)
  expect(settingsOf(kafka), 'settings').to.equal(settingsBefore)
  const partitions = await kafka.partitions()
  expect(partitions.filter(({ topic }) => topic === 'ops-canary')).to.deep.equal([])
  expect(partitions.filter(({ leader, replicas }) => leader !== replicas[0])).to.deep.equal([])
  expect(partitions.filter(({ isr, replicas }) => isr.length < replicas.length)).to.deep.equal([])
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

export const startsOf = ({ kafka }: Brokers): Record<string, number> =>
  Object.fromEntries(kafka.state.brokers.map(({ name }) => [name, kafka.starts(name)]))
