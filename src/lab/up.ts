// Brings the lab up: what is there is left alone, what is missing is made, so it may be typed again at any time.
import { existsSync, mkdirSync } from 'node:fs'
import { OpsError } from '../errors/index.ts'
import { installArchive } from './elasticsearch/archive.ts'
import { fillCluster } from './elasticsearch/content.ts'
import { connect, patiently } from './elasticsearch/http.ts'
import { installHome } from './elasticsearch/install.ts'
import { waitForNodes } from './elasticsearch/join.ts'
import { endFirstElection, layOutNodes } from './elasticsearch/nodes.ts'
import { makeUsers } from './elasticsearch/users.ts'
import { writeInventory } from './inventory.ts'
import { httpPort, type LabNode, type LayoutName, nodesOf, transportPort } from './layout.ts'
import { chooseNodesRoot } from './nodes-root.ts'
import { backupDir, labPaths } from './paths.ts'
import { withLock } from './process/lock.ts'
import { isOpen, whoListens } from './process/ports.ts'
import { requireTools } from './process/tools.ts'
import { isRoot } from './process/user.ts'
import { makeSecrets } from './secrets.ts'
import { findNode, startNode } from './service.ts'
import { findLab, type Lab, type LabState, saveState } from './state.ts'

export interface UpRequest {
  readonly stateDir: string
  /** Left out: what is up already, else full. */
  readonly layout?: LayoutName | undefined
  readonly net?: string | undefined
  readonly archive?: string | undefined
  readonly bootDelaySeconds?: number | undefined
  talk(line: string): void
}

const lockWaitMs = 5000
const defaultNet = '127.0.1'

export async function bringUp(request: UpRequest): Promise<Lab> {
  const paths = labPaths(request.stateDir)
  // The nodes' user has to read what is made here, however closed the caller's own files are; secrets have their own modes.
  process.umask(0o022)
  mkdirSync(paths.root, { recursive: true })
  return withLock(paths.lock, lockWaitMs, async () => {
    checkRequest(request, findLab(request.stateDir))
    requireTools(['bash', ...(isRoot() ? (['setpriv'] as const) : [])])
    const lab = await describeLab(request)
    const stopped = lab.nodes.filter(node => !findNode(lab, node))
    await checkPorts(stopped)
    saveState(paths, lab.state)
    makeSecrets(paths)
    await layOutNodes(lab)
    if (stopped.length > 0) request.talk(`starting ${stopped.length} nodes on ${lab.state.net}.x`)
    for (const node of stopped) await startNode(lab, node)
    await waitForNodes(lab, request.talk)
    return finish(lab, request)
  })
}

/** An existing lab keeps what it was made with; asking for something else is a mistake and not a wish to lose it. */
export function checkRequest({ layout, net, archive }: UpRequest, lab: Lab | undefined): void {
  if (net !== undefined && !/^127\.\d{1,3}\.\d{1,3}$/.test(net)) {
    throw new OpsError('USAGE', { message: `${net} is no loopback network`, hint: 'such as --net 127.0.2' })
  }
  if (!lab) return
  const { state } = lab
  const differs =
    layout !== undefined && layout !== state.layout
      ? `layout ${state.layout}, not ${layout}`
      : net !== undefined && net !== state.net
        ? `network ${state.net}, not ${net}`
        : archive !== undefined && !state.official
          ? 'a home from Maven Central, not an archive'
          : undefined
  if (differs === undefined) return
  throw new OpsError('LAB_FAILED', {
    message: `a lab with ${differs}, is there already`,
    hint: 'ops lab down',
  })
}

async function describeLab({
  stateDir,
  layout,
  net,
  archive,
  bootDelaySeconds,
  talk,
}: UpRequest): Promise<Lab> {
  const found = findLab(stateDir)
  const home = await findHome(found, archive, talk)
  const fresh = {
    layout: layout ?? 'full',
    net: net ?? defaultNet,
    nodesRoot: chooseNodesRoot(stateDir),
    official: archive !== undefined,
    bootDelaySeconds: 0,
    createdAt: new Date().toISOString(),
    formed: false,
    filled: false,
  } as const
  const state: LabState = { ...(found?.state ?? fresh), home }
  if (bootDelaySeconds !== undefined) state.bootDelaySeconds = bootDelaySeconds
  return { state, paths: labPaths(stateDir), nodes: nodesOf(state.layout, state.net) }
}

/** A lab keeps the home it was made with for as long as that is there. */
async function findHome(
  found: Lab | undefined,
  archive: string | undefined,
  talk: UpRequest['talk'],
): Promise<string> {
  if (found && existsSync(found.state.home)) return found.state.home
  return archive ? installArchive(archive, talk) : installHome(talk)
}

async function checkPorts(nodes: readonly LabNode[]): Promise<void> {
  for (const { name, address } of nodes) {
    for (const port of [httpPort, transportPort]) {
      if (!(await isOpen(address, port))) continue
      throw new OpsError('LAB_FAILED', {
        message: `${address}:${port}, where ${name} should be, is taken by ${whoListens(address, port)}`,
        hint: 'end it, or choose other addresses: ops lab up --net 127.0.2',
      })
    }
  }
}

/** What is done once the nodes have found each other: each part again until it has been done once. */
async function finish(lab: Lab, { stateDir, talk }: UpRequest): Promise<Lab> {
  const { state, paths } = lab
  using connection = connect(lab, 'elastic')
  const elastic = patiently(connection)
  if (!state.formed) {
    endFirstElection(lab)
    state.formed = true
    saveState(paths, state)
  }
  if (!state.filled) {
    talk('making users, templates, indices and the snapshot repository')
    await makeUsers(elastic, paths)
    await fillCluster(elastic, backupDir(state.nodesRoot))
    state.filled = true
    saveState(paths, state)
  }
  const { cluster_uuid } = await elastic.ask('GET', '/')
  writeInventory(lab, stateDir, cluster_uuid)
  return lab
}
