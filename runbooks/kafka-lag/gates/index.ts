// The table: what must be true before consumers are touched. Looking alone needs the right cluster and whole metadata.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { GroupFacts, LagFacts } from '../facts.ts'
import type { LagParams } from '../params.ts'
import { isTaken, sayRemedy } from '../remedies.ts'

const treated = ({ groups }: LagFacts): readonly GroupFacts[] =>
  groups.filter(({ finding }) => finding !== null && isTaken(finding.remedy))

export const gates: readonly Gate<LagFacts, LagParams>[] = [
  {
    name: 'cluster_is_the_one_in_the_inventory',
    prevents: 'Restarting consumers of production for the lag of the lab.',
    waivable: 'never',
    check: ({ clusterId: { wanted, found } }) =>
      wanted !== null && wanted !== found
        ? refuse(`the cluster's id is ${found}, the inventory says ${wanted}`)
        : pass(`cluster ${found}`),
  },
  {
    name: 'metadata_is_whole',
    prevents: 'Calling a group healthy because nobody could see what it reads.',
    waivable: 'never',
    check: ({ partitions, identity, groups }, { group }) => {
      if (identity.brokers.length === 0 || partitions.length === 0)
        return refuse('the metadata names no broker or no partition')
      if (group !== undefined && groups.every(({ lag }) => lag.members.length + lag.partitions.length === 0))
        return refuse(`nothing is known of a group ${group}`)
      const topics = new Set(partitions.map(one => one.topic))
      return refuseAny(
        groups.flatMap(({ lag }) =>
          [...new Set(lag.members.flatMap(({ assigned }) => assigned.map(({ topic }) => topic)))]
            .filter(topic => !topics.has(topic))
            .map(topic => `${lag.group} reads ${topic}, of which the metadata says nothing`),
        ),
        `${identity.brokers.length} brokers, ${groups.length} groups`,
      )
    },
  },
  {
    name: 'every_partition_has_a_leader',
    prevents: 'Looking for the trouble in the consumers when it is in the brokers.',
    waivable: 'reason',
    check: ({ partitions }) =>
      refuseAny(
        partitions
          .filter(({ leader }) => leader === null)
          .map(({ topic, partition }) => `${topic}-${partition} has no leader`),
        `${partitions.length} partitions have one`,
      ),
  },
  {
    name: 'no_restart_skips_records',
    prevents:
      'A consumer that starts again at the end of a partition in which it has never committed an offset.',
    waivable: 'approval',
    check: (facts, { fix }) => {
      const due = fix ? treated(facts) : []
      return refuseAny(
        due
          .filter(({ fleet }) => fleet?.reset !== 'earliest')
          .flatMap(({ lag }) =>
            lag.partitions
              .filter(({ offset }) => offset === null)
              .map(
                ({ topic, partition, lag: records }) =>
                  `${lag.group} has no offset in ${topic}-${partition}, where ${records} records lie`,
              ),
          ),
        due.length === 0 ? 'nobody is restarted' : 'every partition has an offset',
      )
    },
  },
  {
    name: 'somebody_else_agrees_to_the_step',
    prevents:
      'Consumers restarted by one tired person at night for a cause that a second one would not have seen.',
    waivable: 'approval',
    check: (facts, { fix }) => {
      const due = fix ? treated(facts) : []
      return refuseAny(
        due.flatMap(({ lag, finding }) =>
          finding === null ? [] : [`${lag.group}, ${finding.cause}: ${sayRemedy(finding.remedy)}`],
        ),
        fix ? 'there is no step that ops could take' : 'nothing is touched without --fix',
      )
    },
  },
]
