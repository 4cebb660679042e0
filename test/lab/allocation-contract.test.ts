// The contracts of AllocationPort and MembershipPort on three real nodes, as the user `ops` with its own small roles. Node shutdown and
// ILM are not on these servers: their answers are tested as documented, in test/unit.
import type { ElasticsearchConnection } from '../../src/adapters/elasticsearch/index.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { connect } from '../../src/lab/elasticsearch/http.ts'
import type { Lab } from '../../src/lab/state.ts'
import { type AllocationUnderTest, describeAllocationPort } from '../contract/allocation.contract.ts'
import { describeMembershipPort } from '../contract/membership.contract.ts'
import { bringThreeNodesUp, nodeControl } from './support/three-nodes.ts'

const net = '127.0.27'

describe('where copies are and who is a member, on real servers', function () {
  this.timeout(600_000)
  const up = bringThreeNodesUp(net)

  describeMembershipPort('three real nodes', async () => ({
    es: up().es,
    clock: systemClock,
    emptyAddress: `https://${net}.250:9200`,
    canShutdown: false,
  }))
  describeAllocationPort('three real nodes', async () => toWorld(up().lab, up().es))
})

function toWorld(lab: Lab, es: ElasticsearchConnection): AllocationUnderTest {
  const elastic = connect(lab, 'elastic')
  return {
    es,
    clock: systemClock,
    nodes: lab.nodes.map(({ name }) => name) as [string, string, string],
    canRetryLifecycle: false,
    readable: 'nginx.access-2001.02.04',
    createIndex: async (name, { shards = 1, replicas, settings = {} }) =>
      elastic.ask('PUT', `/${name}?wait_for_active_shards=0`, {
        settings: { number_of_shards: shards, number_of_replicas: replicas, ...settings },
      }),
    write: async (name, docs) => elastic.ask('POST', `/${name}/_bulk?refresh=true`, linesOf(docs)),
    deleteIndex: async name => elastic.ask('DELETE', `/${name}`),
    ...nodeControl(lab),
  }
}

function linesOf(docs: number): string {
  const lines = Array.from({ length: docs }, (_, seq) => [
    JSON.stringify({ index: {} }),
    JSON.stringify({ '@timestamp': new Date(Date.parse('2001-02-04') + seq * 1000).toISOString(), seq }),
  ])
  return `${lines.flat().join('\n')}\n`
}
