// Consumer groups with their members, and what they have committed, by kafkajs.
import { z } from 'zod'
import type { CommittedOffset, ConsumerGroup, GroupState } from '../../ports/kafka.ts'
import { longText, parseAs } from './call.ts'
import { withAdmin } from './client.ts'
import { readPartitions } from './partitions.ts'
import type { Pool } from './pool.ts'
import { loadClients } from './vendor.ts'

const listAnswer = z.object({
  groups: z.array(z.object({ groupId: z.string(), protocolType: z.string() })),
})

const groupsAnswer = z.object({
  groups: z.array(
    z.object({
      groupId: z.string(),
      state: z.string(),
      members: z.array(
        z.object({
          memberId: z.string(),
          clientId: z.string(),
          clientHost: z.string(),
          memberAssignment: z.instanceof(Buffer),
        }),
      ),
    }),
  ),
})

const states = ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'] as const

/** Not those of Kafka Connect and the like; those that only hold offsets have no protocol. */
const protocols = ['consumer', '']

export async function readGroups(pool: Pool): Promise<readonly ConsumerGroup[]> {
  const { AssignerProtocol } = await loadClients()
  const toMember = ({ memberId, clientId, clientHost, memberAssignment }: MemberRow) => {
    // Empty while the group rebalances.
    const decoded =
      memberAssignment.length === 0 ? null : AssignerProtocol.MemberAssignment.decode(memberAssignment)
    const assigned = Object.entries(decoded?.assignment ?? {}).flatMap(([topic, partitions]) =>
      partitions.map(partition => ({ topic, partition })),
    )
    return { id: memberId, clientId, host: clientHost.replace(/^\//, ''), assigned }
  }
  return withAdmin(pool, {
    what: 'reading the consumer groups',
    again: true,
    run: async admin => {
      const { groups } = parseAs('ListGroups', listAnswer, await admin.listGroups())
      const ids = groups
        .filter(({ protocolType }) => protocols.includes(protocolType))
        .map(({ groupId }) => groupId)
      if (ids.length === 0) return []
      const found = parseAs('DescribeGroups', groupsAnswer, await admin.describeGroups(ids))
      return found.groups.map(({ groupId, state, members }) => ({
        group: groupId,
        state: toState(state),
        members: members.map(toMember),
      }))
    },
  })
}

type MemberRow = z.output<typeof groupsAnswer>['groups'][number]['members'][number]

const toState = (state: string): GroupState => states.find(one => one === state) ?? 'Unknown'

const offsetsAnswer = z.array(
  z.object({
    topic: z.string(),
    partitions: z.array(z.object({ partition: z.number(), offset: longText })),
  }),
)

/** Every partition of the topics that the group has committed any offset of. */
export async function readCommitted(pool: Pool, group: string): Promise<readonly CommittedOffset[]> {
  const found = await withAdmin(pool, {
    what: `reading the offsets of ${group}`,
    again: true,
    run: async admin => parseAs('OffsetFetch', offsetsAnswer, await admin.fetchOffsets({ groupId: group })),
  })
  const committed = new Map(
    found.flatMap(({ topic, partitions }) =>
      partitions
        .filter(({ offset }) => offset >= 0)
        .map(({ partition, offset }) => [`${topic}-${partition}`, { topic, partition, offset }] as const),
    ),
  )
  const topics = new Set([...committed.values()].map(({ topic }) => topic))
  if (topics.size === 0) return []
  return (await readPartitions(pool))
    .filter(({ topic }) => topics.has(topic))
    .map(({ topic, partition }) => ({
      topic,
      partition,
      offset: committed.get(`${topic}-${partition}`)?.offset ?? null,
    }))
}
