// Kafka on its way up: controllers with a leader, every broker, every partition in sync, leaders where they belong.
import { durationMs, OpsError, type Run, toOpsError } from '#sdk'
import { explainKafkaUnsteady, readKafkaSteady } from '../dr-drill/kafka-steady.ts'
import { nameOf, notPreferred } from '../rolling-restart/kafka/copies.ts'
import type { KafkaDetails } from './plan.ts'

export function waitForBrokers(run: Run, { brokers, behind }: KafkaDetails, giveUp: string): Promise<null> {
  return run.wait({
    subject: 'kafka',
    title: 'comes up',
    everyMs: 500,
    stallMs: durationMs(giveUp),
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const now = await readKafkaSteady(run)
      // What was behind before the run need not be better after it; what moves goes on moving.
      const partitions = now.partitions.filter(one => !behind.includes(nameOf(one)))
      const missing = explainKafkaUnsteady(
        { ...now, partitions: partitions.length === 0 ? now.partitions : partitions, reassignments: 0 },
        brokers,
      )
      return missing.length === 0 ? { done: null } : { progress: [...missing], text: missing.join('; ') }
    },
    orElse: lastSeen =>
      new OpsError('NODE_NOT_BACK', {
        message: `Kafka does not come up: ${lastSeen}, and nothing has moved for ${giveUp}`,
        hint: 'read the logs of the brokers that are named',
      }),
  })
}

/** Once: whoever is first back leads everything until somebody asks; the brokers do so by themselves some minutes later. */
export async function giveLeadersBack(run: Run): Promise<void> {
  try {
    const due = notPreferred(await run.kafka.partitions())
    if (due.length > 0) await run.kafka.electPreferred(due)
  } catch (thrown) {
    await run.mark('leaders', 'remark', {
      text: `leaders were not asked back to where they belong: ${toOpsError(thrown).message}`,
    })
  }
}
