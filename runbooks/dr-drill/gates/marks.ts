// Gates on what may be harmed at all. None of them can be waived: a drill on production is a disaster.
import { pass, refuse, refuseAny } from '#sdk'
import type { DrillGate } from './gate.ts'

export const markGates: readonly DrillGate[] = [
  {
    name: 'inventory_is_marked_as_drill',
    prevents: 'A drill on production because the wrong inventory was chosen.',
    waivable: 'never',
    check: ({ marks: { unmarked, hosts } }) =>
      hosts === 0
        ? refuse('the inventory has no host')
        : refuseAny(
            unmarked.map(name => `${name} is not marked with ops_drill: true`),
            `all ${hosts} hosts are marked with ops_drill: true`,
          ),
  },
  {
    name: 'cluster_is_on_the_list_of_drills',
    prevents: 'A drill on production through an inventory of the lab whose addresses lead there.',
    waivable: 'never',
    check: ({ marks: { clusters }, nodes, brokers }) => {
      const id = nodes?.uuid ?? brokers?.id ?? ''
      if (id !== '' && clusters.includes(id)) return pass(`${id} is in ops_drill_clusters`)
      const list = clusters.length === 0 ? 'which names none' : `which names ${clusters.join(', ')}`
      return refuse(`the cluster is ${id}, and not in ops_drill_clusters of the inventory, ${list}`)
    },
  },
]
