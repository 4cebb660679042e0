// Gates on the cluster as a whole: is it the right one, is it all there, and is everything known about it?
import { type Gate, refuse, refuseAny } from '#sdk'
import { joinBrokers, nameOf } from '../brokers.ts'
import type { ReassignFacts } from '../facts.ts'
import type { ReassignParams } from '../params.ts'
import { keyOf } from '../sizes.ts'

export const clusterGates: readonly Gate<ReassignFacts, ReassignParams>[] = [
  {
    name: 'cluster_is_the_one_in_the_inventory',
    prevents: 'Moving the data of production when the inventory of the lab was meant.',
    waivable: 'never',
    check: ({ identity, inventory, endpoints }) => {
      if (inventory.clusterId !== null && identity.clusterId !== inventory.clusterId)
        return refuse(`the cluster's id is ${identity.clusterId}, the inventory says ${inventory.clusterId}`)
      const others = endpoints.filter(
        ({ identity: found }) => found !== null && found.clusterId !== identity.clusterId,
      )
      return refuseAny(
        others.map(({ host, identity: found }) => `${host} belongs to ${found?.clusterId}`),
        `cluster ${identity.clusterId}`,
      )
    },
  },
  {
    name: 'every_broker_of_the_inventory_is_registered',
    prevents: 'Copying onto fewer disks than there should be, away from a broker that is only down.',
    waivable: 'reason',
    check: ({ identity, inventory }) => {
      const registered = new Set(identity.brokers.map(({ id }) => id))
      const expected = new Set(inventory.brokers.map(({ id }) => id))
      if (expected.size === 0) return refuse('the inventory has no broker')
      return refuseAny(
        [
          ...inventory.brokers
            .filter(({ id }) => !registered.has(id))
            .map(({ name }) => `${name} is not registered`),
          ...[...registered]
            .filter(id => !expected.has(id))
            .map(id => `broker ${id} is not in the inventory`),
        ],
        `${registered.size} brokers, as in the inventory`,
      )
    },
  },
  {
    name: 'metadata_is_complete',
    prevents: 'Planning on half of the picture: what is not seen is not moved, and disks fill up unseen.',
    waivable: 'never',
    check: facts => {
      if (facts.partitions.length === 0) return refuse('the metadata of the cluster names no partition')
      return refuseAny(
        listHoles(facts),
        `${facts.partitions.length} partitions, every copy found on its broker`,
      )
    },
  },
  {
    name: 'every_log_dir_is_online',
    prevents:
      'Copies being sent to a broker that has lost a disk, and taken from fewer sources than believed.',
    waivable: 'reason',
    check: ({ logDirs: [, dirs], inventory, identity }) => {
      if (dirs.length === 0) return refuse('no broker tells of its log directories')
      const brokers = joinBrokers(inventory.brokers, identity.brokers)
      return refuseAny(
        dirs
          .filter(({ problem }) => problem !== null)
          .map(({ broker, path, problem }) => `${nameOf(brokers, broker)} ${path}: ${problem}`),
        `${dirs.length} log directories`,
      )
    },
  },
]

/** Copies that metadata has and log directories have not, and the other way round. */
function listHoles({ partitions, logDirs: [, dirs], identity }: ReassignFacts): string[] {
  const registered = new Set(identity.brokers.map(({ id }) => id))
  const known = new Map(partitions.map(one => [keyOf(one), new Set(one.replicas)]))
  const found = new Set<string>()
  const unknown: string[] = []
  for (const { broker, replicas } of dirs)
    for (const replica of replicas) {
      const key = keyOf(replica)
      found.add(`${key} ${broker}`)
      if (known.get(key)?.has(broker) !== true)
        unknown.push(`broker ${broker} holds ${key}, the metadata does not say so`)
    }
  const missing = partitions.flatMap(one => {
    if (one.replicas.length === 0) return [`${keyOf(one)} has no replica in the metadata`]
    return one.replicas
      .filter(id => registered.has(id) && !found.has(`${keyOf(one)} ${id}`))
      .map(id => `broker ${id} does not tell the size of ${keyOf(one)}`)
  })
  const silent = [...registered]
    .filter(id => !dirs.some(({ broker }) => broker === id))
    .map(id => `broker ${id} tells of no log directory`)
  return [...silent, ...unknown, ...missing]
}
