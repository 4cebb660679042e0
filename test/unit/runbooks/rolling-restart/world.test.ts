// Tests of the planner's picture: members and caps, from facts and while the run is under way.
import { expect } from 'chai'
import type { RestartBaseline } from '../../../../runbooks/rolling-restart/after.ts'
import { planRestart } from '../../../../runbooks/rolling-restart/plan.ts'
import { capsNow, machinesOf, membersNow, plannedFor } from '../../../../runbooks/rolling-restart/world.ts'
import { calmFacts, paramsOf } from '../../../scenarios/rolling-restart/calm-facts.ts'
import { situationOf } from '../../../scenarios/rolling-restart/stop-cases.ts'

const facts = calmFacts(({ nodes, targets }) => {
  targets.splice(0, 3)
  for (const node of nodes) node.attributes = { zone: 'a', 'xpack.installed': 'true' }
})
const baseline: RestartBaseline = {
  nodes: facts.nodes,
  elected: 'es-master01',
  unassigned: [],
  persistent: {},
  transient: {},
  unchangeable: [],
  frozenDocs: {},
  indices: facts.map.indices.length,
}

describe('plannedFor', () => {
  it('plans only for the nodes to restart, with caps over all nodes', () => {
    const { world, order } = plannedFor(facts, paramsOf())
    expect(world.members.map(({ name }) => name)).to.have.members([...facts.targets])
    expect(order).to.have.length(7)
    expect(world.caps.find(({ name }) => name === 'one_master_at_a_time')?.members).to.have.length(3)
  })

  it('knows where a node is and nothing of its other attributes', () => {
    expect(plannedFor(facts, paramsOf()).world.members[0]?.attributes).to.deep.equal({ zone: 'a' })
  })

  it('answers the same question once', () => {
    const params = paramsOf()
    expect(plannedFor(facts, params)).to.equal(plannedFor(facts, params))
    expect(plannedFor(facts, paramsOf({ serial: true })).world.maxDown).to.equal(1)
  })

  it('never has two nodes of one machine in a wave', () => {
    const shared = calmFacts(({ inventory }) => {
      for (const node of inventory.nodes) if (/coord01|data03/.test(node.name)) node.machine = 'host-1'
    })
    for (const wave of plannedFor(shared, paramsOf()).waves.waves)
      expect(wave).to.not.include.members(['es-coord01', 'es-data03'])
  })
})

describe('membersNow', () => {
  const { details } = planRestart(facts, paramsOf())

  it('are those of the plan, as they were when the run began', () => {
    const names = membersNow(baseline, details).map(({ name }) => name)
    expect(names).to.have.members([...facts.targets])
  })

  it('say which machine they run on', () => {
    const [first] = membersNow(baseline, details)
    expect(first?.machine).to.equal(machinesOf(facts.inventory.nodes)[first?.name ?? ''])
  })
})

describe('capsNow', () => {
  const isRed = ({ name }: { name: string }) => name === 'cluster_is_not_red'

  it('let nobody go down while the cluster is red', () => {
    const { seen } = situationOf(one => Object.assign(one, { status: 'red' }))
    const cap = capsNow(baseline, seen, paramsOf()).find(isRed)
    expect(cap?.max).to.equal(0)
    expect(cap?.members).to.have.length(10)
  })

  it('have no such cap while it is yellow', () => {
    expect(capsNow(baseline, situationOf().seen, paramsOf()).some(isRed)).to.equal(false)
  })
})
