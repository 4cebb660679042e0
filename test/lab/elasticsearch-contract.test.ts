// The contract of ElasticsearchPort on three real nodes, as the user `ops` with its own small role. Node shutdown, SLM, ILM
// and machine learning are not on these servers: their answers are tested as documented, in test/unit.
import { expect } from 'chai'
import { connectElasticsearch, type ElasticsearchConnection } from '../../src/adapters/elasticsearch/index.ts'
import { systemClock } from '../../src/adapters/system/clock.ts'
import { OpsError } from '../../src/errors/index.ts'
import { connect } from '../../src/lab/elasticsearch/http.ts'
import { clusterName, type LabNode } from '../../src/lab/layout.ts'
import { startNode, stopNode } from '../../src/lab/service.ts'
import type { Lab } from '../../src/lab/state.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { type ClusterUnderTest, describeElasticsearchPort } from '../contract/elasticsearch.contract.ts'
import { describeRealCredentials } from './elasticsearch-cases/credentials.ts'
import { bringThreeNodesUp, nodeControl, optionsOf } from './support/three-nodes.ts'

const net = '127.0.6'

describe('the Elasticsearch adapter on real servers', function () {
  this.timeout(600_000)
  const up = bringThreeNodesUp(net)
  let lab: Lab
  let es: ElasticsearchConnection
  before(() => {
    ;({ lab, es } = up())
  })

  describeElasticsearchPort('three real nodes', () => toWorld(lab, es))
  describeRealCredentials(() => lab)

  it('changes all indices but those that the server keeps for itself, and names them', async () => {
    const delay = { kind: 'elasticsearch.index', name: 'index.unassigned.node_left.delayed_timeout' }
    const all = (await es.shardMap()).indices.map(({ name }) => name)
    expect(await es.unchangeable(all)).to.deep.equal(['.security-7'])
    const thrown = await es.settings.write(delay, all, '6m').catch(error => error)
    expect(thrown).to.be.instanceOf(OpsError)
    expect(thrown).to.include({ code: 'CLUSTER_FORBIDDEN' })
    expect(thrown.message).to.include('.security-7')
    const values = await es.settings.read(delay, all)
    expect([...values].filter(([, value]) => value !== '6m')).to.deep.equal([['.security-7', null]])
    await es.settings.write(
      delay,
      all.filter(name => name !== '.security-7'),
      null,
    )
  })

  it('goes on over the other endpoints while one of them is down, reads and writes', async () => {
    const [first] = lab.nodes as [LabNode]
    const allocation = { kind: 'elasticsearch.cluster', name: 'cluster.routing.allocation.enable' }
    await stopNode(lab, first, 60_000)
    expect((await es.nodes()).length).to.equal(2)
    await es.settings.write(allocation, ['persistent'], 'primaries')
    await es.settings.write(allocation, ['persistent'], null)
    const [down, ...others] = await es.endpoints()
    expect(down?.problem).to.include('ECONNREFUSED')
    expect(others.map(({ problem }) => problem)).to.deep.equal([null, null])
    await startNode(lab, first)
  })

  it('waits for a node that is just starting, and never takes it for another cluster or a wrong password', async () => {
    await waitFor({
      stallMs: 120_000,
      look: async () => {
        const [nodes, endpoints] = [await es.nodes(), await es.endpoints()]
        // It opens its HTTP port only after it has joined.
        const answering = endpoints.filter(({ problem }) => problem === null)
        return nodes.length === 3 && answering.length === 3
          ? { result: undefined }
          : { progress: `${nodes.length} joined, ${answering.length} answer` }
      },
      onStall: seen => new OpsError('STALLED', { message: `the node is not back: ${seen}` }),
    })
    expect((await es.identity()).clusterName).to.equal(clusterName)
  })

  it('names a wrong password, a wrong CA and another cluster', async () => {
    const code = async (change: object) => {
      const other = connectElasticsearch({ ...optionsOf(lab), ...change })
      const thrown = await other.identity().catch(error => error)
      await other.close()
      return thrown.code
    }
    expect(await code({ password: 'wrong' })).to.equal('CLUSTER_AUTH')
    expect(await code({ caFile: undefined })).to.equal('CLUSTER_TLS')
    expect(await code({ clusterName: 'another' })).to.equal('CLUSTER_OTHER')
    expect(await code({ clusterUuid: 'another' })).to.equal('CLUSTER_OTHER')
  })
})

async function toWorld(lab: Lab, es: ElasticsearchConnection): Promise<ClusterUnderTest> {
  const elastic = connect(lab, 'elastic')
  const { elected } = await es.master()
  return {
    es,
    clock: systemClock,
    clusterName,
    dataNode: lab.nodes.find(({ name }) => name !== elected)?.name ?? '',
    canShutdown: false,
    ...nodeControl(lab),
    createIndex: async (name, { shards, replicas }) =>
      elastic.ask('PUT', `/${name}`, {
        settings: { number_of_shards: shards, number_of_replicas: replicas },
      }),
    deleteIndex: async name => elastic.ask('DELETE', `/${name}`),
  }
}
