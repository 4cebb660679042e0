// Walks the table of gates of a full restart, and the parameters that choose what is stopped.
import { expect } from 'chai'
import { type FullFacts, lookAtPlatform } from '../../../runbooks/full-restart/facts.ts'
import { gates } from '../../../runbooks/full-restart/gates/index.ts'
import { chooseServices, params as schema } from '../../../runbooks/full-restart/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { itWalksTheTable } from '../../support/gate-table.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import { begin } from './world.ts'

describe('the gates of full-restart', () => {
  let calm: FullFacts
  before(async () => {
    const { world } = await begin()
    calm = await lookAtPlatform(lookOf(world.begin().engine, null), schema.parse({}))
  })

  itWalksTheTable({
    gates,
    cases: gateCases,
    paramsOf: given => schema.parse(given),
    factsOf: (change: (facts: FactsDraft) => void = () => {}) => {
      const draft = structuredClone(calm) as FactsDraft
      change(draft)
      return draft as FullFacts
    },
  })

  it('all pass on a platform that is well', () => {
    const refusing = gates.filter(gate => !gate.check(calm, schema.parse({})).pass)
    expect(refusing.map(({ name }) => name)).to.deep.equal([])
  })
})

describe('what full-restart stops', () => {
  const chosen = (given: object) => chooseServices(schema.parse(given))

  it('is everything but Vault, in this order', () => {
    expect(chosen({})).to.deep.equal(['logstash', 'kibana', 'elasticsearch', 'kafka'])
  })

  it('is what --only names, without what --keep names', () => {
    expect(chosen({ only: 'kafka, elasticsearch,logstash' })).to.deep.equal([
      ...['logstash', 'elasticsearch', 'kafka'],
    ])
    expect(chosen({ keep: 'kafka,vault' })).to.deep.equal(['logstash', 'kibana', 'elasticsearch'])
    expect(chosen({ keep: '' })).to.include('vault')
  })

  it('is nothing that has another name', () => {
    expect(() => schema.parse({ only: 'kafak' })).to.throw(/must be names of logstash, kibana/)
    expect(() => schema.parse({ giveUp: 'soon' })).to.throw(/a number with a unit/)
  })
})
