// Gates on the cluster and on who is to leave it.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import type { RemoveFacts } from '../facts.ts'
import { goneTargets } from '../who-leaves.ts'

type RemoveGate = Gate<RemoveFacts, unknown>

const pendingTaskLimitMs = 30_000

export const clusterGates: readonly RemoveGate[] = [
  rightCluster('Taking a node out of production when the inventory of the lab was meant.'),
  {
    name: 'node_is_a_member',
    prevents: 'A drain of a node that hangs: nobody could say what it holds, or that it has stopped.',
    waivable: 'never',
    check: facts => {
      const { targets, members, nodes } = facts
      const answering = new Set(nodes.map(({ name }) => name))
      const silent = targets.filter(name => members.includes(name) && !answering.has(name))
      const gone = goneTargets(facts)
      const said = targets.map(name =>
        gone.includes(name) ? `${name} has left already: what it left behind is cleared away` : name,
      )
      return refuseAny(
        silent.map(name => `${name} is a member and does not answer: see to its host, or stop it there`),
        said.join(', '),
      )
    },
  },
  {
    name: 'another_endpoint_answers',
    prevents:
      'Losing sight of the cluster because the only address that answers is that of a node which goes.',
    waivable: 'never',
    check: ({ endpoints, identity, targets }) => {
      const others = endpoints.filter(
        ({ host, identity: found }) => !targets.includes(host) && found?.clusterUuid === identity.clusterUuid,
      )
      const evidence = `${others.length} addresses of nodes that stay answer`
      return others.length > 0 ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'cluster_is_not_red',
    prevents:
      'Taking a node away while primaries are missing: it may hold the only copy that is left of something.',
    waivable: 'never',
    check: ({ health }) =>
      health.status === 'red'
        ? refuse('the cluster is red: ops run triage')
        : pass(`status ${health.status}`),
  },
  {
    name: 'cluster_is_settled',
    prevents:
      'Moving copies of a cluster that is busy with others, and taking its trouble for that of the drain.',
    waivable: 'reason',
    check: ({ health }) => {
      if (health.timedOut) return refuse('cluster health timed out while waiting for pending tasks')
      const { initializingShards, relocatingShards, unassignedShards, oldestPendingTaskMs } = health
      const evidence = `${initializingShards} initializing, ${relocatingShards} relocating, ${unassignedShards} unassigned, oldest task ${oldestPendingTaskMs} ms`
      const busy = initializingShards + relocatingShards + unassignedShards > 0
      return busy || oldestPendingTaskMs > pendingTaskLimitMs ? refuse(evidence) : pass(evidence)
    },
  },
  {
    name: 'inventory_can_be_written',
    prevents:
      'A node that is gone from the cluster and stays in the inventory, where the next run looks for it.',
    waivable: 'never',
    check: ({ written, writeProblem }) =>
      written === null ? refuse(writeProblem ?? 'it cannot be looked at') : pass(written.file),
  },
]
