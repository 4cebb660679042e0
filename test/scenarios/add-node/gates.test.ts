// Walks the tables of gates of add-node: each has a name that is a sentence, a case that passes and one that refuses.
import { expect } from 'chai'
import { lookAtAddition, type NodeFacts } from '../../../runbooks/add-node/facts.ts'
import { gates, nodeGates } from '../../../runbooks/add-node/gates/index.ts'
import { params as schema } from '../../../runbooks/add-node/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { itWalksTheTable } from '../../support/gate-table.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import { add, additionWorld, expectTidy, failureOf, forWarm } from './world.ts'

describe('the gates of add-node', () => {
  let calm: NodeFacts
  before(async () => {
    const { world } = additionWorld()
    const facts = await lookAtAddition(lookOf(world.begin().engine, null), schema.parse(forWarm))
    if (!('nodes' in facts)) throw new Error('a node was meant')
    calm = facts.nodes
  })
  const factsOf = (change: (facts: FactsDraft) => void = () => {}): NodeFacts => {
    const facts = structuredClone(calm) as FactsDraft
    change(facts)
    return facts as NodeFacts
  }

  it('all pass for a sound machine and a calm cluster', () => {
    const refusing = gates.filter(({ check }) => !check({ nodes: calm }, schema.parse(forWarm)).pass)
    expect(refusing.map(({ name }) => name)).to.deep.equal([])
  })

  itWalksTheTable({
    gates: nodeGates,
    cases: gateCases,
    paramsOf: given => schema.parse({ ...forWarm, ...given }),
    factsOf,
  })

  it('refuse before anything is touched', async () => {
    const addition = additionWorld()
    addition.members.lints.set('es-data06', {
      data: { empty: false, cluster_uuid: 'other-uuid', node_id: 'n1' },
    })
    const end = await add(addition.world.begin())
    expect(end).to.include({ outcome: 'refused', exitCode: 2 })
    expect(failureOf(end).message).to.match(/data_path_is_empty.*data of another cluster, other-uuid/)
    expect(addition.world.inventoryFile.writes).to.equal(0)
    expectTidy(addition)
  })
})
