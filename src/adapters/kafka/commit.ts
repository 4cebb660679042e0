// Sets committed offsets of a group without members, by one OffsetCommit to its coordinator, which refuses while the group
// has members. kafkajs would join the group for it and read from the topic.
import { z } from 'zod'
import type { KafkaPort } from '../../ports/kafka.ts'
import { type Call, problem } from './call.ts'
import { busy, nameCode, refused, refusedWith } from './errors.ts'
import { groupByTopic } from './group-by-topic.ts'
import type { Pool } from './pool.ts'
import { loadWires } from './vendor.ts'

const coordinatorAnswer = z.object({
  coordinators: z.array(
    z.object({ nodeId: z.number(), errorCode: z.number(), errorMessage: z.string().nullable() }),
  ),
})
const consumerGroup = 0

const findCall = (group: string): Call<typeof coordinatorAnswer> => ({
  name: 'FindCoordinator',
  api: wires => wires.findCoordinatorV4.api,
  args: [consumerGroup, [group]],
  schema: coordinatorAnswer,
  problemOf: ({ coordinators: [first] }) => problem(first?.errorCode ?? 0, first?.errorMessage),
})

const commitAnswer = z.object({
  topics: z.array(
    z.object({
      name: z.string(),
      partitions: z.array(z.object({ partitionIndex: z.number(), errorCode: z.number() })),
    }),
  ),
})

/** No member commits: what the server takes from an administrator, and only while the group is empty. */
const nobody = { generation: -1, member: '' }

export async function commitOffsets(
  pool: Pool,
  group: string,
  offsets: Parameters<KafkaPort['commitOffsets']>[1],
): Promise<void> {
  if (offsets.length === 0) return
  const id = (await pool.read(findCall(group))).coordinators[0]?.nodeId
  const broker = (await pool.brokers()).brokers.find(one => one.id === id)
  if (broker === undefined) throw busy(`the offsets of ${group}`, 'its coordinator is away')
  const topics = groupByTopic(offsets).map(([name, rows]) => ({
    name,
    partitions: rows.map(({ partition, offset }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: '',
    })),
  }))
  const answered = await pool.tell(broker, {
    name: 'OffsetCommit',
    api: wires => wires.offsetCommitV8.api,
    args: [group, nobody.generation, nobody.member, null, topics],
    schema: commitAnswer,
  })
  const bad = answered.topics.flatMap(({ name, partitions }) =>
    partitions
      .filter(({ errorCode }) => errorCode !== 0)
      .map(({ partitionIndex, errorCode }) => ({ what: `${name}-${partitionIndex}`, errorCode })),
  )
  const [first] = bad
  if (first === undefined) return
  const code = nameCode(await loadWires(), first.errorCode)
  if (code === 'UNKNOWN_MEMBER_ID')
    throw refused(`the offsets of ${group}`, code, 'the group has members; stop them first')
  throw await refusedWith(`the offsets of ${group} for ${bad.map(({ what }) => what).join(', ')}`, {
    code: first.errorCode,
    text: null,
  })
}
