// Lays out the directories of the brokers: settings, certificate, formatted storage. What is there already stays as it is; a
// broker's storage is formatted once, when it is empty.
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeAuthority, signCertificate } from '../certificates.ts'
import { type LabNode, nodesFor } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { runAsNodeUser } from '../process/run.ts'
import { giveToNodeUser } from '../process/user.ts'
import { type Lab, requireKafka } from '../state.ts'
import { brokerLogging, renderBrokerSettings } from './settings.ts'

/** As `kafka-storage random-uuid` makes one: 16 bytes, and none that a command line takes for an option. */
export function makeClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? makeClusterId() : id
}

export async function layOutBrokers(lab: Lab): Promise<void> {
  mkdirSync(lab.state.nodesRoot, { recursive: true, mode: 0o755 })
  if (requireKafka(lab).security !== 'plaintext') await makeAuthority(lab.paths)
  const brokers = nodesFor(lab.nodes, 'kafka')
  await Promise.all(brokers.map(node => layOutBroker(lab, node, brokers)))
}

async function layOutBroker(lab: Lab, node: LabNode, nodes: readonly LabNode[]): Promise<void> {
  const { root, config, data, logs, tmp } = nodePaths(lab.state.nodesRoot, node.name)
  const { security, replicationFactor } = requireKafka(lab)
  if (existsSync(join(data, 'meta.properties'))) return
  for (const directory of [config, data, logs, tmp]) mkdirSync(directory, { recursive: true, mode: 0o750 })
  const settings = { node, nodes, dataDir: data, configDir: config, security, replicationFactor }
  writeFileSync(join(config, 'server.properties'), renderBrokerSettings(settings))
  writeFileSync(join(config, 'log4j.properties'), brokerLogging)
  if (security !== 'plaintext') await makeKeystore(lab, node, config)
  giveToNodeUser(root)
  await formatStorage(lab, node)
}

/** Key and certificate in one file, as Kafka reads PEM. */
async function makeKeystore({ paths }: Lab, { name, address }: LabNode, config: string): Promise<void> {
  const { keyFile, certFile } = await signCertificate(paths, { name, address, directory: config })
  const keystore = readFileSync(keyFile, 'utf8') + readFileSync(certFile, 'utf8')
  writeFileSync(join(config, 'keystore.pem'), keystore, { mode: 0o600 })
  copyFileSync(paths.caFile, join(config, 'ca.crt'))
  for (const file of [keyFile, certFile]) rmSync(file)
}

async function formatStorage(lab: Lab, { name }: LabNode): Promise<void> {
  const { home, clusterId } = requireKafka(lab)
  const { config, logs } = nodePaths(lab.state.nodesRoot, name)
  const settings = join(config, 'server.properties')
  const command = [join(home, 'bin', 'kafka-storage'), 'format', '-t', clusterId, '-c', settings]
  await runAsNodeUser(command, { env: { LOG_DIR: logs } })
}
