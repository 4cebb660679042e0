// Gates on the cluster: it is the right one, all of it is there, and nothing else is going on in it.
import { pass, refuse, refuseAny } from '#sdk'
import { judgeLags } from '../../consumer-lag.ts'
import { namesById } from '../brokers.ts'
import type { KafkaGate } from './gate.ts'

/** A controller that is further behind would not do as a leader. */
const laggingRecords = 1000
const laggingMs = 10_000
const leastFree = 0.1

export const clusterGates: readonly KafkaGate[] = [
  {
    name: 'brokers_are_of_the_cluster_in_the_inventory',
    prevents: 'Restarting the brokers of another cluster.',
    waivable: 'never',
    check: ({ identity: { clusterId }, inventory }) =>
      inventory.clusterId === null || inventory.clusterId === clusterId
        ? pass(clusterId)
        : refuse(`the inventory has cluster ${inventory.clusterId}, the brokers say ${clusterId}`),
  },
  {
    name: 'two_brokers_answer',
    prevents: 'Depending on the one broker that is about to be stopped.',
    waivable: 'never',
    check: ({ endpoints }) => {
      const answering = endpoints.filter(({ identity }) => identity !== null)
      const silent = endpoints.filter(({ identity }) => identity === null)
      const seen = `${answering.length} of ${endpoints.length} addresses answer`
      if (answering.length >= 2) return pass(seen)
      return refuse([seen, ...silent.map(({ host, problem }) => `${host}: ${problem}`)].join('; '))
    },
  },
  {
    name: 'every_broker_of_the_inventory_is_registered',
    prevents: 'Adding a planned absence to one that nobody has noticed.',
    waivable: 'never',
    check: ({ inventory, identity }) => {
      const there = new Set(identity.brokers.map(({ id }) => id))
      return refuseAny(
        inventory.brokers
          .filter(({ id }) => !there.has(id))
          .map(({ name, id }) => `${name} (broker ${id}) is missing`),
        `${there.size} brokers, as in the inventory`,
      )
    },
  },
  {
    name: 'metadata_is_complete',
    prevents: 'Taking an empty answer for a cluster in which nothing can go wrong.',
    waivable: 'never',
    check: ({ partitions, identity, topics, logDirs }) => {
      const silent = identity.brokers.filter(({ id }) => !logDirs.some(({ broker }) => broker === id))
      const without = [...new Set(partitions.map(({ topic }) => topic))].filter(topic => !topics.has(topic))
      return refuseAny(
        [
          ...(partitions.length === 0 ? ['the brokers show no partition at all'] : []),
          ...without.map(topic => `the settings of ${topic} cannot be read`),
          ...silent.map(({ id }) => `broker ${id} does not say what is on its disks`),
        ],
        `${partitions.length} partitions of ${topics.size} topics`,
      )
    },
  },
  {
    name: 'controllers_have_a_leader_and_keep_up',
    prevents: 'Losing the majority of the controllers with the next stop.',
    waivable: 'never',
    check: ({ quorum: { leader, voters }, inventory }) => {
      const name = namesById(inventory.brokers)
      if (leader === null) return refuse('the controllers have no leader')
      const behind = voters.filter(
        ({ lag, caughtUpMsAgo, id }) =>
          id !== leader && (lag >= laggingRecords || (caughtUpMsAgo ?? Number.POSITIVE_INFINITY) > laggingMs),
      )
      return refuseAny(
        behind.map(({ id, lag }) => `${name(id)} is ${lag} records behind`),
        `${name(leader)} leads ${voters.length} controllers`,
      )
    },
  },
  {
    name: 'no_reassignment_is_running',
    prevents: 'Stopping a broker from or to which copies are being moved.',
    // The run would stop at its first look: somebody_moves_partitions.
    waivable: 'never',
    check: ({ reassignments }) =>
      refuseAny(
        reassignments.map(
          ({ topic, partition, adding, removing }) =>
            `${topic}-${partition} moves (to ${adding.join(', ') || 'none'}, from ${removing.join(', ') || 'none'})`,
        ),
        'no partition moves',
      ),
  },
  {
    name: 'no_replication_throttle_is_set',
    prevents: 'A broker that cannot catch up because somebody left a throttle behind.',
    waivable: 'reason',
    check: ({ topics, brokers }) => {
      const found = (kind: string, configs: KafkaConfigs) =>
        [...configs].flatMap(([of, entries]) =>
          [...entries]
            .filter(
              ([name, { source, value }]) =>
                /\.throttled\.(rate|replicas)$/.test(name) && value && /^(topic|dynamic)/.test(source),
            )
            .map(([name]) => `${name} on ${kind} ${of}`),
        )
      return refuseAny([...found('topic', topics), ...found('broker', brokers)], 'no throttle')
    },
  },
  {
    name: 'log_directories_are_well',
    prevents: 'Relying on a copy whose disk has failed.',
    waivable: 'never',
    check: ({ logDirs, inventory }) => {
      const name = namesById(inventory.brokers)
      return refuseAny(
        logDirs
          .filter(({ problem }) => problem !== null)
          .map(({ broker, path, problem }) => `${name(broker)} ${path}: ${problem}`),
        `${logDirs.length} log directories`,
      )
    },
  },
  {
    name: 'brokers_have_disk_left',
    prevents: 'A disk that fills up while the others catch up.',
    waivable: 'reason',
    check: ({ logDirs, inventory }) => {
      const name = namesById(inventory.brokers)
      return refuseAny(
        logDirs.flatMap(({ broker, path, totalBytes, usableBytes }) =>
          totalBytes !== null && usableBytes !== null && usableBytes < totalBytes * leastFree
            ? [`${name(broker)} ${path}: ${Math.round((usableBytes / totalBytes) * 100)} % left`]
            : [],
        ),
        `every disk has at least ${leastFree * 100} % left`,
      )
    },
  },
  {
    name: 'no_run_left_kafka_settings_behind',
    prevents: 'Taking the settings of a dead run for what they should be.',
    waivable: 'reason',
    check: ({ leftovers }) =>
      refuseAny(
        leftovers
          .filter(({ kind }) => kind.startsWith('kafka.'))
          .map(({ run, name }) => `run ${run} has not given back ${name}: ops abort ${run}`),
        'nothing left over',
      ),
  },
  {
    name: 'consumer_groups_are_stable',
    prevents: 'Restarting brokers under a group that is being torn apart already.',
    waivable: 'reason',
    check: ({ groups }) =>
      refuseAny(
        groups
          .filter(({ state }) => state !== 'Stable' && state !== 'Empty')
          .map(({ group, state }) => `${group} is in ${state}`),
        `${groups.length} groups`,
      ),
  },
  {
    name: 'consumers_keep_up',
    prevents: 'A pause on top of a lag that already grows.',
    waivable: 'reason',
    check: ({ lags }) => judgeLags(lags),
  },
  {
    name: 'hosts_would_let_the_broker_come_back',
    prevents: 'A broker that stops and cannot start again.',
    waivable: 'reason',
    check: ({ lint }) =>
      refuseAny(
        lint.flatMap(({ host, errors }) => errors.map(error => `${host}: ${error}`)),
        `${lint.length} hosts checked`,
      ),
  },
]

type KafkaConfigs = ReadonlyMap<
  string | number,
  ReadonlyMap<string, { source: string; value: string | null }>
>
