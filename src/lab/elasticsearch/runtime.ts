// Makes the nodes' starts cheaper, once per home: one node is started and stopped so that the JVM can note which classes a
// start loads, and build-runtime.sh archives them. Where that fails the nodes start as they did, only slower.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { execa } from 'execa'
import type { LabNode } from '../layout.ts'
import { labPaths } from '../paths.ts'
import { makeSecrets } from '../secrets.ts'
import { startNode, stopNode } from '../service.ts'
import type { Lab, LabState } from '../state.ts'
import { connect, patiently } from './http.ts'
import { waitForNodes } from './join.ts'
import { layOutNodes } from './nodes.ts'

const script = join(import.meta.dirname, 'home', 'build-runtime.sh')

// An address that no layout has.
const trainer: LabNode = {
  name: 'trainer',
  service: 'elasticsearch',
  groups: [],
  roles: ['master', 'data_hot', 'data_content', 'ingest'],
  address: '127.254.254.254',
  heapMiB: 256,
}

/** Whether there is nothing more to try for this home. */
export const isRuntimeSettled = (home: string): boolean => existsSync(join(home, 'runtime.settled'))

export async function buildRuntime(home: string, talk: (line: string) => void): Promise<void> {
  talk('making its nodes start faster (once; half a minute)')
  const training = `${home}.training`
  rmSync(training, { recursive: true, force: true })
  let outcome = 'built'
  try {
    await execa(script, [home], { timeout: 300_000 })
    await execa(script, [home, await train(home, training)], { timeout: 300_000 })
  } catch (error) {
    outcome = (error as Error).message
    talk(`the nodes will start slower: ${outcome.split('\n')[0]}`)
  } finally {
    rmSync(training, { recursive: true, force: true })
  }
  writeFileSync(join(home, 'runtime.settled'), `${outcome}\n`)
}

/** Starts one node with TLS and security, and gives the list of the classes that it loaded. */
async function train(home: string, directory: string): Promise<string> {
  const paths = labPaths(directory)
  const nodesRoot = join(directory, 'nodes')
  const state = {
    services: ['elasticsearch'],
    layout: 'small',
    net: '127.254.254',
    nodesRoot,
    home,
    official: false,
    bootDelaySeconds: 0,
  } satisfies Partial<LabState>
  const lab: Lab = {
    state: { ...state, createdAt: '', formed: false, filled: false },
    paths,
    nodes: [trainer],
  }
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  makeSecrets(paths)
  await layOutNodes(lab)
  const list = join(nodesRoot, trainer.name, 'logs', 'classes')
  await startNode(lab, trainer, { ES_JAVA_OPTS: `-XX:DumpLoadedClassList=${list}` })
  try {
    await waitForNodes(lab, () => {})
    using connection = connect(lab, 'elastic')
    const elastic = patiently(connection)
    await elastic.ask('PUT', '/_security/role/trainee', { cluster: ['monitor'] })
    await elastic.ask('PUT', '/trained/_doc/1?refresh=true', { message: 'hello' })
    await elastic.ask('GET', '/trained/_search?q=hello')
  } finally {
    await stopNode(lab, trainer, 60_000)
  }
  return list
}
