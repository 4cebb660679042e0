// Who leads the controllers and who keeps up. On KRaft the controller of kafkajs' metadata is any broker; only this call
// knows.
import { z } from 'zod'
import type { Quorum } from '../../ports/kafka.ts'
import { type Call, long, problem } from './call.ts'
import { busy } from './errors.ts'
import type { Pool } from './pool.ts'

const replica = z.object({ replicaId: z.number(), logEndOffset: long, lastCaughtUpTimestamp: long })
const answer = z.object({
  errorCode: z.number(),
  topics: z.array(
    z.object({
      partitions: z.array(
        z.object({
          errorCode: z.number(),
          leaderId: z.number(),
          leaderEpoch: z.number(),
          currentVoters: z.array(replica),
        }),
      ),
    }),
  ),
})

const call: Call<typeof answer> = {
  name: 'DescribeQuorum',
  api: wires => wires.describeQuorumV1.api,
  args: [[{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }] }]],
  schema: answer,
  problemOf: ({ errorCode, topics }) =>
    problem(errorCode) ?? problem(topics[0]?.partitions[0]?.errorCode ?? 0),
}

export async function readQuorum(pool: Pool): Promise<Quorum> {
  const partition = (await pool.read(call)).topics[0]?.partitions[0]
  if (partition === undefined) throw busy('DescribeQuorum', 'the answer has no quorum in it')
  const { leaderId, leaderEpoch, currentVoters } = partition
  const leader = currentVoters.find(({ replicaId }) => replicaId === leaderId)
  // The leader's own stamp is the time of the answer by its clock, so clocks need not agree.
  const nowMs = leader?.lastCaughtUpTimestamp ?? -1
  const end = leader?.logEndOffset ?? Math.max(0, ...currentVoters.map(({ logEndOffset }) => logEndOffset))
  return {
    leader: leaderId < 0 ? null : leaderId,
    epoch: leaderEpoch,
    voters: currentVoters
      .map(({ replicaId, logEndOffset, lastCaughtUpTimestamp }) => ({
        id: replicaId,
        logEndOffset,
        lag: Math.max(0, end - Math.max(0, logEndOffset)),
        caughtUpMsAgo:
          lastCaughtUpTimestamp < 0 || nowMs < 0 ? null : Math.max(0, nowMs - lastCaughtUpTimestamp),
      }))
      .sort((a, b) => a.id - b.id),
  }
}
