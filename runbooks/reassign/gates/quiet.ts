// Gates on what else is going on: other reassignments, copies that are behind, throttles of others, what dead runs left.
import { type Gate, refuseAny } from '#sdk'
import { noRunLeftSettings } from '../../rolling-restart/nothing-left-over.ts'
import type { ReassignFacts } from '../facts.ts'
import type { ReassignParams } from '../params.ts'
import { keyOf } from '../sizes.ts'
import { ownValue, throttleNames } from '../throttle.ts'

export const quietGates: readonly Gate<ReassignFacts, ReassignParams>[] = [
  {
    name: 'no_reassignment_is_running',
    prevents: 'Two operators moving the same partitions, and one cancelling what the other waits for.',
    waivable: 'never',
    check: ({ reassignments }) =>
      refuseAny(
        reassignments.map(one => `${keyOf(one)} is being moved to ${one.replicas.join(', ')}`),
        'no reassignment is listed',
      ),
  },
  {
    name: 'every_partition_is_in_sync',
    prevents: 'Copying the only good copy over a network and disks that are behind already.',
    waivable: 'approval',
    check: ({ partitions }) =>
      refuseAny(
        partitions
          .filter(({ leader, replicas, isr }) => leader === null || isr.length < replicas.length)
          .map(one =>
            one.leader === null
              ? `${keyOf(one)} has no leader`
              : `${keyOf(one)} has ${one.isr.length} of ${one.replicas.length} copies in sync`,
          ),
        `${partitions.length} partitions, all in sync`,
      ),
  },
  noRunLeftSettings("Taking a dead run's throttle for the wanted one, and giving that back at the end."),
  {
    name: 'no_foreign_throttle_is_set',
    prevents: 'Copying at the speed of a forgotten throttle, or ending one that somebody needs.',
    waivable: 'reason',
    check: ({ topicConfigs, brokerConfigs }) =>
      refuseAny(
        [
          ...[...topicConfigs].flatMap(([topic, configs]) =>
            Object.values(throttleNames.replicas)
              .filter(name => (ownValue(configs, name) ?? '') !== '')
              .map(name => `topic ${topic} has ${name}=${ownValue(configs, name)}`),
          ),
          ...[...brokerConfigs].flatMap(([id, configs]) =>
            Object.values(throttleNames.rate)
              .filter(name => ownValue(configs, name) !== null)
              .map(name => `broker ${id} has ${name}=${ownValue(configs, name)}`),
          ),
        ],
        `${topicConfigs.size} topics and ${brokerConfigs.size} brokers without a throttle`,
      ),
  },
]
