// The brokers that a load produces to, and where its messages end up: of the embedded lab or of the lab of hosts, whichever the
// state directory has. Nothing else of a load may know that there are two.
import { OpsError } from '../../../errors/index.ts'
import { findHosts } from '../../hosts/state.ts'
import type { KafkaAccess } from '../../kafka/access.ts'
import { clientAccess } from '../../kafka/own-access.ts'
import { kafkaPort, nodesFor } from '../../layout.ts'
import { type LabPaths, labPaths } from '../../paths.ts'
import { shipperFiles } from '../../shipper/files.ts'
import { readMember } from '../../shipper/settings.ts'
import { type Lab, requireLab } from '../../state.ts'
import { kafkaLoadPaths } from '../files.ts'
import { type LoadTarget, requireTarget } from '../target.ts'

/** Where the consumer group `logstash` brings the messages to. */
export type Destination =
  | { readonly kind: 'elasticsearch'; readonly cluster: LoadTarget }
  | { readonly kind: 'files'; readonly files: readonly string[] }

export interface KafkaTarget {
  /** Its ledgers are apart from those of the loads on Elasticsearch. */
  readonly paths: LabPaths
  readonly access: KafkaAccess
  readonly destination: Destination | undefined
}

/** @throws OpsError LAB_NOT_UP */
export function requireKafkaTarget(stateDir: string): KafkaTarget {
  const hosts = findHosts(stateDir)
  const paths = kafkaLoadPaths(labPaths(stateDir))
  if (!hosts) {
    const lab = requireLab(stateDir)
    return { paths, access: clientAccess(lab, 'loader'), destination: destinationOf(lab) }
  }
  const inGroup = (group: string) => hosts.state.hosts.filter(({ groups }) => groups.includes(group))
  const brokers = inGroup('kafka').map(({ address }) => `${address}:${kafkaPort}`)
  if (brokers.length === 0) {
    throw new OpsError('LAB_NOT_UP', { message: 'the lab has no hosts in kafka', hint: 'ops lab status' })
  }
  const shipped = inGroup('logstash').length > 0 && inGroup('elasticsearch').length > 0
  const destination = shipped
    ? ({ kind: 'elasticsearch', cluster: requireTarget(stateDir) } as const)
    : undefined
  return { paths, access: { brokers }, destination }
}

/** As the members of the shipper were told. */
function destinationOf(lab: Lab): Destination | undefined {
  const sinks = nodesFor(lab.nodes, 'logstash').map(
    ({ name }) => readMember(shipperFiles(lab.state.nodesRoot, name).member).sink,
  )
  if (sinks.length === 0) return undefined
  const files = sinks.flatMap(sink => (sink.kind === 'file' ? [sink.file] : []))
  return files.length > 0 ? { kind: 'files', files } : { kind: 'elasticsearch', cluster: lab }
}
