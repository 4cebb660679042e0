// Gates on the cluster as a whole: is it the right one, is it calm, is its master sound?
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { RestartFacts } from '../facts.ts'
import type { RestartParams } from '../params.ts'
import { rightCluster } from '../right-cluster.ts'
import { isMasterEligible } from '../tiers.ts'

type RestartGate = Gate<RestartFacts, RestartParams>

const pendingTaskLimitMs = 30_000
const smallestQuorum = 3

export const clusterGates: readonly RestartGate[] = [
  rightCluster('Restarting production when the inventory of the lab was meant.'),
  {
    name: 'two_endpoints_answer',
    prevents:
      'Losing sight of the cluster because the only endpoint that answers is the node being restarted.',
    waivable: 'reason',
    check: ({ endpoints, identity }) => {
      const good = endpoints.filter(({ identity: found }) => found?.clusterUuid === identity.clusterUuid)
      const bad = endpoints
        .filter(({ problem }) => problem !== null)
        .map(({ host, problem }) => `${host}: ${problem}`)
      const evidence = `${good.length} of ${endpoints.length} endpoints answer`
      return good.length >= 2 ? pass(evidence) : refuse([evidence, ...bad.slice(0, 3)].join('; '))
    },
  },
  {
    name: 'every_endpoint_is_of_this_cluster',
    prevents: 'Half of the commands going to another cluster that listens on an address of the inventory.',
    waivable: 'never',
    check: ({ endpoints, identity }) =>
      refuseAny(
        endpoints
          .filter(({ identity: found }) => found !== null && found.clusterUuid !== identity.clusterUuid)
          .map(
            ({ host, identity: found }) => `${host} belongs to ${found?.clusterName} (${found?.clusterUuid})`,
          ),
        'all that answer name the same cluster',
      ),
  },
  {
    name: 'cluster_answers_calmly',
    prevents: 'Adding node departures to a master that is already behind with its work.',
    waivable: 'reason',
    check: ({ health }) => {
      if (health.timedOut) return refuse('cluster health timed out while waiting for pending tasks')
      const evidence = `${health.pendingTasks} pending tasks, oldest ${health.oldestPendingTaskMs} ms`
      return health.oldestPendingTaskMs > pendingTaskLimitMs ? refuse(evidence) : pass(evidence)
    },
  },
  {
    name: 'cluster_is_not_red',
    prevents: 'Restarting nodes while primaries are missing: the next node may hold the only other copy.',
    waivable: 'never',
    check: ({ health }) =>
      health.status === 'red' ? refuse('the cluster is red') : pass(`status ${health.status}`),
  },
  {
    name: 'no_shard_is_moving',
    prevents: 'Breaking recoveries and moves in flight, which then start again from nothing.',
    waivable: 'reason',
    check: ({
      health: { initializingShards, relocatingShards, delayedUnassignedShards, inFlightFetches },
    }) => {
      const evidence =
        `${initializingShards} initializing, ${relocatingShards} relocating, ` +
        `${delayedUnassignedShards} delayed, ${inFlightFetches} being fetched`
      const busy = initializingShards + relocatingShards + delayedUnassignedShards + inFlightFetches > 0
      return busy ? refuse(evidence) : pass(evidence)
    },
  },
  {
    name: 'every_node_of_the_inventory_is_in_the_cluster',
    prevents: 'Taking a second node down while one is already missing.',
    waivable: 'reason',
    check: ({ nodes, inventory }) => {
      const present = new Set(nodes.map(({ name }) => name))
      const expected = new Set(inventory.nodes.map(({ name }) => name))
      const missing = [...expected].filter(name => !present.has(name)).map(name => `${name} is missing`)
      const extra = [...present]
        .filter(name => !expected.has(name))
        .map(name => `${name} is not in the inventory`)
      return refuseAny([...missing, ...extra], `${nodes.length} nodes, as in the inventory`)
    },
  },
  {
    name: 'master_is_stable',
    prevents: 'Restarting into an election storm.',
    waivable: 'never',
    check: ({ master }) => {
      if (master.elected === null) return refuse('no master is elected')
      const evidence = `${master.elected} is master; ${master.symptom || master.stable}`
      // A cluster before 8.7 has no health report; an elected master is then all that can be asked for.
      return master.stable === 'green' || master.stable === 'unknown' ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'voting_configuration_is_settled',
    prevents: 'Losing the quorum of masters: no writes, no recovery, until one is back.',
    waivable: 'never',
    check: ({ coordination: { committed, accepted, exclusions }, nodes, targets }) => {
      if (exclusions.length > 0)
        return refuse(`voting exclusions: ${exclusions.map(({ nodeName }) => nodeName).join(', ')}`)
      if ([...committed].sort().join() !== [...accepted].sort().join()) {
        return refuse('a change of the voting configuration is under way')
      }
      const masters = nodes.filter(node => isMasterEligible(node) && targets.includes(node.name))
      if (masters.length > 0 && committed.length < smallestQuorum) {
        return refuse(`only ${committed.length} voting nodes; restarting one of them stops the cluster`)
      }
      return pass(`${committed.length} voting nodes`)
    },
  },
]
