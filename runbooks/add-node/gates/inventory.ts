// Gates on names and addresses: what is to be written into the inventory stands there nowhere yet.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { CommonFacts } from '../facts.ts'
import type { AddParams } from '../params.ts'
import { addable } from '../wanted.ts'

/** Of Ansible's own. */
const everyGroup = ['all', 'ungrouped', 'localhost']

type NameFacts = CommonFacts & { readonly nodes?: readonly { readonly name: string }[] }

export const inventoryGates: readonly Gate<NameFacts, AddParams>[] = [
  {
    name: 'name_is_free',
    prevents:
      'Two nodes of one name, of which each pushes the other out; or a play for one host on a whole group.',
    waivable: 'never',
    check: ({ wanted, inventory, entries, nodes = [] }) => {
      const groups = new Set([
        ...everyGroup,
        ...[...inventory.hosts, ...entries].flatMap(one => one.groups),
        ...wanted.map(({ group }) => group),
      ])
      return refuseAny(
        wanted.flatMap(({ name }, at) => [
          ...(wanted.findIndex(one => one.name === name) < at ? [`${name} is given twice`] : []),
          ...([...inventory.hosts, ...entries].some(host => host.name === name)
            ? [`${name} is in the inventory already`]
            : []),
          ...(nodes.some(node => node.name === name) ? [`${name} is a member of the cluster already`] : []),
          ...(groups.has(name) ? [`${name} is the name of a group`] : []),
        ]),
        wanted.map(({ name }) => name).join(', '),
      )
    },
  },
  {
    name: 'address_is_free',
    prevents: 'Setting up a host that is another one already.',
    waivable: 'never',
    check: ({ wanted, inventory, entries }) => {
      const taken = new Map(
        [...inventory.hosts, ...entries].map(({ name, vars }) => [String(vars.ansible_host ?? name), name]),
      )
      return refuseAny(
        wanted.flatMap(({ name, address }, at) => [
          ...(wanted.findIndex(one => one.address === address) < at ? [`${address} is given twice`] : []),
          ...(taken.has(address) && taken.get(address) !== name
            ? [`${address} is ${taken.get(address)}`]
            : []),
        ]),
        wanted.map(({ address }) => address).join(', '),
      )
    },
  },
  {
    name: 'group_is_known',
    prevents: 'A host that no playbook is for: in the inventory, and set up by nothing.',
    waivable: 'never',
    check: ({ wanted, preview }) => {
      const strange = wanted.filter(({ group }) => !addable.test(group))
      if (strange.length > 0)
        return refuseAny(
          strange.map(
            ({ name, group }) =>
              `${name} is for ${group}: only nodes of Elasticsearch (es_...) and logstash are added like this`,
          ),
          '',
        )
      if (preview.problem !== null) return refuse(preview.problem)
      return pass(`${[...new Set(wanted.map(({ group }) => group))].join(', ')} in ${preview.file}`)
    },
  },
]
