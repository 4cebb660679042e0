// How the lab reaches its own brokers: as its administrator, and as the clients that it hands access to.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { signCertificate } from '../certificates.ts'
import { kafkaInternalPort, kafkaPort, nodesFor } from '../layout.ts'
import { type LabUser, passwordFile } from '../paths.ts'
import { type Lab, requireKafka } from '../state.ts'
import type { KafkaAccess } from './access.ts'
import { administrator } from './settings.ts'

/** Of one that may do everything, also before there is any user. */
export async function makeAdminAccess(lab: Lab): Promise<KafkaAccess> {
  const brokers = (port: number) => nodesFor(lab.nodes, 'kafka').map(({ address }) => `${address}:${port}`)
  if (requireKafka(lab).security === 'plaintext') return { brokers: brokers(kafkaPort) }
  const { secrets, caFile } = lab.paths
  const certificate = {
    keyFile: join(secrets, `${administrator}.key`),
    certFile: join(secrets, `${administrator}.crt`),
  }
  if (!existsSync(certificate.certFile)) {
    await signCertificate(lab.paths, { name: administrator, directory: secrets })
  }
  return { brokers: brokers(kafkaInternalPort), caFile, certificate }
}

/** Of a client, at the port that clients use. */
export function clientAccess(lab: Lab, user: LabUser): KafkaAccess {
  const { security } = requireKafka(lab)
  const brokers = nodesFor(lab.nodes, 'kafka').map(({ address }) => `${address}:${kafkaPort}`)
  if (security === 'plaintext') return { brokers }
  const { caFile } = lab.paths
  if (security === 'tls') return { brokers, caFile }
  return { brokers, caFile, user: { name: user, passwordFile: passwordFile(lab.paths, user) } }
}
