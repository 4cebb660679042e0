// For every gate on nodes: a state in which it passes and states in which it refuses.
import type { NodeFacts } from '../../../runbooks/add-node/facts.ts'
import type { Found } from '../../../runbooks/add-node/lint.ts'
import type { Draft, GateCase } from '../../support/gate-table.ts'

type Pressure = Draft<NodeFacts['pressure'][0]>
export type FactsDraft = Draft<Omit<NodeFacts, 'pressure'>> & { pressure: [Pressure, Pressure] }

const first = <T>(list: readonly T[]): T => {
  const [found] = list
  if (found === undefined) throw new Error('the calm cluster lacks something')
  return found
}
const lint =
  (change: (found: Draft<Found>) => void) =>
  ({ lints }: FactsDraft): void => {
    const { found } = first(lints)
    if (found === null) throw new Error('nothing was found')
    change(found)
  }
const config = (change: (config: NonNullable<Draft<Found>['config']>) => void) =>
  lint(found => {
    if (found.config !== null) change(found.config)
  })
const certificate = (change: (certificate: NonNullable<Draft<Found>['certificate']>) => void) =>
  lint(found => {
    if (found.certificate !== null) change(found.certificate)
  })
const fresh = lint(found =>
  Object.assign(found, { installed: false, version: null, config: null, certificate: null }),
)
const persistent =
  (name: string, value: string) =>
  ({ settings }: FactsDraft): void => {
    ;(settings.persistent as Record<string, string>)[name] = value
  }
const allocation = 'cluster.routing.allocation'

type Case = GateCase<FactsDraft>
const passes = (gate: string, when: string, evidence: RegExp, change?: Case['change']): Case => ({
  ...{ gate, says: 'pass', when, evidence },
  ...(change === undefined ? {} : { change }),
})
const refuses = (
  gate: string,
  when: string,
  evidence: RegExp,
  change: NonNullable<Case['change']>,
): Case => ({
  ...{ gate, says: 'refuse', when, evidence, change },
})

export const gateCases: readonly Case[] = [
  passes('name_is_free', 'nobody is called so', /^es-data06$/),
  refuses(
    'name_is_free',
    'the inventory has it',
    /^es-data06 is in the inventory already$/,
    ({ entries }) => {
      entries.push({ name: 'es-data06', groups: ['es_coord'], vars: {} })
    },
  ),
  refuses('name_is_free', 'a member is called so', /a member of the cluster already/, ({ nodes }) => {
    first(nodes).name = 'es-data06'
  }),
  refuses('name_is_free', 'it is given twice', /^es-data06 is given twice$/, ({ wanted }) => {
    wanted.push({ ...first(wanted), address: '127.0.9.12' })
  }),
  refuses('name_is_free', 'a group is called so', /^es_data_hot is the name of a group$/, ({ wanted }) => {
    first(wanted).name = 'es_data_hot'
  }),
  passes('address_is_free', 'nobody has it', /^127\.0\.9\.11$/),
  refuses(
    'address_is_free',
    'a host of the inventory has it',
    /^127\.0\.9\.1 is es-master01$/,
    ({ wanted }) => {
      first(wanted).address = '127.0.9.1'
    },
  ),
  refuses('address_is_free', 'it is given twice', /^127\.0\.9\.11 is given twice$/, ({ wanted }) => {
    wanted.push({ ...first(wanted), name: 'es-data07' })
  }),
  passes('group_is_known', 'the inventory has it', /^es_data_warm in inventory\/fake/),
  refuses('group_is_known', 'it is one of brokers', /^es-data06 is for kafka: only nodes/, ({ wanted }) => {
    first(wanted).group = 'kafka'
  }),
  refuses('group_is_known', 'the file has no such group', /has no group es_frozen/, ({ preview }) => {
    preview.problem = 'hosts.yml has no group es_frozen'
  }),
  passes('node_can_be_reached', 'it answers', /^1 hosts looked at$/),
  refuses('node_can_be_reached', 'it does not', /^es-data06: unreachable: no route/, ({ lints }) => {
    Object.assign(first(lints), { found: null, problem: 'unreachable: no route to host' })
  }),
  passes('node_is_not_running_yet', 'nobody answers there', /^nobody answers/),
  refuses(
    'node_is_not_running_yet',
    'its service runs',
    /^es-data06 runs already/,
    lint(found => {
      found.running = true
    }),
  ),
  refuses(
    'node_is_not_running_yet',
    'somebody answers at its address',
    /answers as x of another$/,
    ({ answers }) => {
      const identity = { clusterName: 'another', clusterUuid: 'u', version: '8.10.4', answeredBy: 'x' }
      Object.assign(first(answers), { identity, problem: null })
    },
  ),
  passes('version_is_that_of_the_cluster', 'it is the same', /^8\.10\.4$/),
  passes(
    'version_is_that_of_the_cluster',
    'nothing is installed yet',
    /1 hosts have nothing installed/,
    fresh,
  ),
  refuses(
    'version_is_that_of_the_cluster',
    'it is newer',
    /has 8\.11\.0, newer than the cluster's 8\.10\.4/,
    lint(found => {
      found.version = '8.11.0'
    }),
  ),
  refuses(
    'version_is_that_of_the_cluster',
    'it is older',
    /has 8\.9\.2, older than/,
    lint(found => {
      found.version = '8.9.2'
    }),
  ),
  passes('plugins_are_the_same', 'nobody has any', /^no plugins$/),
  passes('plugins_are_the_same', 'nothing is installed yet', /^analysis-icu$/, facts => {
    fresh(facts)
    first(facts.nodes).plugins = ['analysis-icu@8.10.4']
  }),
  refuses('plugins_are_the_same', 'it lacks one', /^es-data06 lacks analysis-icu$/, ({ nodes }) => {
    first(nodes).plugins = ['analysis-icu@8.10.4']
  }),
  refuses(
    'plugins_are_the_same',
    'it has one more',
    /has repository-s3, which no node has/,
    lint(found => {
      found.plugins = ['repository-s3']
    }),
  ),
  passes('config_names_this_cluster', 'it does', /^cluster\.name is ovh-prod-elk$/),
  passes('config_names_this_cluster', 'there is no config yet', /1 hosts have no config yet/, fresh),
  refuses(
    'config_names_this_cluster',
    'it names another',
    /for the cluster elk-test, not ovh-prod-elk/,
    config(own => {
      own.cluster_name = 'elk-test'
    }),
  ),
  refuses(
    'config_names_this_cluster',
    'it goes by another name',
    /configured as es-data60$/,
    config(own => {
      own.node_name = 'es-data60'
    }),
  ),
  passes('no_initial_master_nodes', 'it has none', /set nowhere/),
  refuses(
    'no_initial_master_nodes',
    'it has some',
    /cluster\.initial_master_nodes: es-data06$/,
    config(own => {
      own.initial_master_nodes = ['es-data06']
    }),
  ),
  passes('roles_are_those_of_the_group', 'they are', /^as on the nodes/),
  refuses(
    'roles_are_those_of_the_group',
    'it would vote',
    /has the roles data_warm, master, the other nodes of es_data_warm have data_warm/,
    config(own => {
      own.roles = ['data_warm', 'master']
    }),
  ),
  passes('seeds_are_our_masters', 'they are', /^seeds are among the 3 masters$/),
  passes(
    'seeds_are_our_masters',
    'they have ports',
    /^seeds are among/,
    config(own => {
      own.seed_hosts = ['127.0.9.1:9300']
    }),
  ),
  refuses(
    'seeds_are_our_masters',
    'one is a stranger',
    /no master of ours: 10\.9\.9\.9$/,
    config(own => {
      own.seed_hosts = ['127.0.9.1', '10.9.9.9']
    }),
  ),
  refuses(
    'seeds_are_our_masters',
    'there is none',
    /has no discovery\.seed_hosts/,
    config(own => {
      own.seed_hosts = []
    }),
  ),
  passes('data_path_is_empty', 'it is', /^empty/),
  passes(
    'data_path_is_empty',
    'its node ran once and has never joined',
    /never joined$/,
    lint(({ data }) => Object.assign(data, { empty: false, node_id: 'n1' })),
  ),
  refuses(
    'data_path_is_empty',
    'it has data of another cluster',
    /data of another cluster, other-uuid in \/var/,
    lint(({ data }) => {
      Object.assign(data, { empty: false, node_id: 'n1', cluster_uuid: 'other-uuid' })
    }),
  ),
  refuses(
    'data_path_is_empty',
    'it has data of a former node',
    /data of node n1 of this cluster/,
    lint(({ data }) => {
      Object.assign(data, { empty: false, node_id: 'n1', cluster_uuid: 'fake-cluster-uuid' })
    }),
  ),
  refuses(
    'data_path_is_empty',
    'nobody knows whose data it is',
    /data of nobody knows whom/,
    lint(({ data }) => {
      data.empty = false
    }),
  ),
  passes('certificate_is_of_our_ca', 'it is', /^signed by/),
  passes('certificate_is_of_our_ca', 'there is none yet', /or to be made$/, fresh),
  refuses(
    'certificate_is_of_our_ca',
    'another CA has signed it',
    /CA has not signed$/,
    certificate(own => {
      own.signed_by_cluster_ca = false
    }),
  ),
  refuses(
    'certificate_is_of_our_ca',
    'it is for another host',
    /a certificate for es-data01$/,
    certificate(own => {
      own.names = ['es-data01']
    }),
  ),
  passes('certificate_lasts_long_enough', 'it does', /^for 30 days/),
  refuses(
    'certificate_lasts_long_enough',
    'it ends soon',
    /a certificate for 12 more days$/,
    certificate(own => {
      own.days_left = 12.7
    }),
  ),
  passes('disk_is_no_smaller', 'it is as large', /^as large/),
  refuses(
    'disk_is_no_smaller',
    'it is smaller',
    /has a disk of 500 GiB, half of es_data_warm have 1000 GiB or more$/,
    lint(({ data }) => {
      data.total_bytes = 500 * 2 ** 30
    }),
  ),
  passes('clock_agrees_with_the_others', 'it does', /^within/),
  refuses(
    'clock_agrees_with_the_others',
    'it is behind',
    /is 60000 ms behind$/,
    lint(found => {
      found.clock_skew_ms = -60_000
    }),
  ),
  passes('host_is_fit_for_a_node', 'nothing is wrong', /^limits/),
  refuses(
    'host_is_fit_for_a_node',
    'a limit is too low',
    /vm\.max_map_count is 65530$/,
    lint(found => {
      found.problems = ['vm.max_map_count is 65530']
    }),
  ),
  passes('cluster_is_the_one_in_the_inventory', 'ids are the same', /^ovh-prod-elk/),
  refuses(
    'cluster_is_the_one_in_the_inventory',
    'it is another',
    /uuid is other, the inventory says/,
    ({ identity }) => {
      identity.clusterUuid = 'other'
    },
  ),
  passes('cluster_is_green_or_settled', 'it is green', /^green$/),
  passes(
    'cluster_is_green_or_settled',
    'replicas find no place, which the new node may mend',
    /2 copies find no place/,
    facts => {
      Object.assign(facts.health, { status: 'yellow', unassignedShards: 2 })
      facts.explanations = [
        {
          index: 'a',
          shard: 0,
          primary: false,
          canAllocate: 'no',
          explanation: '',
          deciders: ['same_shard'],
        },
      ]
    },
  ),
  refuses('cluster_is_green_or_settled', 'it is red', /^the cluster is red/, ({ health }) => {
    health.status = 'red'
  }),
  refuses('cluster_is_green_or_settled', 'shards move', /1 relocating/, ({ health }) => {
    health.relocatingShards = 1
  }),
  refuses('cluster_is_green_or_settled', 'a copy waits for its turn', /a\[0\] is throttled$/, facts => {
    Object.assign(facts.health, { status: 'yellow', unassignedShards: 1 })
    facts.explanations = [
      { index: 'a', shard: 0, primary: false, canAllocate: 'throttled', explanation: '', deciders: [] },
    ]
  }),
  passes('master_is_stable', 'it is', /^es-master01 is master/),
  refuses('master_is_stable', 'there is none', /no master/, ({ master }) => {
    master.elected = null
  }),
  refuses('master_is_stable', 'it changes all the time', /changed/, ({ master }) => {
    Object.assign(master, { stable: 'yellow', symptom: 'The master has changed 4 times' })
  }),
  passes('voting_configuration_is_settled', 'it is', /^3 voting/),
  refuses(
    'voting_configuration_is_settled',
    'somebody is excluded',
    /exclusions: es-master03/,
    ({ coordination }) => {
      coordination.exclusions = [{ nodeId: 'x', nodeName: 'es-master03' }]
    },
  ),
  refuses('voting_configuration_is_settled', 'it changes', /under way$/, ({ coordination }) => {
    coordination.accepted = []
  }),
  passes('masters_stay_odd', 'none is added', /none is added/),
  passes('masters_stay_odd', 'two are added', /3 masters and 2 new ones make 5/, ({ wanted }) => {
    const master = { ...first(wanted), group: 'es_master' }
    wanted.splice(0, 1, master, { ...master, name: 'm2' })
  }),
  refuses('masters_stay_odd', 'one is added', /make 4$/, ({ wanted }) => {
    first(wanted).group = 'es_master'
  }),
  passes('no_snapshot_is_running', 'none is', /^no snapshot/),
  refuses('no_snapshot_is_running', 'one is', /^elk\/s1 is running$/, ({ snapshots }) => {
    snapshots.push({ repository: 'elk', snapshot: 's1' })
  }),
  passes('no_node_is_marked_for_shutdown', 'none is', /^no shutdown/),
  refuses('no_node_is_marked_for_shutdown', 'one is', /^es-data03: remove/, ({ shutdowns }) => {
    shutdowns.push({ nodeId: 'id-es-data03', type: 'remove', reason: 'x', status: 'in_progress' })
  }),
  passes('allocation_is_enabled', 'it is', /defaults$/),
  refuses(
    'allocation_is_enabled',
    'rebalancing is off',
    /rebalance\.enable is none$/,
    persistent('cluster.routing.rebalance.enable', 'none'),
  ),
  passes('no_filter_keeps_the_node_empty', 'there is none', /^no allocation filter$/),
  passes(
    'no_filter_keeps_the_node_empty',
    'one is for another node',
    /1 filters, none/,
    persistent(`${allocation}.exclude._name`, 'es-old*'),
  ),
  refuses(
    'no_filter_keeps_the_node_empty',
    'a pattern names it',
    /exclude\._name is x, es-data0\*, which keeps es-data06 out/,
    persistent(`${allocation}.exclude._name`, 'x, es-data0*'),
  ),
  refuses(
    'no_filter_keeps_the_node_empty',
    'another address is required',
    /require\._ip is 10\.0\.0\.1/,
    persistent(`${allocation}.require._ip`, '10.0.0.1'),
  ),
  refuses(
    'no_filter_keeps_the_node_empty',
    'an attribute is required that nobody knows of it',
    /require\.rack/,
    persistent(`${allocation}.require.rack`, 'a'),
  ),
  passes('cluster_is_not_short_of_breath', 'nobody rejects work', /reject nothing$/),
  refuses(
    'cluster_is_not_short_of_breath',
    'a node rejects work',
    /writeRejected grew by 4/,
    ({ pressure }) => {
      first(pressure[1]).writeRejected += 4
    },
  ),
  passes('consumers_of_kafka_keep_up', 'there is no Kafka', /^no Kafka/),
  refuses('consumers_of_kafka_keep_up', 'a group falls back', /logstash is 90000 records behind/, facts => {
    facts.lags = {
      before: [{ group: 'logstash', records: 20_000, written: 0 }],
      after: [{ group: 'logstash', records: 90_000, written: 80_000 }],
    }
  }),
  passes('no_run_left_settings_behind', 'none has', /^nothing left over$/),
  refuses('no_run_left_settings_behind', 'a dead run has', /run r1 has not given back/, ({ leftovers }) => {
    leftovers.push({ run: 'r1', kind: 'elasticsearch.cluster', name: 'x', targets: ['persistent'] })
  }),
]
