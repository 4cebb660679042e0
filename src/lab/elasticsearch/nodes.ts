// Lays out the directories of the lab's nodes: config, certificate, keystore. What is there already stays as it is.
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LabNode, nodesFor } from '../layout.ts'
import { backupDir, type LabPaths, nodePaths, passwordFile } from '../paths.ts'
import { runAsNodeUser } from '../process/run.ts'
import { giveToNodeUser } from '../process/user.ts'
import type { Lab } from '../state.ts'
import { makeKeyStore, makeTrustStore } from './certificates.ts'
import { firstElection, renderJvmOptions, renderSettings, type WrongSettings } from './settings.ts'

const storePasswords = [
  'xpack.security.transport.ssl.keystore.secure_password',
  'xpack.security.transport.ssl.truststore.secure_password',
  'xpack.security.http.ssl.keystore.secure_password',
]

export async function layOutNodes(lab: Lab): Promise<void> {
  const { nodesRoot } = lab.state
  mkdirSync(nodesRoot, { recursive: true, mode: 0o755 })
  mkdirSync(backupDir(nodesRoot), { recursive: true })
  giveToNodeUser(backupDir(nodesRoot))
  const stores = await makeStores(lab)
  const nodes = nodesFor(lab.nodes, 'elasticsearch')
  await Promise.all(nodes.map(node => layOutNode(lab, node, stores)))
  if (!lab.state.formed) await prepareStart(lab)
}

interface Stores {
  readonly trustStore: string
  readonly keystore: string
}

/** What every node gets a copy of. */
export async function makeStores(lab: Lab): Promise<Stores> {
  const [trustStore, keystore] = await Promise.all([makeTrustStore(lab.paths), makeKeystore(lab)])
  return { trustStore, keystore }
}

/** Works out beforehand what each node's server reads at its start, in one JVM for all; an official home has no such thing. */
async function prepareStart({ state, nodes: all }: Lab): Promise<void> {
  if (state.official) return
  const nodes = nodesFor(all, 'elasticsearch')
  const configs = nodes.map(node => nodePaths(state.nodesRoot, node.name).config)
  await runAsNodeUser([join(state.home, 'bin', 'elasticsearch-args'), firstElection(nodes), ...configs])
}

/** From now on a node joins the cluster that there is, and can never begin another. */
export function endFirstElection({ state, nodes }: Lab): void {
  for (const { name } of nodesFor(nodes, 'elasticsearch'))
    rmSync(join(nodePaths(state.nodesRoot, name).config, 'server.first'), { force: true })
}

/** The text of its elasticsearch.yml, with the masters among these nodes as its seeds. */
export function settingsOf(
  { state: { nodesRoot, official } }: Lab,
  node: LabNode,
  nodes: readonly LabNode[],
  wrong?: WrongSettings,
): string {
  const { data: dataDir, logs: logsDir } = nodePaths(nodesRoot, node.name)
  return renderSettings({
    ...{ node, nodes, dataDir, logsDir, official, wrong },
    backupDir: backupDir(nodesRoot),
  })
}

/** `authority` signs its certificate; the lab's own, unless the machine is to be a stranger. */
export async function layOutNode(
  lab: Lab,
  node: LabNode,
  { trustStore, keystore }: Stores,
  { authority = lab.paths, ...wrong }: WrongSettings & { readonly authority?: LabPaths } = {},
): Promise<void> {
  const { nodesRoot, official } = lab.state
  const { root, config, data, logs, tmp } = nodePaths(nodesRoot, node.name)
  const done = join(config, 'elasticsearch.keystore')
  if (existsSync(done)) return
  for (const directory of [config, data, logs, tmp]) mkdirSync(directory, { recursive: true, mode: 0o750 })
  const text = settingsOf(lab, node, nodesFor(lab.nodes, 'elasticsearch'), wrong)
  writeFileSync(join(config, 'elasticsearch.yml'), text)
  writeFileSync(join(config, 'jvm.options'), renderJvmOptions(node, root, official))
  copyFileSync(join(lab.state.home, 'config', 'log4j2.properties'), join(config, 'log4j2.properties'))
  copyFileSync(trustStore, join(config, 'trust.p12'))
  await makeKeyStore(authority, node, tmp, join(config, 'node.p12'))
  copyFileSync(keystore, `${done}.draft`)
  giveToNodeUser(root)
  renameSync(`${done}.draft`, done)
}

/** One keystore for all nodes: they share the passwords in it, and each JVM that makes one costs a second. */
async function makeKeystore(lab: Lab): Promise<string> {
  const directory = join(lab.state.nodesRoot, 'keystore')
  const file = join(directory, 'elasticsearch.keystore')
  if (existsSync(join(directory, 'done'))) return file
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  writeFileSync(join(directory, 'elasticsearch.yml'), '')
  giveToNodeUser(directory)
  const tool = join(lab.state.home, 'bin', 'elasticsearch-keystore')
  const [bootstrap, store] = [passwordFile(lab.paths, 'elastic'), passwordFile(lab.paths, 'store')].map(
    name => readFileSync(name, 'utf8'),
  )
  const values = [bootstrap, ...storePasswords.map(() => store)]
  const command = [tool, 'add', '-x', '-f', 'bootstrap.password', ...storePasswords]
  await runAsNodeUser(command, { env: { ES_PATH_CONF: directory }, input: `${values.join('\n')}\n` })
  writeFileSync(join(directory, 'done'), '')
  return file
}
