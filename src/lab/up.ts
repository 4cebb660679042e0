// Brings the lab up: what is there is left alone, what is missing is made, so it may be typed again at any time.
import { existsSync, mkdirSync } from 'node:fs'
import { OpsError } from '../errors/index.ts'
import { bringUpElasticsearch, findHome } from './elasticsearch/up.ts'
import { writeInventory } from './inventory.ts'
import { installKafka } from './kafka/install.ts'
import { makeClusterId } from './kafka/nodes.ts'
import { bringUpKafka } from './kafka/up.ts'
import { brokerCounts, type LabNode, type LabService, nodesFor, portsOf, serviceNames } from './layout.ts'
import { chooseNodesRoot } from './nodes-root.ts'
import { labPaths } from './paths.ts'
import { withLock } from './process/lock.ts'
import { isOpen, whoListens } from './process/ports.ts'
import { requireTools } from './process/tools.ts'
import { isRoot } from './process/user.ts'
import { installStore } from './s3/install.ts'
import { bringUpStore } from './s3/up.ts'
import { makeSecrets } from './secrets.ts'
import { findNode } from './service.ts'
import { bringUpShipper } from './shipper/up.ts'
import { findLab, type KafkaState, knownNodes, type Lab, type LabState, saveState } from './state.ts'
import { checkRequest, type UpRequest } from './up-request.ts'
import { installVault } from './vault/install.ts'
import { bringUpVault } from './vault/up.ts'
import { makeWriters } from './vault/writers.ts'

const lockWaitMs = 5000
const defaultNet = '127.0.1'

const parts: Readonly<Record<LabService, (lab: Lab, talk: UpRequest['talk']) => Promise<void>>> = {
  elasticsearch: bringUpElasticsearch,
  kafka: bringUpKafka,
  vault: bringUpVault,
  s3: bringUpStore,
  logstash: async (lab, talk) => {
    await makeWriters(lab, talk)
    await bringUpShipper(lab, talk)
  },
}

export async function bringUp(request: UpRequest): Promise<Lab> {
  const { stateDir, talk } = request
  const paths = labPaths(stateDir)
  // The nodes' user has to read what is made here, however closed the caller's own files are; secrets have their own modes.
  process.umask(0o022)
  mkdirSync(paths.root, { recursive: true })
  return withLock(paths.lock, lockWaitMs, async () => {
    const found = findLab(stateDir)
    checkRequest(request, found)
    requireTools(['bash', ...(isRoot() ? (['setpriv'] as const) : [])])
    const wanted = wantedServices(request, found)
    const lab = await describeLab(request, wanted)
    const nodes = wanted.flatMap(service => nodesFor(lab.nodes, service))
    await checkPorts(nodes.filter(node => !findNode(lab, node)))
    saveState(paths, lab.state)
    makeSecrets(paths)
    for (const service of wanted) await parts[service](lab, talk)
    if (!wanted.includes('logstash')) await makeWriters(lab, talk)
    writeInventory(lab, stateDir)
    return lab
  })
}

/** In the order in which they are brought up. */
function wantedServices({ services }: UpRequest, found: Lab | undefined): readonly LabService[] {
  const wanted = services ?? found?.state.services ?? ['elasticsearch']
  return serviceNames.filter(service => wanted.includes(service))
}

async function describeLab(request: UpRequest, wanted: readonly LabService[]): Promise<Lab> {
  const { stateDir, layout, net, archive, bootDelaySeconds, offsetReset, talk } = request
  const found = findLab(stateDir)
  const fresh: LabState = {
    services: [],
    layout: layout ?? 'full',
    net: net ?? defaultNet,
    nodesRoot: chooseNodesRoot(stateDir),
    home: '',
    official: false,
    bootDelaySeconds: 0,
    createdAt: new Date().toISOString(),
    formed: false,
    filled: false,
  }
  const state: LabState = { ...(found?.state ?? fresh) }
  if (wanted.includes('elasticsearch')) {
    if (!state.services.includes('elasticsearch')) {
      state.layout = layout ?? state.layout
      state.official = archive !== undefined
    }
    state.home = await findHome(state.home, archive, talk)
  }
  if (wanted.includes('kafka')) state.kafka = await describeKafka(request, state.kafka)
  if (wanted.includes('s3')) {
    const known = state.store
    const home = known && existsSync(known.home) ? known.home : await installStore(talk)
    state.store = { filled: false, ...known, home }
  }
  if (wanted.includes('vault')) {
    const known = state.vault
    const home = known && existsSync(known.home) ? known.home : await installVault(talk)
    state.vault = { filled: false, ...known, home }
  }
  if (wanted.includes('logstash')) state.offsetReset ??= offsetReset ?? 'latest'
  state.services = serviceNames.filter(name => state.services.includes(name) || wanted.includes(name))
  if (bootDelaySeconds !== undefined) state.bootDelaySeconds = bootDelaySeconds
  const paths = labPaths(stateDir)
  return { state, paths, nodes: knownNodes(state, paths) }
}

async function describeKafka(
  { kafkaSecurity, kafkaCopies, kafkaBrokers, talk }: UpRequest,
  known: KafkaState | undefined,
): Promise<KafkaState> {
  const home = known && existsSync(known.home) ? known.home : await installKafka(talk)
  const fresh = {
    clusterId: makeClusterId(),
    security: kafkaSecurity ?? 'plaintext',
    replicationFactor: kafkaCopies ?? 2,
    brokers: kafkaBrokers ?? brokerCounts.fewest,
    filled: false,
  } as const
  return { ...(known ?? fresh), home }
}

async function checkPorts(nodes: readonly LabNode[]): Promise<void> {
  for (const node of nodes) {
    const { name, address } = node
    for (const port of portsOf(node)) {
      if (!(await isOpen(address, port))) continue
      throw new OpsError('LAB_FAILED', {
        message: `${address}:${port}, where ${name} should be, is taken by ${whoListens(address, port)}`,
        hint: 'end it, or choose other addresses: ops lab up --net 127.0.2',
      })
    }
  }
}
