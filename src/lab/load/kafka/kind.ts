// A load on Kafka: messages into a topic, read back from every partition and from where the consumer group brings them.
import { OpsError } from '../../../errors/index.ts'
import type { LoadKind, LoadOptions } from '../command.ts'
import { produceLoad } from './produce.ts'
import { requireKafkaTarget } from './target.ts'
import { renderLogVerdict } from './verdict.ts'
import { explainLogViolation, verifyLog } from './verify.ts'

export function kafkaKind({ stateDir, topic = 'raw-logs', keyed = false, index }: LoadOptions): LoadKind {
  if (index !== undefined) {
    throw new OpsError('USAGE', { message: '--index is of Elasticsearch', hint: '--topic raw-logs' })
  }
  const target = requireKafkaTarget(stateDir)
  return {
    paths: target.paths,
    write: order => produceLoad(target, { ...order, topic, keyed }),
    verify: async (name, talk) => {
      const verdict = await verifyLog(target, name, talk)
      const answer = { value: verdict, text: renderLogVerdict(verdict) }
      return verdict.verdict === 'violated'
        ? { ...answer, failure: explainLogViolation(verdict, name) }
        : answer
    },
  }
}
