// Gates on the inventory: it describes a platform that can work.
import { type Gate, refuseAny } from '#sdk'
import type { DeployFacts } from '../facts.ts'
import type { DeployParams } from '../params.ts'
import { hostsOf, neededGroups } from '../systems.ts'

const smallestQuorum = 3

export const inventoryGates: readonly Gate<DeployFacts, DeployParams>[] = [
  {
    name: 'inventory_has_every_group_it_needs',
    prevents: 'A cluster without masters or without a node that may hold new indices.',
    waivable: 'never',
    check: ({ inventory: { hosts } }) =>
      refuseAny(
        Object.entries(neededGroups).flatMap(([system, groups]) =>
          hostsOf(hosts, system).length === 0
            ? []
            : groups
                .filter(group => hostsOf(hosts, group).length === 0)
                .map(group => `the group ${group} is missing or empty`),
        ),
        `${hosts.length} hosts`,
      ),
  },
  {
    name: 'quorums_can_lose_a_member',
    prevents: 'Masters or controllers that stop the cluster as soon as one of them is restarted.',
    waivable: 'reason',
    check: ({ inventory: { hosts } }) =>
      refuseAny(
        ['es_master', 'kafka']
          .map(group => ({ group, count: hostsOf(hosts, group).length }))
          .filter(({ count }) => count > 0 && (count < smallestQuorum || count % 2 === 0))
          .map(
            ({ group, count }) =>
              `${group} has ${count} hosts; an odd number from ${smallestQuorum} on is needed`,
          ),
        'an odd number of masters and of controllers',
      ),
  },
  {
    name: 'every_host_has_an_address_of_its_own',
    prevents: 'Two nodes on one port of one machine, of which only one ever starts.',
    waivable: 'never',
    check: ({ inventory: { hosts } }) => {
      const byAddress = new Map<string, string[]>()
      for (const { name, vars } of hosts) {
        const address = typeof vars.ansible_host === 'string' ? vars.ansible_host : name
        byAddress.set(address, [...(byAddress.get(address) ?? []), name])
      }
      const shared = [...byAddress].filter(([, names]) => names.length > 1)
      return refuseAny(
        shared.map(([address, names]) => `${names.join(' and ')} share ${address}`),
        `${byAddress.size} addresses`,
      )
    },
  },
]
