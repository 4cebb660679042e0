// More partitions for a topic, by kafkajs, with an explicit place for each new one. It must never guess a place.
import type { KafkaPort } from '../../ports/kafka.ts'
import { withAdmin } from './client.ts'
import type { Pool } from './pool.ts'

const serverLimitMs = 20_000

export const createPartitions =
  (pool: Pool): KafkaPort['createPartitions'] =>
  async (topic, { total, assignments, validateOnly }) => {
    const placed = assignments.map(replicas => [...replicas])
    await withAdmin(pool, {
      what: `${total} partitions for ${topic}`,
      again: validateOnly,
      limitMs: 1.5 * serverLimitMs,
      run: admin =>
        admin.createPartitions({
          validateOnly,
          timeout: serverLimitMs,
          topicPartitions: [{ topic, count: total, assignments: placed }],
        }),
    })
  }
