// Gates on the brokers: is it the right cluster, is all of it there, and would it make the change?
import { explainSharedRacks, type Gate, pass, refuse, refuseAny } from '#sdk'
import { sayBroker } from '../brokers.ts'
import type { ExpandFacts } from '../facts.ts'
import type { ExpandParams } from '../params.ts'
import { copiesOf, growthByBroker, partitionsOf, placementBrokers, placeNew } from '../placement.ts'

type ExpandGate = Gate<ExpandFacts, ExpandParams>

/** Copies on one broker; Kafka's own advice. */
const mostCopiesPerBroker = 4000
/** Share of a disk that stays free. */
const spareShare = 0.15

export const clusterGates: readonly ExpandGate[] = [
  {
    name: 'cluster_is_the_one_in_the_inventory',
    prevents: 'Expanding a topic of production when that of the lab was meant.',
    waivable: 'never',
    check: ({ identity, inventory }) =>
      inventory.clusterId !== null && inventory.clusterId !== identity.clusterId
        ? refuse(`the cluster's id is ${identity.clusterId}, the inventory says ${inventory.clusterId}`)
        : pass(`cluster ${identity.clusterId}`),
  },
  {
    name: 'every_broker_is_registered',
    prevents: 'Placing all new partitions on the brokers that happen to be up.',
    waivable: 'never',
    check: ({ identity, inventory: { brokers } }) => {
      if (identity.brokers.length === 0) return refuse('the metadata names no broker')
      const there = new Set(identity.brokers.map(({ id }) => id))
      return refuseAny(
        brokers.flatMap(({ name, id }) =>
          id !== null && there.has(id) ? [] : [`${name} is not registered`],
        ),
        `${there.size} brokers`,
      )
    },
  },
  {
    name: 'every_partition_is_in_sync',
    prevents: 'Giving brokers new logs while they are behind with those they have.',
    waivable: 'reason',
    check: ({ partitions }) => {
      if (partitions.length === 0) return refuse('the metadata names no partition at all')
      return refuseAny(
        partitions
          .filter(({ leader, isr, replicas }) => leader === null || isr.length < replicas.length)
          .map(({ topic, partition, leader, isr, replicas }) =>
            leader === null
              ? `${topic}-${partition} has no leader`
              : `${topic}-${partition}: ${isr.length} of ${replicas.length} copies in sync`,
          ),
        `${partitions.length} partitions, every copy in sync`,
      )
    },
  },
  {
    name: 'no_reassignment_is_running',
    prevents: 'Placing partitions by a picture of the disks that changes while it is looked at.',
    waivable: 'never',
    check: ({ reassignments }) =>
      refuseAny(
        reassignments.map(({ topic, partition }) => `${topic}-${partition} is being moved`),
        'no partition is being moved',
      ),
  },
  {
    name: 'every_log_directory_is_online',
    prevents: 'New partitions on a broker that has lost a disk.',
    waivable: 'never',
    check: ({ logDirs, identity, inventory: { brokers } }) => {
      const silent = identity.brokers.filter(({ id }) => !logDirs.some(({ broker }) => broker === id))
      return refuseAny(
        [
          ...silent.map(({ id }) => `${sayBroker(id, brokers)} says nothing of its log directories`),
          ...logDirs.flatMap(({ broker, path, problem }) =>
            problem === null ? [] : [`${path} on ${sayBroker(broker, brokers)}: ${problem}`],
          ),
        ],
        `${logDirs.length} log directories`,
      )
    },
  },
  {
    name: 'disks_have_room',
    prevents: 'A disk that fills up because more of the traffic goes to it than before.',
    waivable: 'reason',
    check: (facts, params) => {
      const places = placementBrokers(facts, params)
      const added = growthByBroker(facts, params)
      const known = facts.logDirs.filter(({ totalBytes }) => totalBytes !== null)
      if (known.length === 0) return pass('the brokers do not say how large their disks are')
      return refuseAny(
        places.flatMap(({ id, freeBytes }) => {
          const total = known
            .filter(({ broker }) => broker === id)
            .reduce((sum, { totalBytes }) => sum + (totalBytes ?? 0), 0)
          const left = (freeBytes ?? 0) - (added.get(id) ?? 0)
          if (freeBytes === null || left >= total * spareShare) return []
          return [`${sayBroker(id, facts.inventory.brokers)}: ${percent(left, total)} would be free`]
        }),
        `at least ${spareShare * 100} % of every disk stays free`,
      )
    },
  },
  {
    name: 'brokers_can_carry_the_partitions',
    prevents: 'Brokers that take minutes to start and run out of open files.',
    waivable: 'reason',
    check: (facts, params) => {
      const added = placeNew(facts, params).flat()
      const counts = facts.identity.brokers.map(({ id }) => ({
        id,
        count:
          facts.partitions.filter(({ replicas }) => replicas.includes(id)).length +
          added.filter(one => one === id).length,
      }))
      return refuseAny(
        counts
          .filter(({ count }) => count > mostCopiesPerBroker)
          .map(({ id, count }) => `${sayBroker(id, facts.inventory.brokers)} would have ${count} copies`),
        `at most ${Math.max(0, ...counts.map(({ count }) => count))} copies on a broker`,
      )
    },
  },
  {
    name: 'new_partitions_spread_over_racks',
    prevents: 'Partitions that are gone as soon as one rack is.',
    waivable: 'reason',
    check: (facts, params) => {
      const assignments = placeNew(facts, params)
      const copies = copiesOf(partitionsOf(facts, params.topic))
      const racks = new Set(facts.identity.brokers.map(({ id, rack }) => rack ?? `broker ${id}`)).size
      if (racks < copies) return refuse(`${copies} copies of each partition, and ${racks} racks`)
      return refuseAny(
        explainSharedRacks(assignments, facts.identity.brokers),
        `${assignments.length} new partitions, ${copies} copies each, over ${racks} racks`,
      )
    },
  },
  {
    name: 'brokers_would_make_the_change',
    prevents: 'Stopping consumers for a change that the brokers refuse: a missing right, a policy, a limit.',
    waivable: 'never',
    check: ({ objection }) =>
      objection === null ? pass('validated, nothing was changed') : refuse(objection),
  },
]

const percent = (part: number, total: number): string => `${Math.round((100 * part) / Math.max(1, total))} %`
