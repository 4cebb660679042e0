// Walks the table of gates: each has a name that is a sentence, a case that passes, one that refuses, and never throws.
import { expect } from 'chai'
import { type DrillFacts, lookAtDrill } from '../../../runbooks/dr-drill/facts.ts'
import { gates } from '../../../runbooks/dr-drill/gates/index.ts'
import { type ScenarioName, scenarioNames, params as schema } from '../../../runbooks/dr-drill/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import { backUp, begin, type DrillWorld, expectSteady, mark, run } from './world.ts'

describe('the gates of dr-drill', () => {
  let drill: DrillWorld
  const calm = new Map<ScenarioName, DrillFacts>()
  before(async () => {
    drill = begin()
    await backUp(drill)
    const look = lookOf(drill.world.begin().engine, null)
    for (const scenario of scenarioNames)
      calm.set(scenario, await lookAtDrill(look, schema.parse({ scenario })))
  })
  const factsOf = (scenario: ScenarioName, change: (facts: FactsDraft) => void = () => {}): DrillFacts => {
    const draft = structuredClone(calm.get(scenario)) as FactsDraft
    change(draft)
    return draft as DrillFacts
  }
  const caseOf = (gate: string, says: 'pass' | 'refuse') =>
    gateCases.some(one => one.gate === gate && one.says === says)

  it('all pass in a steady lab, whatever is lost', () => {
    for (const scenario of scenarioNames) {
      const given = schema.parse({ scenario })
      const refusing = gates
        .filter(gate => gate.applies?.(given) ?? true)
        .filter(gate => !gate.check(factsOf(scenario), given).pass)
      expect(
        refusing.map(({ name }) => name),
        scenario,
      ).to.deep.equal([])
    }
  })

  it('have names of their own, and cases for no other', () => {
    const names = gates.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(gateCases.filter(({ gate }) => !names.includes(gate))).to.deep.equal([])
  })

  it('let nobody waive what keeps a drill away from production', () => {
    const never = gates.filter(({ waivable }) => waivable === 'never').map(({ name }) => name)
    expect(never).to.include.members(['inventory_is_marked_as_drill', 'cluster_is_on_the_list_of_drills'])
  })

  for (const { name, prevents, check } of gates) {
    describe(name, () => {
      it('is a sentence and names the outage that it prevents', () => {
        expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
        expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      })
      it('has a case that passes and one that refuses', () => {
        expect([caseOf(name, 'pass'), caseOf(name, 'refuse')]).to.deep.equal([true, true])
      })
      for (const one of gateCases.filter(({ gate }) => gate === name)) {
        it(`${one.says === 'pass' ? 'passes' : 'refuses'} when ${one.when} (${one.scenario})`, () => {
          const given = schema.parse({ scenario: one.scenario, ...one.params })
          const found = check(factsOf(one.scenario, one.change), given)
          expect(found.evidence).to.match(one.evidence)
          expect(found.pass).to.equal(one.says === 'pass')
        })
      }
    })
  }

  it('refuse a drill on an inventory that is not one, and nothing is touched', async () => {
    for (const scenario of scenarioNames) {
      const own = begin()
      await backUp(own)
      mark(own, { ops_drill: false })
      const failure = failureOf(await run(own.world.begin(), { scenario }))
      expect(failure).to.include({ code: 'GATE_REFUSED', exitCode: 2 })
      expect(failure.message).to.match(/^inventory_is_marked_as_drill: /)
      expect(own.disks.history).to.deep.equal([])
      await expectSteady(own)
    }
  })

  it('cannot be waived with a reason', async () => {
    const own = begin()
    mark(own, { ops_drill: false })
    const waivers = new Map([['inventory_is_marked_as_drill', 'I know what I do']])
    const thrown = await run(own.world.begin(), { scenario: 'hot-node' }, waivers).catch(error => error)
    expect(thrown).to.include({ code: 'USAGE' })
    expect(own.disks.history).to.deep.equal([])
  })
})
