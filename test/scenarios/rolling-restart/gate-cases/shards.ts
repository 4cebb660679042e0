// Cases of the gates on copies.
import { indexOn, nodeNames, shardOn } from '../calm-facts.ts'
import { casesOf, type GateCase, item, named } from './case.ts'

const settled = casesOf('unassigned_copies_are_settled')
const another = casesOf('every_shard_has_another_copy')
const without = casesOf('indices_without_replicas_are_protected')
const closed = casesOf('closed_indices_are_replicated')

const explained = (index: string, canAllocate: string) => ({
  index,
  shard: 0,
  primary: false,
  canAllocate,
  explanation: '',
  deciders: [],
})

export const shardCases: readonly GateCase[] = [
  settled.passes('every copy is assigned', /every copy is assigned/),
  settled.passes('a copy that nothing can take is on nodes that stay up', /^1 unassigned/, facts => {
    facts.targets = ['es-data01']
    facts.health.unassignedShards = 1
    named(facts.map.indices, 'mysql-old').shards = [shardOn('mysql-old', ['es-data04', null])]
    facts.explanations.push(explained('mysql-old', 'no'))
  }),
  ...['throttled', 'allocation_delayed', 'awaiting_info', 'yes'].map(canAllocate =>
    settled.refuses(`a copy is ${canAllocate}`, new RegExp(`mysql-old\\[0\\] is ${canAllocate}`), facts => {
      facts.targets = ['es-data01']
      facts.health.unassignedShards = 1
      facts.explanations.push(explained('mysql-old', canAllocate))
    }),
  ),
  settled.refuses('its sister is on a node to restart', /mysql-old\[0\] has an unassigned copy/, facts => {
    facts.health.unassignedShards = 1
    named(facts.map.indices, 'mysql-old').shards = [shardOn('mysql-old', ['es-data04', null])]
    facts.explanations.push(explained('mysql-old', 'no'))
  }),
  settled.refuses('not every unassigned copy could be explained', /1 of 51 .*not explained/, facts => {
    facts.targets = ['es-coord01']
    facts.health.unassignedShards = 51
    facts.explanations = Array.from({ length: 50 }, () => explained('mysql-old', 'no'))
  }),

  another.passes('every shard has two copies', /^4 shards looked at$/),
  another.passes('the only copy is on a node that stays up', /looked at/, facts => {
    facts.targets = ['es-data01']
    named(facts.map.indices, 'mysql-old').shards = [shardOn('mysql-old', ['es-data04', null])]
  }),
  another.passes('a copy is the source of a move', /looked at/, ({ map }) => {
    const [copy] = item(named(map.indices, 'nginx-old').shards).copies
    Object.assign(copy ?? {}, { state: 'RELOCATING', relocatingTo: 'id-es-data05' })
  }),
  another.refuses('the replica is unassigned', /mysql-old\[0\] has one in-sync copy/, ({ map }) => {
    named(map.indices, 'mysql-old').shards = [shardOn('mysql-old', ['es-data04', null])]
  }),
  another.refuses(
    'the replica is started and not in sync',
    /mysql-old\[0\] has one in-sync copy/,
    ({ map }) => {
      item(named(map.indices, 'mysql-old').shards).inSync.pop()
    },
  ),
  another.refuses('the replica is still being made', /mysql-old\[0\] has one in-sync copy/, ({ map }) => {
    item(item(named(map.indices, 'mysql-old').shards).copies, 1).state = 'INITIALIZING'
  }),
  another.refuses('an index that expands by itself has no second node', /\.security-7\[0\]/, ({ map }) => {
    const index = named(map.indices, '.security-7')
    Object.assign(index, { replicas: 0, shards: [shardOn('.security-7', ['es-data01'])] })
  }),

  without.passes('every index has a replica', /has a replica/),
  without.passes('it is on a node that stays up', /has a replica/, facts => {
    facts.targets = nodeNames.filter(name => name !== 'es-data03')
    facts.map.indices.push(indexOn('scratch', ['es-data03']))
  }),
  without.passes('it gets one for the run', /will have one replica for the run: scratch/, {
    params: { protectZeroReplicas: true },
    change: ({ map }) => {
      map.indices.push(indexOn('scratch', ['es-data03']))
    },
  }),
  without.refuses('it has none', /scratch \(12 documents, 3 MiB\).*--protect-zero-replicas/, facts => {
    facts.map.indices.push(indexOn('scratch', ['es-data03']))
    facts.counts.push({
      index: 'scratch',
      uuid: 'uuid-scratch',
      docs: 12,
      storeBytes: 3 * 2 ** 20,
      blocks: [],
    })
  }),
  without.refuses('nothing is known of its size', /no replica: scratch;/, facts => {
    facts.map.indices.push(indexOn('scratch', ['es-data03']))
  }),

  closed.passes('no index is closed', /^no closed index$/),
  closed.passes('a closed index has two copies', /^1 closed indices/, ({ map }) => {
    map.indices.push(indexOn('archive', ['es-data03', 'es-data04'], { state: 'close' }))
  }),
  closed.passes('its only copy is on a node that stays up', /^1 closed indices/, facts => {
    facts.targets = ['es-data01']
    facts.map.indices.push(indexOn('archive', ['es-data03'], { state: 'close' }))
  }),
  closed.refuses('a closed index has one copy', /closed index archive/, ({ map }) => {
    map.indices.push(indexOn('archive', ['es-data03'], { state: 'close' }))
  }),
]
