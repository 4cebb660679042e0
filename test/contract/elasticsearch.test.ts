// The contract of ElasticsearchPort on the fake: with and without the shutdown API, ten nodes and three.
import { FakeCluster, type FakeClusterOptions } from '../support/fake-cluster/fake-cluster.ts'
import { JumpClock } from '../support/fake-cluster/jump-clock.ts'
import { type ClusterUnderTest, describeElasticsearchPort } from './elasticsearch.contract.ts'

describeElasticsearchPort('a fake of ten nodes', () => connectFake({ layout: 'full' }, 'es-data01'))
describeElasticsearchPort('a fake of three nodes', () => connectFake({ layout: 'small' }, 'es-node02'))
describeElasticsearchPort('a fake with the shutdown API, SLM and ILM', () =>
  connectFake(
    { world: { capabilities: { nodeShutdown: true, slm: true, ilm: true, machineLearning: false } } },
    'es-data02',
  ),
)

async function connectFake(options: FakeClusterOptions, dataNode: string): Promise<ClusterUnderTest> {
  const clock = new JumpClock()
  const es = FakeCluster.create(clock, options)
  return {
    es,
    clock,
    clusterName: 'ovh-prod-elk',
    dataNode,
    canShutdown: options.world?.capabilities?.nodeShutdown ?? false,
    stopNode: async name => es.stopNode(name),
    startNode: async name => es.startNode(name),
    createIndex: async (name, index) =>
      es.act({ do: 'create-index', index: { name, tier: 'data_hot', ...index } }),
    deleteIndex: async name => es.act({ do: 'delete-index', name }),
  }
}
