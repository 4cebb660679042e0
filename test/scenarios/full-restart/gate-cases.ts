// For every gate of a full restart: one world in which it passes and one in which it refuses.
import type { FullFacts } from '../../../runbooks/full-restart/facts.ts'
import type { Draft, GateCase } from '../../support/gate-table.ts'

export type FactsDraft = Draft<FullFacts>

const on = (change: (found: NonNullable<FactsDraft['elasticsearch']>) => void) => (facts: FactsDraft) => {
  if (facts.elasticsearch) change(facts.elasticsearch)
}
const onKafka = (change: (found: NonNullable<FactsDraft['kafka']>) => void) => (facts: FactsDraft) => {
  if (facts.kafka) change(facts.kafka)
}

const passes = (gate: string, evidence: RegExp): GateCase<FactsDraft> => ({
  ...{ gate, says: 'pass', when: 'all is well', evidence },
})
const refuses = (
  gate: string,
  when: string,
  evidence: RegExp,
  change: (facts: FactsDraft) => void,
): GateCase<FactsDraft> => ({ gate, says: 'refuse', when, evidence, change })

const hourMs = 3_600_000

export const gateCases: readonly GateCase<FactsDraft>[] = [
  passes('there_is_something_to_stop', /elasticsearch on 10/),
  refuses('there_is_something_to_stop', 'everything is kept', /has no service/, facts => {
    facts.fleets = []
  }),

  passes('every_host_can_be_asked', /16 services/),
  refuses('every_host_can_be_asked', 'Ansible cannot reach one', /kafka on kafka02: unreachable/, facts => {
    for (const one of facts.states)
      if (one.host === 'kafka02') Object.assign(one, { state: 'unknown', says: 'unreachable: no route' })
  }),

  passes('ingest_stops_before_elasticsearch', /nobody of ours/),
  refuses('ingest_stops_before_elasticsearch', 'Logstash is left out', /add logstash to --only/, facts => {
    facts.kept = ['logstash']
  }),
  {
    ...{ gate: 'ingest_stops_before_elasticsearch', says: 'pass', when: 'Elasticsearch stays up as well' },
    change: facts => {
      facts.kept = ['logstash', 'elasticsearch']
      facts.fleets = facts.fleets.filter(({ name }) => name === 'kafka')
    },
    evidence: /nobody of ours/,
  },

  passes('hosts_would_let_everything_come_back', /13 hosts checked/),
  refuses('hosts_would_let_everything_come_back', 'a file has a fault', /es-data03: .*roles/, facts => {
    for (const one of facts.lint) if (one.host === 'es-data03') one.errors = ['node.roles: no such role']
  }),

  passes('no_run_left_anything_behind', /no temporary setting/),
  refuses('no_run_left_anything_behind', 'a dead run has', /run run-7 has not given back delay/, facts => {
    facts.leftovers = [{ run: 'run-7', kind: 'elasticsearch.index', name: 'delay', targets: ['a'] }]
  }),

  passes('cluster_is_the_one_in_the_inventory', /\(.*\), 8/),
  refuses(
    'cluster_is_the_one_in_the_inventory',
    'the inventory names another',
    /the inventory says another/,
    on(found => {
      found.inventory.clusterName = 'another'
    }),
  ),
  {
    ...{
      gate: 'cluster_is_the_one_in_the_inventory',
      says: 'pass',
      when: 'Elasticsearch is none of its business',
    },
    change: facts => {
      facts.elasticsearch = null
    },
    evidence: /stays as it is/,
  },

  passes('cluster_is_not_red', /status green/),
  refuses(
    'cluster_is_not_red',
    'primaries are missing',
    /is red/,
    on(({ health }) => {
      health.status = 'red'
    }),
  ),

  passes('every_node_of_the_inventory_is_in_the_cluster', /10 nodes/),
  refuses(
    'every_node_of_the_inventory_is_in_the_cluster',
    'one has left and a stranger has come',
    /es-data05 is missing; stranger is not in the inventory/,
    on(({ nodes }) => {
      for (const node of nodes) if (node.name === 'es-data05') node.name = 'stranger'
    }),
  ),

  passes('master_is_stable', /es-master01 is master/),
  refuses(
    'master_is_stable',
    'there is none',
    /no master/,
    on(({ master }) => {
      master.elected = null
    }),
  ),
  refuses(
    'master_is_stable',
    'it changes all the time',
    /flaps/,
    on(({ master }) => void Object.assign(master, { stable: 'red', symptom: 'flaps' })),
  ),

  passes('masters_can_elect_one_again', /3 of 3 voters/),
  refuses(
    'masters_can_elect_one_again',
    'most voters are gone',
    /1 of 3 voters/,
    on(({ coordination }) => {
      const voters = [coordination.committed[0] ?? '', 'gone-1', 'gone-2']
      Object.assign(coordination, { committed: voters, accepted: voters })
    }),
  ),
  refuses(
    'masters_can_elect_one_again',
    'one is excluded',
    /voting exclusions: es-master03/,
    on(({ coordination }) => {
      coordination.exclusions = [{ nodeId: 'x', nodeName: 'es-master03' }]
    }),
  ),
  refuses(
    'masters_can_elect_one_again',
    'the voters are being changed',
    /under way/,
    on(({ coordination }) => {
      coordination.accepted = coordination.committed.slice(1)
    }),
  ),

  passes('a_whole_snapshot_is_young_enough', /elk_backup\/nightly/),
  refuses(
    'a_whole_snapshot_is_young_enough',
    'the last one is too old',
    /25 h old.*ops run snapshot/,
    facts => {
      facts.nowMs = (facts.elasticsearch?.snapshot?.endedAtMs ?? 0) + 25 * hourMs
    },
  ),
  {
    ...{ gate: 'a_whole_snapshot_is_young_enough', says: 'pass', when: 'an older one will do' },
    params: { snapshotAge: '48h' },
    change: facts => {
      facts.nowMs = (facts.elasticsearch?.snapshot?.endedAtMs ?? 0) + 25 * hourMs
    },
    evidence: /25 h old/,
  },
  refuses(
    'a_whole_snapshot_is_young_enough',
    'it is one of a few indices only',
    /lacks 2 open ones that are older: a, b; take one/,
    on(found => {
      if (found.snapshot) Object.assign(found.snapshot, { missing: ['a', 'b'] })
    }),
  ),
  refuses(
    'a_whole_snapshot_is_young_enough',
    'there is none, and a repository cannot be read',
    /no repository holds.*broken: no answer/,
    on(found => {
      found.snapshot = null
      found.unreadable = ['broken: no answer']
    }),
  ),

  passes('nothing_works_on_a_repository', /no snapshot, deletion or restore/),
  refuses(
    'nothing_works_on_a_repository',
    'a snapshot is being taken and another restored',
    /create in elk_backup; restore of elk_backup\/old/,
    on(found => {
      found.work = [{ kind: 'create', repository: 'elk_backup', snapshots: ['now'] }]
      found.restores = [{ repository: 'elk_backup', snapshot: 'old', state: 'STARTED', shards: [] }]
    }),
  ),

  passes('no_shard_is_moving', /0 initializing/),
  refuses(
    'no_shard_is_moving',
    'copies are on their way',
    /2 relocating/,
    on(({ health }) => {
      health.relocatingShards = 2
    }),
  ),

  passes('no_long_task_is_running', /no long task/),
  refuses(
    'no_long_task_is_running',
    'a reindex has begun',
    /es-data01: .*reindex for 3 h/,
    on(found => {
      found.longTasks = [
        { node: 'es-data01', action: 'indices:data/write/reindex', description: '', runningMs: 3 * hourMs },
      ]
    }),
  ),

  passes('no_node_is_marked_for_shutdown', /no shutdown record/),
  refuses(
    'no_node_is_marked_for_shutdown',
    'somebody drains one',
    /remove, "new disks"/,
    on(found => {
      found.shutdowns = [{ nodeId: 'x', type: 'remove', reason: 'new disks', status: 'IN_PROGRESS' }]
    }),
  ),

  passes('allocation_is_enabled', /at its default/),
  refuses(
    'allocation_is_enabled',
    'somebody has forbidden it',
    /enable is none/,
    on(({ settings }) => {
      settings.persistent = { 'cluster.routing.allocation.enable': 'none' }
    }),
  ),

  passes('brokers_are_of_the_cluster_in_the_inventory', /.+/),
  refuses(
    'brokers_are_of_the_cluster_in_the_inventory',
    'the inventory names another',
    /the inventory has cluster another/,
    onKafka(found => {
      found.clusterId = 'another'
    }),
  ),
  {
    ...{ gate: 'brokers_are_of_the_cluster_in_the_inventory', says: 'pass', when: 'the brokers stay up' },
    change: facts => {
      facts.kafka = null
    },
    evidence: /stays as it is/,
  },

  passes('kafka_is_settled', /3 brokers, \d+ partitions/),
  refuses(
    'kafka_is_settled',
    'a copy is behind and a broker is away',
    /broker 3.*not every copy in sync/,
    onKafka(({ steady }) => {
      steady.identity.brokers = steady.identity.brokers.filter(({ id }) => id !== 3)
      const [first] = steady.partitions
      if (first) first.isr = first.isr.slice(1)
    }),
  ),
]
