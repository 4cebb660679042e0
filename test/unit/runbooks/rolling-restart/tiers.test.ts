// Tests of tiers: roles in, tier, rank and caps out.
import { expect } from 'chai'
import { capsOf, dataTiersOf, isData, rankOf, tierOf } from '../../../../runbooks/rolling-restart/tiers.ts'
import type { Cap } from '../../../../src/sdk/index.ts'
import { calmFacts, nodeOf, paramsOf } from '../../../scenarios/rolling-restart/calm-facts.ts'

const withRoles = (...roles: string[]) => nodeOf('es-data01', { roles })

describe('tierOf', () => {
  const cases: readonly (readonly [readonly string[], string])[] = [
    [[], 'coordinating'],
    [['ingest'], 'coordinating'],
    [['remote_cluster_client', 'ingest'], 'coordinating'],
    [['ml'], 'other'],
    [['transform', 'remote_cluster_client'], 'other'],
    [['data_frozen'], 'frozen'],
    [['data_cold'], 'cold'],
    [['data_warm', 'ingest'], 'warm'],
    [['data_hot', 'data_content'], 'hot'],
    [['data_content'], 'hot'],
    [['data'], 'hot'],
    [['data_warm', 'data_hot'], 'hot'],
    [['data_cold', 'data_frozen'], 'cold'],
    [['master'], 'master'],
    [['master', 'voting_only'], 'master'],
    [['master', 'data_hot'], 'master'],
  ]
  for (const [roles, tier] of cases) {
    it(`says ${tier} for a node with ${roles.join(', ') || 'no role'}`, () => {
      expect(tierOf(withRoles(...roles))).to.equal(tier)
    })
  }

  it('counts a node of several data tiers in each of them', () => {
    expect(dataTiersOf(withRoles('data_hot', 'data_cold'))).to.deep.equal(['hot', 'cold'])
    expect(dataTiersOf(withRoles('master'))).to.deep.equal([])
  })

  it('knows which nodes hold data', () => {
    expect(isData(withRoles('data_frozen'))).to.equal(true)
    expect(isData(withRoles('master', 'ingest'))).to.equal(false)
  })
})

describe('rankOf', () => {
  it('sends coordinators first, then cold before warm before hot, masters last', () => {
    const turns = [[], ['ml'], ['data_frozen'], ['data_cold'], ['data_warm'], ['data_hot'], ['master']]
    const ranks = turns.map(roles => rankOf(withRoles(...roles)))
    expect(ranks).to.deep.equal([...ranks].sort((a, b) => a - b))
    expect(new Set(ranks).size).to.equal(turns.length)
  })
})

describe('capsOf', () => {
  const { nodes } = calmFacts()
  const maxOf = (caps: readonly Cap[], name: string) => caps.find(cap => cap.name === name)?.max

  it('allows one hot node, a third of the others, one master and one of two coordinators', () => {
    const caps = capsOf(nodes, paramsOf())
    expect(maxOf(caps, 'no_more_hot_nodes_down_than_allowed')).to.equal(1)
    expect(maxOf(caps, 'no_more_warm_nodes_down_than_allowed')).to.equal(1)
    expect(maxOf(caps, 'one_master_at_a_time')).to.equal(1)
    expect(maxOf(caps, 'a_coordinating_node_stays_up')).to.equal(1)
  })

  it('allows 34 % of a large tier, rounded down', () => {
    const warm = Array.from({ length: 20 }, (_, at) => nodeOf(`warm${at}`, { roles: ['data_warm'] }))
    expect(maxOf(capsOf(warm, paramsOf()), 'no_more_warm_nodes_down_than_allowed')).to.equal(6)
  })

  it('keeps one hot node at a time however many there are', () => {
    const hot = Array.from({ length: 20 }, (_, at) => nodeOf(`hot${at}`, { roles: ['data_hot'] }))
    expect(maxOf(capsOf(hot, paramsOf()), 'no_more_hot_nodes_down_than_allowed')).to.equal(1)
  })

  it('takes the number that was asked for, and still one master and one coordinator', () => {
    const caps = capsOf(nodes, paramsOf({ maxUnavailable: '3' }))
    expect(maxOf(caps, 'no_more_warm_nodes_down_than_allowed')).to.equal(3)
    expect(maxOf(caps, 'no_more_hot_nodes_down_than_allowed')).to.equal(3)
    expect(maxOf(caps, 'a_coordinating_node_stays_up')).to.equal(1)
    expect(maxOf(caps, 'one_master_at_a_time')).to.equal(1)
  })

  it('keeps a node of every role up, where there are two', () => {
    const caps = capsOf(nodes, paramsOf({ maxUnavailable: '100%' }))
    expect(maxOf(caps, 'a_node_with_role_data_warm_stays_up')).to.equal(2)
    expect(maxOf(caps, 'a_node_with_role_ingest_stays_up')).to.equal(1)
  })

  it('lets the only node of a role and the only coordinator go down', () => {
    const caps = capsOf([nodeOf('es-coord01'), nodeOf('es-data01', { roles: ['data'] })], paramsOf())
    expect(maxOf(caps, 'a_coordinating_node_stays_up')).to.equal(1)
    expect(maxOf(caps, 'a_node_with_role_data_stays_up')).to.equal(undefined)
  })

  it('has no cap without members', () => {
    expect(capsOf(nodes, paramsOf()).every(({ members }) => members.length > 0)).to.equal(true)
    expect(capsOf([], paramsOf())).to.deep.equal([])
  })
})
