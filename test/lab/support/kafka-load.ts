// Work done while records are produced to a topic of a lab, and what became of those records.
import { runLoadCommand } from '../../../src/lab/load/command.ts'
import type { KafkaVerdict } from '../../../src/lab/load/kafka/verdict.ts'

export interface KafkaLoad {
  readonly name: string
  readonly rate: number
  readonly topic: string
}

/** The load ends with the work, however that ends. */
export async function underKafkaLoad<T>(
  stateDir: string,
  load: KafkaLoad,
  work: () => Promise<T>,
): Promise<[T, KafkaVerdict]> {
  const options = { stateDir, ...load, kafka: true, talk: () => {} }
  await runLoadCommand({ ...options, detach: true })
  try {
    const done = await work()
    await runLoadCommand({ ...options, stop: true })
    const { value } = await runLoadCommand({ ...options, verify: true })
    return [done, value as KafkaVerdict]
  } finally {
    await runLoadCommand({ ...options, stop: true })
  }
}
