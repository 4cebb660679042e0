// Gates on who reads the topic: will each of them read every record of the new partitions, and with how many threads?
import { type Gate, refuseAny } from '#sdk'
import type { ExpandFacts } from '../facts.ts'
import { chooseGuard } from '../groups.ts'
import type { ExpandParams } from '../params.ts'
import { partitionsOf } from '../placement.ts'
import { explainUneven, planThreads } from '../threads.ts'

type ExpandGate = Gate<ExpandFacts, ExpandParams>

export const consumerGates: readonly ExpandGate[] = [
  {
    name: 'every_group_reads_new_partitions_from_their_start',
    prevents:
      'Records that a group skips because it learns of a partition after the producers did and begins at its end.',
    waivable: 'approval',
    check: ({ groups }, { earliest }) => {
      const guards = groups.map(one => ({ ...one, guard: chooseGuard(one, earliest) }))
      return refuseAny(
        guards
          .filter(({ guard }) => guard === 'none')
          .map(
            ({ group, members }) =>
              `${group} has ${members.length} members that ops cannot stop, and may begin at the end`,
          ),
        guards.map(({ group, guard }) => `${group}: ${sayGuard[guard]}`).join('; ') || 'no group reads it',
      )
    },
  },
  {
    name: 'every_partition_with_records_has_an_offset',
    prevents:
      'Consumers that start again in a partition without an offset: from its start, everything is read twice.',
    waivable: 'reason',
    check: ({ groups }, { topic, earliest }) =>
      refuseAny(
        groups
          .filter(one => chooseGuard(one, earliest) === 'stop')
          .flatMap(({ group, uncommitted }) =>
            uncommitted
              .filter(({ records }) => records > 0)
              .map(
                ({ partition, records }) =>
                  `${group} has committed nothing in ${topic}-${partition}, where ${records} records lie`,
              ),
          ),
        'where there are records there is an offset',
      ),
  },
  {
    name: 'groups_are_stable',
    prevents:
      'Taking consumers down that have trouble already, and not knowing afterwards whose fault it is.',
    waivable: 'reason',
    check: ({ groups }, { topic }) =>
      refuseAny(
        groups
          .filter(({ fleet, state }) => fleet !== null && state !== 'Stable')
          .map(({ group, state, members }) => `${group} is ${state} with ${members.length} members`),
        `${groups.length} groups read ${topic}`,
      ),
  },
  {
    name: 'members_are_those_of_the_inventory',
    prevents:
      'A group that never becomes empty because somebody else reads in it, or an instance that is down taken for fewer threads of each.',
    waivable: 'reason',
    check: ({ groups }) =>
      refuseAny(
        groups.flatMap(({ group, fleet, members }) => {
          if (fleet === null || members.length === 0) return []
          const instances = fleet.hosts.length
          if (members.length % instances !== 0)
            return [
              `${group} has ${members.length} members, which is no multiple of its ${instances} instances`,
            ]
          // Threads are counted by members: fewer hosts look like fewer threads of each.
          const hosts = new Set(members.map(({ host }) => host)).size
          if (hosts >= instances || members.length >= instances * fleet.threads) return []
          return [
            `${group} has ${members.length} members on ${hosts} hosts, and the inventory has ${instances} instances with ${fleet.threads} threads`,
          ]
        }),
        'every instance has as many members',
      ),
  },
  {
    name: 'no_group_reads_without_members',
    prevents: 'Consumers with partitions assigned by hand, which never read the new ones.',
    waivable: 'reason',
    check: ({ groups }) =>
      refuseAny(
        groups
          .filter(({ members, moving }) => members.length === 0 && moving)
          .map(({ group }) => `${group} has no member, and its offsets move`),
        'whoever reads is a member of its group',
      ),
  },
  {
    name: 'threads_divide_the_partitions',
    prevents:
      'Threads that read twice as much as others, or nothing, so that lag grows on some partitions only.',
    waivable: 'reason',
    check: (facts, { topic, to, threads }) => {
      const from = partitionsOf(facts, topic).length
      const plans = facts.groups.flatMap(one => {
        const plan = planThreads(one, from, to, threads)
        return plan === null ? [] : [{ group: one.group, plan }]
      })
      return refuseAny(
        plans.flatMap(({ group, plan }) => {
          const why = explainUneven(plan, to)
          return why === null ? [] : [`${group}: ${why}; --threads gives another number for each instance`]
        }),
        plans
          .map(({ group, plan }) => `${group}: ${plan.instances} instances with ${plan.after} threads`)
          .join('; ') || 'no consumers in the inventory',
      )
    },
  },
]

const sayGuard = {
  stop: 'stopped while it is made, then begins at the start',
  commit: 'has no members, offset 0 is committed for it',
  earliest: 'begins at the start by its own setting',
  none: 'may begin at the end',
} as const
