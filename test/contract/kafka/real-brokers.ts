// Three real brokers as the contract of KafkaPort needs them. What the port lacks (topics, records, members) is done by a
// kafkajs client of the test's own.
import { randomBytes } from 'node:crypto'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import type { KafkaConnection } from '../../../src/adapters/kafka/index.ts'
import { waitForTopic } from '../../../src/lab/kafka/topics.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { KafkaUnderTest } from './kafka.contract.ts'

export interface RealBrokers {
  readonly kafka: KafkaConnection
  readonly client: Kafka
  /** One for each broker, which asks that one and no other. */
  readonly asking: readonly Kafka[]
  readonly clusterId: string
  readonly brokers: KafkaUnderTest['brokers']
  startBroker(name: string): Promise<void>
  stopBroker(name: string): Promise<void>
}

export const realClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

export function toKafkaWorld({ client, asking, ...real }: RealBrokers): KafkaUnderTest {
  const ids = real.brokers.map(({ id }) => id)
  const admin = async <T>(work: (admin: Admin) => Promise<T>, from = client): Promise<T> => {
    const own = from.admin()
    await own.connect()
    try {
      return await work(own)
    } finally {
      await own.disconnect()
    }
  }
  return {
    ...real,
    clock: realClock,
    async createTopic(topic, { partitions, configs = {} }) {
      await admin(async own => {
        const replicaAssignment = Array.from({ length: partitions }, (_, partition) => ({
          partition,
          replicas: ids.map((_id, step) => ids[(partition + step) % ids.length] as number),
        }))
        const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
        await own.createTopics({
          waitForLeaders: false,
          topics: [{ topic, replicaAssignment, configEntries }],
        })
      })
      // Each broker hears of it by itself, and a producer or a consumer may ask any of them.
      const made = { topic, partitions, replicationFactor: ids.length }
      for (const broker of asking) await admin(own => waitForTopic(own, made), broker)
    },
    deleteTopic: topic => admin(own => own.deleteTopics({ topics: [topic] })),
    async produce(topic, partition, records) {
      const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
      await producer.connect()
      const messages = Array.from({ length: records }, () => ({ partition, value: randomBytes(1000) }))
      await producer.send({ topic, acks: -1, messages })
      await producer.disconnect()
    },
    async join(groupId, topic) {
      const consumer = client.consumer({ groupId })
      await consumer.connect()
      await consumer.subscribe({ topic })
      await consumer.run({ eachMessage: async () => {} })
      return () => consumer.disconnect()
    },
  }
}
