// Walks the table of gates of expand-partitions: a name that is a sentence, a case that passes, one that refuses, no exception.
import { expect } from 'chai'
import { type ExpandFacts, lookAtTopic } from '../../../runbooks/expand-partitions/facts.ts'
import { gates } from '../../../runbooks/expand-partitions/gates/index.ts'
import { params as schema } from '../../../runbooks/expand-partitions/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { BadKafkaWorldName } from '../../support/fake-kafka/fake-kafka.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import { kafkaWorld, planOn, to32 } from './world.ts'

const paramsOf = (over = {}) => schema.parse({ ...to32, ...over })

async function calmFacts(params = {}): Promise<FactsDraft> {
  const { world } = kafkaWorld()
  const facts: ExpandFacts = await lookAtTopic(lookOf(world.begin().engine, null), paramsOf(params))
  return structuredClone(facts) as FactsDraft
}

describe('the gates of expand-partitions', () => {
  it('have names of their own, and cases for no gate that is not there', () => {
    const names = new Set(gates.map(({ name }) => name))
    expect(names.size).to.equal(gates.length)
    expect(gateCases.filter(({ gate }) => !names.has(gate)).map(({ gate }) => gate)).to.deep.equal([])
  })

  for (const { name, prevents, waivable, check } of gates)
    describe(name, () => {
      it('is a sentence, names the outage that it prevents and says who may waive it', () => {
        expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
        expect(prevents).to.match(/^[A-Z].{15,}\.$/)
        expect(waivable).to.be.oneOf(['never', 'reason', 'approval'])
      })
      for (const says of ['pass', 'refuse'])
        it(`has a case that ${says === 'pass' ? 'passes' : 'refuses'}`, () =>
          expect(gateCases.some(one => one.gate === name && one.says === says)).to.equal(true))
      for (const one of gateCases.filter(({ gate }) => gate === name))
        it(`${one.says === 'pass' ? 'passes' : 'refuses'} when ${one.when}`, async () => {
          const facts = await calmFacts(one.params)
          one.change?.(facts)
          const found = check(facts, paramsOf(one.params))
          expect(found.evidence).to.match(one.evidence)
          expect(found.pass).to.equal(one.says === 'pass')
        })
      it('gives evidence and no exception on facts that are empty', async () => {
        const { inventory, identity } = await calmFacts()
        const empty: ExpandFacts = {
          inventory: { ...inventory, brokers: [], fleets: [] },
          identity: { ...identity, brokers: [] },
          partitions: [],
          configs: null,
          reassignments: [],
          logDirs: [],
          groups: [],
          ranges: [[], []],
          gapMs: 0,
          sample: [],
          pipelines: [],
          objection: null,
        }
        expect(check(empty, paramsOf()).evidence).to.match(/^.+$/)
      })
    })

  const worlds: readonly [BadKafkaWorldName, string][] = [
    ['brokerMissing', 'every_broker_is_registered'],
    ['underReplicated', 'every_partition_is_in_sync'],
    ['emptyMetadata', 'topic_is_there'],
    ['partialMetadata', 'topic_is_there'],
    ['reassignmentRunning', 'no_reassignment_is_running'],
    ['compacted', 'topic_is_not_compacted'],
    ['keyed', 'keys_stay_in_their_partition'],
    ['groupRebalances', 'groups_are_stable'],
    ['groupGone', 'groups_are_stable'],
  ]
  for (const [world, gate] of worlds)
    it(`refuse the world ${world} by ${gate}`, async () => {
      const made = kafkaWorld()
      made.kafka.spoil(world)
      const { gates: verdicts } = await planOn(made.world.begin())
      const refused = verdicts.filter(({ verdict }) => verdict === 'refuse').map(one => one.gate)
      expect(refused).to.include(gate)
    })
})
