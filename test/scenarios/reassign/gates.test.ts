// Walks the table of gates: each has a name that is a sentence, a case that passes, one that refuses, and never throws.
import { expect } from 'chai'
import fc from 'fast-check'
import { lookAtKafka, type ReassignFacts } from '../../../runbooks/reassign/facts.ts'
import { gates } from '../../../runbooks/reassign/gates/index.ts'
import { type ReassignParams, params as schema } from '../../../runbooks/reassign/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import { begin } from './world.ts'

const topic = (name: string, partitions: number) => ({
  name,
  partitions,
  replicationFactor: 2,
  recordsPerSecond: 10,
})

/** Four brokers in three racks, two copies of everything. */
async function readCalmFacts(): Promise<ReassignFacts> {
  const topics = [
    topic('raw-logs', 6),
    topic('audit', 2),
    { ...topic('__consumer_offsets', 3), internal: true },
  ]
  const { world } = begin({ brokers: 4, topics, groups: [], minInsync: 1 })
  return lookAtKafka(lookOf(world.begin().engine, null), paramsOf({ rebalance: true }))
}

const paramsOf = (given: JsonObject = { rebalance: true }): ReassignParams => schema.parse(given)

const caseOf = (gate: string, says: 'pass' | 'refuse') =>
  gateCases.some(one => one.gate === gate && one.says === says)

describe('the gates of reassign', () => {
  let calm: ReassignFacts
  before(async () => {
    calm = await readCalmFacts()
  })
  const factsOf = (change: (facts: FactsDraft) => void = () => {}): ReassignFacts => {
    const draft = structuredClone(calm) as FactsDraft
    change(draft)
    return draft as ReassignFacts
  }

  it('all pass on a calm cluster, whatever is asked for', () => {
    for (const asked of [
      { rebalance: true },
      { drain: 'kafka04' },
      { add: 'kafka04' },
      { raiseRf: 3, topic: 'raw-logs' },
    ])
      expect(
        gates.filter(gate => !gate.check(calm, paramsOf(asked)).pass).map(({ name }) => name),
      ).to.deep.equal([])
  })

  it('have names of their own, and cases for no other', () => {
    const names = gates.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(gateCases.filter(({ gate }) => !names.includes(gate))).to.deep.equal([])
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
        it(`${one.says === 'pass' ? 'passes' : 'refuses'} when ${one.when}`, () => {
          const found = check(factsOf(one.change), paramsOf(one.params))
          expect(found.evidence).to.match(one.evidence)
          expect(found.pass).to.equal(one.says === 'pass')
        })
      }
      it('gives one line of evidence and no exception on facts that are half empty', () => {
        fc.assert(
          fc.property(fc.subarray(needed), emptied => {
            const facts = factsOf(draft => {
              for (const empty of emptied) empty(draft)
            })
            expect(check(facts, paramsOf()).evidence).to.match(/^.+$/)
          }),
          { numRuns: 30 },
        )
      })
    })
  }

  it('do not all pass when any reading is empty that they cannot do without', () => {
    for (const empty of needed) {
      const facts = factsOf(empty)
      expect(gates.every(({ check }) => check(facts, paramsOf()).pass)).to.equal(false)
    }
  })
})

/** What a cluster may leave out of its answers. */
const needed: ((facts: FactsDraft) => void)[] = [
  facts => {
    facts.partitions = []
  },
  facts => {
    facts.identity.brokers = []
  },
  facts => {
    facts.logDirs = [[], []]
  },
  facts => {
    facts.inventory.brokers = []
  },
  facts => {
    for (const partition of facts.partitions) partition.replicas = []
  },
]
