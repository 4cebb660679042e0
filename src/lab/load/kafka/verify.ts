// Reads every message of a load back: from the topic by an own consumer, and from where the consumer group has brought it.
import { OpsError } from '../../../errors/index.ts'
import { explainKafka } from '../../kafka/explain.ts'
import { findLoad } from '../control.ts'
import { loadFiles } from '../files.ts'
import { readLedger } from '../ledger.ts'
import { readLog } from './read-log.ts'
import { readShipped } from './shipped.ts'
import type { KafkaTarget } from './target.ts'
import { judgeLog, type KafkaVerdict } from './verdict.ts'

export async function verifyLog(
  target: KafkaTarget,
  name: string,
  talk: (line: string) => void,
): Promise<KafkaVerdict> {
  if (findLoad(target.paths, name)) {
    throw new OpsError('USAGE', {
      message: `the load ${name} is still running`,
      hint: `ops lab load --kafka --stop --name ${name}`,
    })
  }
  const ledger = readLedger(loadFiles(target.paths, name).ledger)
  const topics = [...new Set([...ledger.values()].map(entry => entry.index))]
  const [topic = ''] = topics
  if (topics.length > 1) {
    throw new OpsError('USAGE', {
      message: `the ledger ${name} is of several topics: ${topics.join(', ')}`,
      hint: 'give every topic a --name of its own',
    })
  }
  const runs = new Set([...ledger.keys()].map(id => id.slice(0, id.lastIndexOf('-'))))
  talk(`reading ${topic} back from its beginning`)
  try {
    const log = await readLog(target, topic, runs)
    return judgeLog(topic, ledger, log, await readShipped(target, topic, log, ledger))
  } catch (cause) {
    throw explainKafka(cause)
  }
}

/** What to end with where the ledger does not hold. */
export function explainLogViolation({ lost, moved, shipped }: KafkaVerdict, name: string): OpsError {
  const counts = { lost, 'not at their offset': moved, 'missing at the far end': shipped?.missing ?? 0 }
  const said = Object.entries(counts).filter(([, count]) => count > 0)
  return new OpsError('DATA_LOST', {
    message: `ledger ${name}: ${said.map(([what, count]) => `${count} ${what}`).join(', ')}`,
    hint: `ops lab load --kafka --verify --name ${name} --json names the first of each`,
  })
}
