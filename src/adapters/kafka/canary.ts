// One record written with acks=all to a partition that each of the brokers leads, and read back from it: proof that they take
// and give records at this moment. It lives in a topic of its own and touches no other.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { Broker, PartitionState } from '../../ports/kafka.ts'
import { parseAs } from './call.ts'
import { withAdmin, withProducer } from './client.ts'
import { createPartitions } from './create-partitions.ts'
import { isHeardByEach } from './each-broker.ts'
import { electPreferred } from './elect.ts'
import { busy } from './errors.ts'
import { hasType } from './failures.ts'
import { fetchRecords } from './fetch.ts'
import { readTopic, topicQuestion } from './partitions.ts'
import type { Pool } from './pool.ts'
import { until } from './until.ts'

export const canaryTopic = 'ops-canary'
const wantedCopies = 3
const ackLimitMs = 5000

export async function runCanary(
  pool: Pool,
  id: string,
  leaders: readonly number[],
): Promise<ReadonlyMap<number, number>> {
  const { brokers } = await pool.brokers()
  const wanted = leaders.map(leader => {
    const broker = brokers.find(one => one.id === leader)
    if (broker === undefined) throw failed(leader, 'the broker is not registered')
    return broker
  })
  await prepare(pool, brokers, wanted)
  const found = new Map<number, number>()
  for (const broker of wanted) {
    const partition = await readLed(pool, broker)
    const begin = performance.now()
    await writeAndRead(pool, id, broker, partition)
    found.set(broker.id, Math.round(performance.now() - begin))
  }
  return found
}

/** Every wanted broker is the preferred leader of a partition. */
async function prepare(pool: Pool, brokers: readonly Broker[], wanted: readonly Broker[]): Promise<void> {
  if ((await readTopic(pool, canaryTopic)).length === 0) await create(pool, brokers)
  const states = await readTopic(pool, canaryTopic)
  const homeless = wanted.filter(({ id }) => !states.some(({ replicas }) => replicas[0] === id))
  if (homeless.length === 0) return
  const copies = states[0]?.replicas.length ?? wantedCopies
  const total = states.length + homeless.length
  await createPartitions(pool)(canaryTopic, {
    total,
    assignments: homeless.map(({ id }) => placeOn(id, brokers, copies)),
    validateOnly: false,
  })
  await isEverywhere(pool, ({ length }) => length >= total)
}

/** As every broker says: the next to be asked may be any of them, and a leader takes no record before it has heard that it leads. */
export const isEverywhere = (
  pool: Pick<Pool, 'brokers' | 'ask'>,
  isSo: (states: readonly PartitionState[]) => boolean,
): Promise<boolean> => isHeardByEach(pool, topicQuestion(canaryTopic), isSo)

async function create(pool: Pool, brokers: readonly Broker[]): Promise<void> {
  const copies = Math.min(wantedCopies, brokers.length)
  await withAdmin(pool, {
    what: `making the topic ${canaryTopic}`,
    again: true,
    run: async admin => {
      try {
        await admin.createTopics({
          // Waiting for leaders fails half the time on KRaft although the topic is made.
          waitForLeaders: false,
          timeout: ackLimitMs,
          topics: [
            {
              topic: canaryTopic,
              replicaAssignment: brokers.map(({ id }, partition) => ({
                partition,
                replicas: placeOn(id, brokers, copies),
              })),
              configEntries: [
                { name: 'min.insync.replicas', value: String(Math.min(2, copies)) },
                { name: 'retention.ms', value: '3600000' },
              ],
            },
          ],
        })
      } catch (thrown) {
        if (!hasType(thrown, 'TOPIC_ALREADY_EXISTS')) throw thrown
      }
    },
  })
  if (!(await isEverywhere(pool, ({ length }) => length >= brokers.length)))
    throw busy(`making the topic ${canaryTopic}`, 'brokers have not heard of it yet')
}

/**
 * The broker itself first, then the ones after it, one in each rack as far as that goes: two brokers of a rack that share no
 * partition must not share one of the canary's.
 */
export function placeOn(id: number, brokers: readonly Broker[], copies: number): number[] {
  const at = brokers.findIndex(broker => broker.id === id)
  const around = [...brokers.slice(at), ...brokers.slice(0, at)]
  const isFirstOfRack = ({ rack }: Broker, step: number): boolean =>
    rack === null || around.findIndex(other => other.rack === rack) === step
  const spread = around.filter(isFirstOfRack)
  return [...spread, ...around.filter(broker => !spread.includes(broker))]
    .slice(0, copies)
    .map(broker => broker.id)
}

/** A broker that is just back is elected as soon as its copy is in sync, and leads a moment after that. */
export async function readLed(
  pool: Pick<Pool, 'read' | 'write'>,
  { id }: Pick<Broker, 'id'>,
): Promise<PartitionState> {
  let found: PartitionState | undefined
  await until(async () => {
    const states = await readTopic(pool, canaryTopic)
    found = states.find(({ leader }) => leader === id)
    if (found !== undefined) return true
    const due = states.filter(({ replicas, isr }) => replicas[0] === id && isr.includes(id))
    if (due.length > 0) await electPreferred(pool, due)
    return false
  })
  if (found === undefined) throw failed(id, `it leads no partition of ${canaryTopic}`)
  return found
}

const sentAnswer = z.array(
  z.object({ errorCode: z.number(), baseOffset: z.string().regex(/^\d+$/).transform(Number) }),
)

async function writeAndRead(
  pool: Pool,
  id: string,
  broker: Broker,
  { topic, partition }: PartitionState,
): Promise<void> {
  const value = JSON.stringify({ id, broker: broker.id, at: new Date().toISOString() })
  const answered = await withProducer(pool, `the canary on broker ${broker.id}`, producer =>
    producer.send({ topic, acks: -1, timeout: ackLimitMs, messages: [{ partition, value }] }),
  ).catch((thrown: unknown) => {
    throw asFailure(broker.id, thrown)
  })
  const [written] = parseAs('Produce', sentAnswer, answered)
  const { records } = await fetchRecords(pool, broker, { topic, partition }, written?.baseOffset ?? 0)
  const [first] = records
  if (first?.value != null && Buffer.from(first.value).toString() === value) return
  throw new OpsError('CLUSTER_REJECTED', {
    message: `a record that broker ${broker.id} has just acknowledged cannot be read back from ${topic}-${partition}`,
    hint: `stop and look at that broker's log`,
  })
}

const failed = (id: number, why: string): OpsError => busy(`the canary on broker ${id} failed`, why)

/** No answer to a canary is a failed canary: sent again it does no harm. */
function asFailure(id: number, thrown: unknown): unknown {
  if (!(thrown instanceof OpsError)) return thrown
  const passes = thrown.code === 'CLUSTER_BUSY' || thrown.code === 'CLUSTER_UNREACHABLE'
  return passes ? failed(id, thrown.message) : thrown
}

export async function removeCanary(pool: Pool): Promise<void> {
  if ((await readTopic(pool, canaryTopic)).length === 0) return
  await withAdmin(pool, {
    what: `deleting the topic ${canaryTopic}`,
    again: true,
    run: async admin => {
      try {
        await admin.deleteTopics({ topics: [canaryTopic], timeout: ackLimitMs })
      } catch (thrown) {
        if (!hasType(thrown, 'UNKNOWN_TOPIC_OR_PARTITION')) throw thrown
      }
    },
  })
  await isEverywhere(pool, ({ length }) => length === 0)
}
