// Walks the table of gates: each has a name that is a sentence, a case that passes, one that refuses, and never throws.
import { expect } from 'chai'
import { lookAtSnapshot, type SnapshotFacts } from '../../../runbooks/snapshot/facts.ts'
import { gates } from '../../../runbooks/snapshot/gates/index.ts'
import { platformPatterns, params as schema } from '../../../runbooks/snapshot/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { sourcePatterns } from '../../../src/lab/elasticsearch/content.ts'
import { itWalksTheTable } from '../../support/gate-table.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import { beginBackup } from './world.ts'

describe('the gates of snapshot', () => {
  let calm: SnapshotFacts
  before(async () => {
    calm = await lookAtSnapshot(lookOf(beginBackup().world.begin().engine, null), schema.parse({}))
  })
  const factsOf = (change: (facts: FactsDraft) => void = () => {}): SnapshotFacts => {
    const facts = structuredClone(calm) as FactsDraft
    change(facts)
    return facts as SnapshotFacts
  }

  it('all pass on a calm cluster', () => {
    const refusing = gates.filter(({ check }) => !check(calm, schema.parse({})).pass)
    expect(refusing.map(({ name }) => name)).to.deep.equal([])
  })

  itWalksTheTable({
    gates,
    cases: gateCases,
    paramsOf: given => schema.parse(given),
    factsOf: change => factsOf(change),
  })

  for (const [what, change] of [
    [
      'no node',
      (facts: FactsDraft) => {
        facts.nodes = []
      },
    ],
    [
      'no index',
      (facts: FactsDraft) => {
        facts.indices = []
      },
    ],
    [
      'no repository',
      (facts: FactsDraft) => {
        facts.repository = null
      },
    ],
  ] as const)
    it(`do not all pass when the cluster names ${what}`, () => {
      expect(gates.every(({ check }) => check(factsOf(change), schema.parse({})).pass)).to.equal(false)
    })

  it('by default take what the platform has: one pattern for each source', () => {
    expect(platformPatterns.split(',')).to.deep.equal(sourcePatterns)
  })
})

describe('what a look finds of a repository', () => {
  const lookAt = (trouble: object) => {
    const { world } = beginBackup()
    world.cluster.act({ do: 'store', repository: 'elk_backup', trouble })
    return lookAtSnapshot(lookOf(world.begin().engine, null), schema.parse({}))
  }

  it('names the node that does not have it', async () => {
    expect((await lookAt({ missingOn: ['es-node02'] })).writers.problem).to.include('es-node02')
  })
  it('is a fact when it cannot be written to or read', async () => {
    expect((await lookAt({ notWritable: true })).writers.problem).to.include('es-node01')
    expect((await lookAt({ unreadable: true })).unreadable).to.include('repository data')
  })
  it('is that nobody knows its room when the host cannot be reached', async () => {
    const { world } = beginBackup()
    world.ansible.trouble('es-repo01', 'unreachable')
    const facts = await lookAtSnapshot(lookOf(world.begin().engine, null), schema.parse({}))
    expect(facts.room).to.include({ freeBytes: null })
  })
})
