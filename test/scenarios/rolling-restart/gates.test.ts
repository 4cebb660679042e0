// Walks the table of gates: each has a name that is a sentence, a case that passes, one that refuses, and never throws.
import { expect } from 'chai'
import fc from 'fast-check'
import { gates } from '../../../runbooks/rolling-restart/gates/index.ts'
import { calmFacts, type FactsDraft, paramsOf } from './calm-facts.ts'
import { gateCases } from './gate-cases/all.ts'

const caseOf = (gate: string, says: 'pass' | 'refuse') =>
  gateCases.some(one => one.gate === gate && one.says === says)

describe('the gates of rolling-restart', () => {
  it('all pass on a calm cluster', () => {
    const facts = calmFacts()
    const refusing = gates.filter(({ check }) => !check(facts, paramsOf()).pass).map(({ name }) => name)
    expect(refusing).to.deep.equal([])
  })

  it('have names of their own', () => {
    expect(new Set(gates.map(({ name }) => name)).size).to.equal(gates.length)
  })

  it('have cases for no gate that is not there', () => {
    const names = new Set(gates.map(({ name }) => name))
    expect(gateCases.filter(({ gate }) => !names.has(gate)).map(({ gate }) => gate)).to.deep.equal([])
  })

  for (const { name, prevents, waivable, check } of gates) {
    describe(name, () => {
      it('is a sentence in snake_case', () => expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/))
      it('names the outage that it prevents', () => expect(prevents).to.match(/^[A-Z].{15,}\.$/))
      it('says who may waive it', () => expect(waivable).to.be.oneOf(['never', 'reason', 'approval']))
      it('has a case that passes', () => expect(caseOf(name, 'pass')).to.equal(true))
      it('has a case that refuses', () => expect(caseOf(name, 'refuse')).to.equal(true))

      for (const one of gateCases.filter(({ gate }) => gate === name)) {
        it(`${one.says === 'pass' ? 'passes' : 'refuses'} when ${one.when}`, () => {
          const found = check(calmFacts(one.change), paramsOf(one.params))
          expect(found.evidence).to.match(one.evidence)
          expect(found.pass).to.equal(one.says === 'pass')
        })
      }

      it('gives one line of evidence and no exception on facts that are half empty', () => {
        fc.assert(
          fc.property(fc.subarray(emptiable), emptied => {
            const { evidence } = check(
              calmFacts(facts => {
                for (const empty of emptied) empty(facts)
              }),
              paramsOf(),
            )
            expect(evidence).to.match(/^.+$/)
          }),
          { numRuns: 50 },
        )
      })
    })
  }

  it('do not all pass when any reading is empty that they cannot do without', () => {
    for (const empty of needed) {
      const facts = calmFacts(empty)
      expect(gates.every(({ check }) => check(facts, paramsOf()).pass)).to.equal(false)
    }
  })
})

/** What a cluster may leave out of its answers. */
const needed: ((facts: FactsDraft) => void)[] = [
  facts => {
    facts.nodes = []
  },
  facts => {
    facts.endpoints = []
  },
  facts => {
    facts.targets = []
  },
  facts => {
    facts.disk = []
  },
  facts => {
    facts.lint = []
  },
  facts => {
    facts.pressure = [[], []]
  },
  facts => {
    facts.master.elected = null
  },
  facts => {
    facts.coordination = { committed: [], accepted: [], exclusions: [] }
  },
]
const emptiable: ((facts: FactsDraft) => void)[] = [
  ...needed,
  facts => {
    facts.map.indices = []
  },
  facts => {
    facts.counts = []
  },
  facts => {
    facts.inventory.nodes = []
  },
  facts => {
    facts.lifecycle = { slm: null, ilm: null }
  },
  facts => {
    for (const index of facts.map.indices) index.shards = []
  },
  facts => {
    facts.settings = { persistent: {}, transient: {}, defaults: {} }
  },
]
