// Gates on Elasticsearch: it is the right one, all of it is there and well, and its masters can elect one of them again.
import { pass, refuse, refuseAny } from '#sdk'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import { type FullGate, onElasticsearch } from './gate.ts'

const right = rightCluster('Stopping production when the inventory of the lab was meant.')

export const clusterGates: readonly FullGate[] = [
  { ...right, check: onElasticsearch(found => right.check(found, null)) },
  {
    name: 'cluster_is_not_red',
    prevents:
      'Taking data for lost in the restart that was missing before it, or losing the node that still has it.',
    waivable: 'never',
    check: onElasticsearch(({ health: { status } }) =>
      status === 'red' ? refuse('the cluster is red') : pass(`status ${status}`),
    ),
  },
  {
    name: 'every_node_of_the_inventory_is_in_the_cluster',
    prevents: 'A node that nobody stops, or one that is waited for and was never there.',
    waivable: 'reason',
    check: onElasticsearch(({ nodes, inventory }) => {
      const present = nodes.map(({ name }) => name)
      return refuseAny(
        [
          ...inventory.nodes.filter(name => !present.includes(name)).map(name => `${name} is missing`),
          ...present
            .filter(name => !inventory.nodes.includes(name))
            .map(name => `${name} is not in the inventory`),
        ],
        `${present.length} nodes, as in the inventory`,
      )
    }),
  },
  {
    name: 'master_is_stable',
    prevents: 'Stopping in the middle of an election storm.',
    waivable: 'never',
    check: onElasticsearch(({ master: { elected, stable, symptom } }) => {
      if (elected === null) return refuse('no master is elected')
      const evidence = `${elected} is master; ${symptom || stable}`
      return stable === 'green' || stable === 'unknown' ? pass(evidence) : refuse(evidence)
    }),
  },
  {
    name: 'masters_can_elect_one_again',
    prevents: 'A cluster that comes back without a master because its voters are no longer there.',
    waivable: 'never',
    check: onElasticsearch(({ coordination: { committed, accepted, exclusions }, nodes }) => {
      if (exclusions.length > 0)
        return refuse(`voting exclusions: ${exclusions.map(({ nodeName }) => nodeName).join(', ')}`)
      if ([...committed].sort().join() !== [...accepted].sort().join())
        return refuse('a change of the voting configuration is under way')
      const there = committed.filter(id => nodes.some(node => node.id === id)).length
      const evidence = `${there} of ${committed.length} voters are there`
      return there * 2 > committed.length ? pass(evidence) : refuse(evidence)
    }),
  },
]
