// The contracts of AllocationPort and MembershipPort on three real nodes, as the user `ops` with its own small roles. Node shutdown and
// ILM are not on these servers: their answers are tested as documented, in test/unit.
import { connectElasticsearch, type ElasticsearchConnection } from '../../src/adapters/elasticsearch/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { connect } from '../../src/lab/elasticsearch/http.ts'
import { clusterName, type LabNode, urlOf } from '../../src/lab/layout.ts'
import { readPassword } from '../../src/lab/secrets.ts'
import { startNode, stopNode } from '../../src/lab/service.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { type AllocationUnderTest, describeAllocationPort } from '../contract/allocation.contract.ts'
import { describeMembershipPort } from '../contract/membership.contract.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'

const net = '127.0.27'
const talk = () => {}

describe('where copies are and who is a member, on real servers', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  let lab: Lab
  let es: ElasticsearchConnection

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    es = open(lab)
  })
  after(async () => {
    await es?.close()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  describeMembershipPort('three real nodes', async () => ({
    es,
    clock: realClock,
    emptyAddress: `https://${net}.250:9200`,
    canShutdown: false,
  }))
  describeAllocationPort('three real nodes', async () => toWorld(lab, es))
})

const realClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: ms => new Promise(resolve => setTimeout(resolve, ms)),
}

const open = ({ nodes, paths }: Lab): ElasticsearchConnection =>
  connectElasticsearch({
    endpoints: nodes.map(node => ({ host: node.name, url: urlOf(node) })),
    caFile: paths.caFile,
    username: 'ops',
    password: readPassword(paths, 'ops'),
    clusterName,
  })

function toWorld(lab: Lab, es: ElasticsearchConnection): AllocationUnderTest {
  const elastic = connect(lab, 'elastic')
  const nodeNamed = (name: string) => lab.nodes.find(node => node.name === name) as LabNode
  return {
    es,
    clock: realClock,
    nodes: lab.nodes.map(({ name }) => name) as [string, string, string],
    canRetryLifecycle: false,
    readable: 'nginx.access-2001.02.04',
    createIndex: async (name, { shards = 1, replicas, settings = {} }) =>
      elastic.ask('PUT', `/${name}?wait_for_active_shards=0`, {
        settings: { number_of_shards: shards, number_of_replicas: replicas, ...settings },
      }),
    write: async (name, docs) => elastic.ask('POST', `/${name}/_bulk?refresh=true`, linesOf(docs)),
    deleteIndex: async name => elastic.ask('DELETE', `/${name}`),
    stopNode: async name => void (await stopNode(lab, nodeNamed(name), 60_000)),
    startNode: async name => void (await startNode(lab, nodeNamed(name))),
  }
}

function linesOf(docs: number): string {
  const lines = Array.from({ length: docs }, (_, seq) => [
    JSON.stringify({ index: {} }),
    JSON.stringify({ '@timestamp': new Date(Date.parse('2001-02-04') + seq * 1000).toISOString(), seq }),
  ])
  return `${lines.flat().join('\n')}\n`
}
