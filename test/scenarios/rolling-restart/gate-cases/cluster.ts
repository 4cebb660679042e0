// Cases of the gates on the cluster as a whole.
import { casesOf, type GateCase, item } from './case.ts'

const identity = casesOf('cluster_is_the_one_in_the_inventory')
const endpoints = casesOf('two_endpoints_answer')
const strangers = casesOf('every_endpoint_is_of_this_cluster')
const calm = casesOf('cluster_answers_calmly')
const red = casesOf('cluster_is_not_red')
const moving = casesOf('no_shard_is_moving')
const present = casesOf('every_node_of_the_inventory_is_in_the_cluster')
const master = casesOf('master_is_stable')
const voting = casesOf('voting_configuration_is_settled')

export const clusterCases: readonly GateCase[] = [
  identity.passes('name and uuid are those of the inventory', /^prod-elk \(uuid-of-prod-elk\), 8\.19\.21$/),
  identity.passes('the inventory names no cluster', /prod-elk/, ({ inventory }) => {
    inventory.clusterName = null
    inventory.clusterUuid = null
  }),
  identity.refuses('the name is another one', /called staging.*inventory says prod-elk/, facts => {
    facts.identity.clusterName = 'staging'
  }),
  identity.refuses('only the uuid is another one', /uuid is fresh.*uuid-of-prod-elk/, facts => {
    facts.identity.clusterUuid = 'fresh'
  }),

  endpoints.passes('two of ten endpoints answer', /^2 of 10 endpoints answer$/, facts => {
    for (const one of facts.endpoints.slice(2)) Object.assign(one, { identity: null, problem: 'refused' })
  }),
  endpoints.refuses('one endpoint answers', /^1 of 10.*es-master02: connection refused/, facts => {
    for (const one of facts.endpoints.slice(1))
      Object.assign(one, { identity: null, problem: 'connection refused' })
  }),
  endpoints.refuses('the second that answers is of another cluster', /^1 of 2/, facts => {
    facts.endpoints = facts.endpoints.slice(0, 2)
    Object.assign(item(facts.endpoints, 1).identity ?? {}, { clusterUuid: 'other' })
  }),

  strangers.passes('an endpoint does not answer at all', /same cluster/, facts => {
    Object.assign(item(facts.endpoints), { identity: null, problem: 'refused' })
  }),
  strangers.refuses(
    'one endpoint belongs to another cluster',
    /es-coord02 belongs to lab \(uuid-lab\)/,
    facts => {
      Object.assign(item(facts.endpoints, -1).identity ?? {}, { clusterName: 'lab', clusterUuid: 'uuid-lab' })
    },
  ),

  calm.passes('a task is pending for a moment', /^3 pending tasks, oldest 30000 ms$/, ({ health }) => {
    Object.assign(health, { pendingTasks: 3, oldestPendingTaskMs: 30_000 })
  }),
  calm.refuses('a task is pending for over half a minute', /oldest 30001 ms/, ({ health }) => {
    Object.assign(health, { pendingTasks: 1, oldestPendingTaskMs: 30_001 })
  }),
  calm.refuses('the health request times out', /timed out/, ({ health }) => {
    health.timedOut = true
  }),

  red.passes('the cluster is yellow', /^status yellow$/, ({ health }) => {
    health.status = 'yellow'
  }),
  red.refuses('the cluster is red', /is red/, ({ health }) => {
    health.status = 'red'
  }),

  moving.passes('nothing moves', /^0 initializing, 0 relocating, 0 delayed, 0 being fetched$/),
  ...(
    [
      ['a shard initializes', /1 initializing/, 'initializingShards'],
      ['a shard relocates', /1 relocating/, 'relocatingShards'],
      ['a copy waits for its node', /1 delayed/, 'delayedUnassignedShards'],
      ['shard data is being fetched', /1 being fetched/, 'inFlightFetches'],
    ] as const
  ).map(([when, evidence, count]) =>
    moving.refuses(when, evidence, ({ health }) => {
      health[count] = 1
    }),
  ),

  present.passes('the nodes are those of the inventory', /^10 nodes/),
  present.refuses('a node is missing', /^es-coord02 is missing$/, ({ nodes }) => {
    nodes.pop()
  }),
  present.refuses('a node is not in the inventory', /es-coord02 is not in the inventory/, ({ inventory }) => {
    inventory.nodes.pop()
  }),

  master.passes('the health report is green', /^es-master01 is master; The cluster has a stable/),
  master.passes('the cluster is too old for a health report', /es-master01 is master/, facts => {
    facts.master.stable = 'unknown'
  }),
  master.refuses('nobody is elected', /no master/, facts => {
    facts.master.elected = null
  }),
  ...(['yellow', 'red'] as const).map(stable =>
    master.refuses(`the health report is ${stable}`, /changed four times/, facts => {
      Object.assign(facts.master, { stable, symptom: 'The master has changed four times' })
    }),
  ),

  voting.passes('three masters vote', /^3 voting nodes$/),
  voting.passes('one master votes and none is restarted', /^1 voting nodes$/, facts => {
    facts.targets = ['es-data01']
    facts.coordination = { committed: ['id-es-master01'], accepted: ['id-es-master01'], exclusions: [] }
  }),
  voting.refuses('a node is excluded from voting', /exclusions: es-master03/, ({ coordination }) => {
    coordination.exclusions.push({ nodeId: 'id-es-master03', nodeName: 'es-master03' })
  }),
  voting.refuses('the accepted configuration is not committed', /under way/, ({ coordination }) => {
    coordination.accepted.pop()
  }),
  voting.refuses('two masters vote and one of them is restarted', /only 2 voting/, ({ coordination }) => {
    coordination.accepted.pop()
    coordination.committed.pop()
  }),
]
