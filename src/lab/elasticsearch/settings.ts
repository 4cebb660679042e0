// The text of a node's elasticsearch.yml and jvm.options. Pure; no secret is in either, those are in the keystore.
import { clusterName, httpPort, isMaster, type LabNode, transportPort } from '../layout.ts'

export interface NodeSettings {
  readonly node: LabNode
  readonly nodes: readonly LabNode[]
  readonly dataDir: string
  readonly logsDir: string
  readonly backupDir: string
  readonly official: boolean
  /** Of a machine that was set up wrongly; such a node never becomes one of the cluster. */
  readonly wrong?: WrongSettings | undefined
}

export interface WrongSettings {
  readonly clusterName?: string | undefined
  /** Addresses, in place of those of the masters. */
  readonly seeds?: readonly string[] | undefined
  readonly initialMasters?: readonly string[] | undefined
}

export function renderSettings(given: NodeSettings): string {
  const { node, nodes, dataDir, logsDir, backupDir, official, wrong = {} } = given
  const masters = wrong.seeds ?? nodes.filter(isMaster).map(master => master.address)
  return `cluster.name: ${wrong.clusterName ?? clusterName}
node.name: ${node.name}
node.roles: ${JSON.stringify(node.roles)}
node.processors: 1
path.data: ${JSON.stringify(dataDir)}
path.logs: ${JSON.stringify(logsDir)}
path.repo: ${JSON.stringify([backupDir])}
network.host: ${node.address}
http.port: ${httpPort}
transport.port: ${transportPort}
discovery.seed_hosts: ${JSON.stringify(masters)}
action.destructive_requires_name: true
xpack.security.enabled: true
xpack.security.transport.ssl:
  enabled: true
  verification_mode: full
  keystore.path: node.p12
  truststore.path: trust.p12
xpack.security.audit:
  enabled: true
  logfile.events.include: [authentication_failed, anonymous_access_denied]
xpack.security.http.ssl:
  enabled: true
  keystore.path: node.p12
${official ? officialOnly : ''}${wrong.initialMasters ? `cluster.initial_master_nodes: ${JSON.stringify(wrong.initialMasters)}\n` : ''}`
}

// Modules that only an official archive has, and that would cost memory or ask the internet.
const officialOnly = `xpack.ml.enabled: false
ingest.geoip.downloader.enabled: false
`

/** Names the masters of the first election; only ever given while the cluster has not formed. */
export const firstElection = (nodes: readonly LabNode[]): string =>
  `-Ecluster.initial_master_nodes=${nodes
    .filter(isMaster)
    .map(node => node.name)
    .join(',')}`

/** Flags for many small JVMs on few cores. */
export function renderJvmOptions(node: LabNode, homeDir: string, official: boolean): string {
  // An official home loads three times as many modules.
  const heapMiB = official ? Math.max(512, node.heapMiB) : node.heapMiB
  return `-Xms${heapMiB}m
-Xmx${heapMiB}m
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-XX:ActiveProcessorCount=1
-XX:ReservedCodeCacheSize=64m
-XX:-UsePerfData
-Duser.home=${homeDir}
`
}
