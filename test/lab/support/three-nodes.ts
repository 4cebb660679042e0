// Three real nodes for as long as a suite takes, and the adapter on them as the user `ops`, with its own small roles and never with
// more.
import {
  connectElasticsearch,
  type ElasticsearchConnection,
} from '../../../src/adapters/elasticsearch/index.ts'
import { takeDown } from '../../../src/lab/down.ts'
import { clusterName, type LabNode, urlOf } from '../../../src/lab/layout.ts'
import { readPassword } from '../../../src/lab/secrets.ts'
import { startNode, stopNode } from '../../../src/lab/service.ts'
import type { Lab } from '../../../src/lab/state.ts'
import { bringUp } from '../../../src/lab/up.ts'
import { makeDirectory } from '../../unit/lab/fake-lab.ts'

export interface ThreeNodes {
  readonly lab: Lab
  readonly es: ElasticsearchConnection
}

const talk = () => {}

/** Called in a `describe`: up before its tests, down after them. */
export function bringThreeNodesUp(net: string): () => ThreeNodes {
  const directory = makeDirectory()
  let up: ThreeNodes | undefined
  before(async () => {
    const lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    up = { lab, es: connectElasticsearch(optionsOf(lab)) }
  })
  after(async () => {
    await up?.es.close()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })
  return () => {
    if (up === undefined) throw new Error('the nodes are not up yet')
    return up
  }
}

export const optionsOf = ({ nodes, paths }: Lab) => ({
  endpoints: nodes.map(node => ({ host: node.name, url: urlOf(node) })),
  caFile: paths.caFile,
  username: 'ops',
  password: readPassword(paths, 'ops'),
  clusterName,
})

/** How a contract stops and starts nodes. */
export function nodeControl(lab: Lab) {
  const named = (name: string) => lab.nodes.find(node => node.name === name) as LabNode
  return {
    stopNode: async (name: string) => void (await stopNode(lab, named(name), 60_000)),
    startNode: async (name: string) => void (await startNode(lab, named(name))),
  }
}
