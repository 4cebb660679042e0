// Reassign in a fake world: begin it, carry it on, and everything that must be true afterwards.

import { expect } from 'chai'
import reassign from '../../../runbooks/reassign/runbook.ts'
import {
  createFakeKafka,
  type FakeKafka,
  type FakeKafkaOptions,
  type FakeKafkaState,
  kafkaInventoryOf,
} from '../../support/fake-kafka/fake-kafka.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import { WorldClock } from '../../support/fake-world/world-clock.ts'

export interface KafkaWorld {
  readonly world: FakeWorld
  readonly kafka: FakeKafka
}

export function begin(
  options: FakeKafkaOptions = {},
  prepare: (state: FakeKafkaState) => void = () => {},
): KafkaWorld {
  // The inventory is that of the options, before anything is put wrong.
  const hosts = kafkaInventoryOf(createFakeKafka(new WorldClock(), options).state)
  let made: FakeKafka | null = null
  const world = new FakeWorld({
    hosts,
    kafka: clock => {
      made = createFakeKafka(clock, options)
      made.change(prepare)
      return made
    },
  })
  if (made === null) throw new Error('the world made no Kafka')
  return { world, kafka: made }
}

export const { planOn, run, carryOn } = commandsOf(reassign)

/** Replicas of every partition, the preferred leader first. */
export const replicasOf = ({ state }: FakeKafka): Readonly<Record<string, readonly number[]>> =>
  Object.fromEntries(
    state.topics.flatMap(({ name, partitions }) =>
      partitions.map(({ number, replicas }) => [`${name}-${number}`, replicas] as const),
    ),
  )

/** Everything that a run may change for a while, as text. */
export const settingsOf = ({ state }: FakeKafka): string =>
  JSON.stringify([
    state.topics.map(({ name, configs }) => ({ name, configs })),
    state.brokers.map(({ id, dynamic }) => ({ id, dynamic })),
  ])

/** Nothing lost, nothing half moved, nothing left over. */
export function expectTidy({ world, kafka }: KafkaWorld, settingsBefore: string): void {
  expect(kafka.violations, 'violations').to.deep.equal([])
  expect(kafka.lostWrites(), 'lost writes').to.equal(0)
  expect(settingsOf(kafka), 'settings').to.equal(settingsBefore)
  const moving = kafka.state.topics.flatMap(({ name, partitions }) =>
    partitions.filter(({ before }) => before !== null).map(({ number }) => `${name}-${number}`),
  )
  expect(moving, 'half moved').to.deep.equal([])
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

/** Every partition in sync and led by its preferred leader. */
export function expectWhole({ kafka }: KafkaWorld): void {
  for (const { name, partitions } of kafka.state.topics)
    for (const { number, replicas, isr, leader } of partitions) {
      expect([...isr].sort(), `${name}-${number}`).to.deep.equal([...replicas].sort())
      expect(leader, `leader of ${name}-${number}`).to.equal(replicas[0])
    }
}

export const remarksOf = async ({ world }: KafkaWorld): Promise<string[]> =>
  (await world.journal.read('run-1')).filter(({ type }) => type === 'remark').map(({ text }) => String(text))

/** What every chunk of the run was made of, in order. */
export async function chunksOf({ world }: KafkaWorld): Promise<{ moves: unknown[]; perBroker: number }[]> {
  const records = await world.journal.read('run-1')
  return records
    .filter(({ type, step }) => type === 'step.noted' && /^chunk\.\d+$/.test(String(step)))
    .map(({ value }) => value as { moves: unknown[]; perBroker: number } | null)
    .filter(chunk => chunk !== null)
}
