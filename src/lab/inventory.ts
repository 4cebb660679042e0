// The lab as an Ansible inventory, in the format of `ansible-inventory --list`. It names files of secrets, never a secret.
import { join, resolve } from 'node:path'
import { hostsOf, keepOthers, type Listing, readListing } from './inventory-hosts.ts'
import { rackOf } from './kafka/settings.ts'
import {
  clientNodes,
  clusterName,
  groupNames,
  httpPort,
  isStray,
  kafkaPort,
  type LabNode,
  logstashApiPort,
  nodesFor,
  numberOf,
  storeUrl,
  urlOf,
  vaultPort,
} from './layout.ts'
import { backupDir, nodePaths, passwordFile, secretFile } from './paths.ts'
import { bucket } from './s3/bucket.ts'
import { consumerGroup, consumerThreads } from './shipper/config.ts'
import { shipperFiles } from './shipper/files.ts'
import { type Lab, requireKafka, saveState, writeAtomically } from './state.ts'
import { kvPath } from './vault/content.ts'
import { vaultSecretFiles } from './vault/files.ts'
import { hasWriters } from './vault/writers.ts'

const opsCommand = resolve(import.meta.dirname, '../../ops')

/** Without the machines that came later: those stand there as whoever added them has written it. */
export function renderInventory(lab: Lab, stateDir: string): object {
  const { state } = lab
  const nodes = lab.nodes.filter(node => !isStray(node) && !isNewcomer(lab, node))
  const has = (service: LabNode['service']) => state.services.includes(service)
  return {
    _meta: { hostvars: Object.fromEntries(nodes.map(node => [node.name, hostVars(lab, node)])) },
    all: {
      children: state.services,
      vars: {
        ansible_connection: 'local',
        service_manager: 'lab',
        ops_lab_service: [opsCommand, '--state', stateDir, 'lab', 'service'],
        ops_lab_command: [opsCommand, '--state', stateDir, 'lab'],
        ops_inventory_file: lab.paths.inventory,
        ...(has('elasticsearch') ? elasticsearchVars(lab) : {}),
        ...(has('s3') ? offsiteVars(lab) : {}),
        ops_drill: true,
        ops_drill_clusters: [state.clusterUuid, state.kafka?.clusterId].filter(id => id !== undefined),
      },
    },
    ...(has('elasticsearch') ? elasticsearchGroups(nodes) : {}),
    ...(has('kafka') ? { kafka: { hosts: namesOf(lab, 'kafka'), vars: kafkaVars(lab) } } : {}),
    ...(has('vault') ? { vault: { hosts: namesOf(lab, 'vault'), vars: vaultVars(lab) } } : {}),
    ...(has('s3') ? { s3: { hosts: namesOf(lab, 's3'), vars: { ops_service: 's3' } } } : {}),
    ...(has('logstash') ? { logstash: { hosts: namesOf(lab, 'logstash'), vars: logstashVars(lab) } } : {}),
  }
}

function hostVars(lab: Lab, node: LabNode): object {
  const { state } = lab
  const { name, address, service } = node
  const reach = { ansible_host: address }
  if (service === 'kafka') {
    return {
      ...reach,
      kafka_port: kafkaPort,
      kafka_node_id: numberOf(node),
      kafka_rack: rackOf(node),
      kafka_config_dir: nodePaths(state.nodesRoot, name).config,
    }
  }
  if (service === 'logstash') {
    const { settings } = shipperFiles(state.nodesRoot, name)
    return { ...reach, logstash_settings_file: settings, ...(hasWriters(lab) ? consumerVars(lab, node) : {}) }
  }
  return reach
}

/** How the host of a shipper takes the secret that it writes with. */
function consumerVars({ nodes, paths, state }: Lab, { name }: LabNode): object {
  const [coordinating] = clientNodes(nodes)
  const writer = {
    file: shipperFiles(state.nodesRoot, name).credentials,
    format: 'json',
    names: { principal: 'username', secret: 'password' },
    mode: '0600',
    apply: 'restart',
    service: 'logstash',
    ...(coordinating ? { login_url: `${urlOf(coordinating)}/_security/_authenticate` } : {}),
    ca_file: paths.caFile,
  }
  return { secret_consumers: { 'logstash-writer': writer } }
}

/** `ops` logs in by the AppRole of its name; the files of it have mode 0600. */
function vaultVars({ paths }: Lab): object {
  const { roleId, secretId } = vaultSecretFiles(paths)
  return {
    ops_service: 'vault',
    vault_port: vaultPort,
    vault_ca_file: paths.caFile,
    vault_kv_path: kvPath,
    vault_role: 'ops',
    vault_role_id_file: roleId,
    vault_secret_id_file: secretId,
    vault_cache_hours: 72,
  }
}

const elasticsearchVars = ({ paths, state }: Lab) => ({
  es_cluster_name: clusterName,
  es_cluster_uuid: state.clusterUuid,
  es_http_port: httpPort,
  es_http_scheme: 'https',
  es_ca_file: paths.caFile,
  es_username: 'ops',
  es_password_file: passwordFile(paths, 'ops'),
  es_repo_dir: backupDir(state.nodesRoot),
})

/** Where the repository is copied to, for the hosts that have it. */
const offsiteVars = ({ nodes, paths }: Lab) => ({
  offsite_endpoint: nodesFor(nodes, 's3').map(storeUrl).join(),
  offsite_bucket: bucket,
  offsite_region: 'us-east-1',
  offsite_access_key_file: secretFile(paths, 'offsiteAccessKey'),
  offsite_secret_key_file: secretFile(paths, 'offsiteSecretKey'),
  offsite_cache_dir: join(paths.root, 'offsite-cache'),
})

const elasticsearchGroups = (nodes: readonly LabNode[]) => ({
  elasticsearch: { children: [...groupNames] },
  ...Object.fromEntries(
    groupNames.map(group => [
      group,
      { hosts: nodes.filter(node => node.groups.includes(group)).map(node => node.name) },
    ]),
  ),
})

function kafkaVars(lab: Lab): object {
  const { clusterId, security, home } = requireKafka(lab)
  const { paths } = lab
  return {
    ops_service: 'kafka',
    kafka_home: home,
    kafka_cluster_id: clusterId,
    kafka_security: security,
    ...(security === 'plaintext' ? {} : { kafka_ca_file: paths.caFile }),
    ...(security === 'sasl_tls'
      ? { kafka_username: 'ops', kafka_password_file: passwordFile(paths, 'ops') }
      : {}),
  }
}

/** Of the stand-in; the thread count is what it begins with, its settings file says what it has. */
const logstashVars = ({ state }: Lab) => ({
  ops_service: 'logstash',
  logstash_api_port: logstashApiPort,
  logstash_group_id: consumerGroup,
  logstash_topics: ['raw-logs'],
  logstash_consumer_threads: consumerThreads,
  logstash_auto_offset_reset: state.offsetReset,
})

const namesOf = (lab: Lab, service: LabNode['service']): readonly string[] =>
  nodesFor(lab.nodes, service)
    .filter(node => !isNewcomer(lab, node))
    .map(node => node.name)

const isNewcomer = ({ state }: Lab, { name }: LabNode): boolean =>
  state.newcomers?.some(newcomer => newcomer.name === name) ?? false

export function writeInventory(lab: Lab, stateDir: string): void {
  const { state, paths } = lab
  const rendered = renderInventory(lab, stateDir) as Listing
  const inventory = keepOthers(rendered, readListing(paths.inventory), state.listed ?? [])
  writeAtomically(paths.inventory, `${JSON.stringify(inventory, null, 2)}\n`)
  state.listed = [...new Set([...(state.listed ?? []), ...hostsOf(rendered)])]
  saveState(paths, state)
}
