// Gates on partitions: every copy is in sync now, and what a stop would mean for writers is known and wanted.
import { pass, refuse, refuseAny } from '#sdk'
import { namesById } from '../brokers.ts'
import { nameOf, sayPartitions, underReplicated } from '../copies.ts'
import { suppose } from '../suppose.ts'
import { planBrokers } from '../world.ts'
import type { KafkaGate } from './gate.ts'

/** True, whatever the source of the setting. */
const isOn = (value: string | null | undefined): boolean => value === 'true'

export const partitionGates: readonly KafkaGate[] = [
  {
    name: 'every_partition_has_a_leader',
    prevents: 'Restarting a cluster in which something is already lost.',
    waivable: 'never',
    check: ({ partitions }) =>
      refuseAny(
        partitions.filter(({ leader }) => leader === null).map(one => `${nameOf(one)} has none`),
        `${partitions.length} partitions`,
      ),
  },
  {
    name: 'every_copy_is_in_sync',
    prevents: 'Stopping the broker with the only complete copy.',
    waivable: 'never',
    check: ({ partitions, inventory }) => {
      const name = namesById(inventory.brokers)
      return refuseAny(
        underReplicated(partitions).map(
          one =>
            `${nameOf(one)} lacks ${one.replicas
              .filter(id => !one.isr.includes(id))
              .map(name)
              .join(', ')}`,
        ),
        'every copy is in sync',
      )
    },
  },
  {
    name: 'no_partition_would_go_offline',
    prevents: 'Partitions that nobody can read or write while their only broker is away.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        suppose(facts)
          .filter(({ offline }) => offline.length > 0)
          .map(({ name, offline }) => `without ${name}: ${sayPartitions(offline)}`),
        'every partition has a copy elsewhere',
      ),
  },
  {
    name: 'no_partition_would_refuse_writes',
    prevents: 'Producers with acks=all that fail, or buffer until they are full, while a broker is away.',
    waivable: 'never',
    check: (facts, { during, acceptStall }) => {
      const blocked = suppose(facts).filter(one => one.blocked.length > 0)
      if (blocked.length === 0) return pass('every partition keeps as many copies as its writers ask for')
      const told = blocked.map(({ name, blocked: ones }) => `without ${name}: ${sayPartitions(ones, 40)}`)
      if (during !== undefined) return pass('they take writes with one copy meanwhile: --during min-insync=1')
      if (acceptStall) return pass('they refuse writes meanwhile, which is accepted: --accept-stall')
      const [topic] = blocked.flatMap(({ blocked: ones }) => ones.map(one => one.topic))
      return refuse(
        `${told.join('; ')}. Choose: --during min-insync=1 (one copy for the length of the run), --accept-stall (the writers wait), or give them a third copy first: ops run reassign --raise-rf 3 --topic ${topic}`,
      )
    },
  },
  {
    name: 'only_complete_copies_become_leaders',
    prevents: 'A leader that lacks acknowledged messages.',
    waivable: 'approval',
    check: ({ topics }) =>
      refuseAny(
        [...topics]
          .filter(([, configs]) => isOn(configs.get('unclean.leader.election.enable')?.value))
          .map(([topic]) => `${topic} has unclean.leader.election.enable`),
        'unclean elections are off',
      ),
  },
  {
    name: 'leaders_move_before_a_broker_stops',
    prevents: 'A pause of every leader on the broker until its session has timed out.',
    waivable: 'reason',
    check: ({ brokers, inventory }) => {
      const name = namesById(inventory.brokers)
      return refuseAny(
        [...brokers]
          .filter(([, configs]) => configs.get('controlled.shutdown.enable')?.value === 'false')
          .map(([id]) => `${name(id)} has controlled.shutdown.enable=false`),
        'controlled shutdown is on',
      )
    },
  },
  {
    name: 'an_order_of_brokers_exists',
    prevents: 'A run that ends half way because the next broker may never stop.',
    waivable: 'never',
    check: (facts, params) => {
      // Whether writers agree is asked above; this is about what no agreement can change.
      const { impossible, waves } = planBrokers(facts, { ...params, acceptStall: true }).waves
      return refuseAny(
        impossible.map(({ member, by }) => `${member} may never stop: ${by.slice(0, 3).join(', ')}`),
        `${waves.flat().length} brokers in ${waves.length} waves`,
      )
    },
  },
]
