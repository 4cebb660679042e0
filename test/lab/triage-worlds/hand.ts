// What makes a broken world and looks at it: the lab, its superuser, and waits with a limit. It asks past `ops`, which is on trial.
import type { OpsError } from '../../../src/errors/index.ts'
import { type Answer, type Connection, connect, patiently } from '../../../src/lab/elasticsearch/http.ts'
import { httpPort, type LabNode, urlOf } from '../../../src/lab/layout.ts'
import { nodePaths } from '../../../src/lab/paths.ts'
import { isOpen } from '../../../src/lab/process/ports.ts'
import { findNode, startNode } from '../../../src/lab/service.ts'
import { type Lab, requireNode } from '../../../src/lab/state.ts'
import { waitFor } from '../../../src/lab/wait.ts'

export interface Copy {
  readonly index: string
  readonly shard: string
  readonly prirep: 'p' | 'r'
  readonly state: string
  readonly node: string | null
  readonly 'unassigned.reason': string | null
}

export interface Hand extends Disposable {
  readonly lab: Lab
  readonly ask: Connection['ask']
  /** One question, whatever the answer. */
  send(path: string, body: object): Promise<Answer>
  node(name: string): LabNode
  /** One that is not the elected master: what befalls it changes no master. */
  bystander(): Promise<LabNode>
  /** The directory of an index on a node. */
  directoryOf(index: string, node: string): Promise<string>
  /** Makes an index of small documents; all its copies that can be are there when this returns. */
  makeIndex(name: string, settings?: object, docs?: number): Promise<void>
  makeBare(name: string, settings?: object): Promise<void>
  copies(index: string): Promise<readonly Copy[]>
  health(): Promise<{
    readonly status: string
    readonly number_of_nodes: number
    readonly unassigned_shards: number
  }>
  setCluster(values: Readonly<Record<string, unknown>>): Promise<void>
  deleteIndices(...names: readonly string[]): Promise<void>
  /** Until the look says true; a text is what it is like so far. Names what was waited for otherwise. */
  until(what: string, look: () => Promise<boolean | string>, stallMs?: number): Promise<void>
  /** Every node runs and has joined, and the cluster is green. */
  becomeWhole(): Promise<void>
}

export function takeInHand(lab: Lab): Hand {
  const connection = connect(lab, 'elastic')
  const { ask } = patiently(connection)
  const until: Hand['until'] = (what, look, stallMs = 120_000) =>
    waitFor({
      stallMs,
      everyMs: 150,
      look: async () => {
        const seen = await look()
        return seen === true ? { result: undefined } : { progress: String(seen) }
      },
      onStall: seen => new Error(`has not come about in ${stallMs / 1000} s: ${what} (${seen})`) as OpsError,
    })
  const health: Hand['health'] = () => ask('GET', '/_cluster/health')
  const hand: Omit<Hand, typeof Symbol.dispose> = {
    lab,
    ask,
    until,
    health,
    send: async (path, body) => {
      for (const node of lab.nodes) {
        const answer = await connection.send(urlOf(node), 'POST', path, body, 10_000).catch(() => null)
        if (answer !== null) return answer
      }
      throw new Error(`no node answers ${path}`)
    },
    node: name => requireNode(lab, name),
    bystander: async () => {
      const master = (await ask('GET', '/_cat/master?format=json&h=node'))[0].node
      return lab.nodes.find(node => node.name !== master) as LabNode
    },
    directoryOf: async (index, node) => {
      const found = await ask('GET', `/${index}/_settings/index.uuid?flat_settings=true`)
      return `${nodePaths(lab.state.nodesRoot, node).data}/indices/${found[index].settings['index.uuid']}`
    },
    makeBare: (name, settings = {}) =>
      ask('PUT', `/${name}?wait_for_active_shards=0`, {
        settings: { number_of_shards: 1, number_of_replicas: 1, ...settings },
      }),
    makeIndex: async (name, settings = {}, docs = 20) => {
      await hand.makeBare(name, settings)
      await until(`${name} is green`, async () => {
        const { status } = await ask('GET', `/_cluster/health/${name}`)
        return status === 'green' || status
      })
      const lines = Array.from({ length: docs }, (_, seq) => [
        '{"index":{}}',
        JSON.stringify({ '@timestamp': new Date().toISOString(), message: `line ${seq}`, seq }),
      ])
      await ask('POST', `/${name}/_bulk?refresh=true`, `${lines.flat().join('\n')}\n`)
      await ask('POST', `/${name}/_flush?force=true`)
    },
    copies: index =>
      ask('GET', `/_cat/shards/${index}?format=json&h=index,shard,prirep,state,node,unassigned.reason`),
    setCluster: values => ask('PUT', '/_cluster/settings', { persistent: values }),
    deleteIndices: async (...names) => {
      await ask('DELETE', `/${names.join(',')}?ignore_unavailable=true`)
    },
    becomeWhole: async () => {
      const nodes = lab.nodes.filter(node => node.service === 'elasticsearch')
      for (const node of nodes) if (!findNode(lab, node)) await startNode(lab, node)
      await until('every node has opened its port', async () =>
        (await Promise.all(nodes.map(node => isOpen(node.address, httpPort)))).every(Boolean),
      )
      await until('every node has joined and all is green', async () => {
        const { status, number_of_nodes, unassigned_shards: left } = await health()
        const isWhole = status === 'green' && number_of_nodes === nodes.length
        return isWhole || `${status}, ${number_of_nodes} nodes, ${left} copies without a node`
      })
    },
  }
  return { ...hand, [Symbol.dispose]: () => connection[Symbol.dispose]() }
}
