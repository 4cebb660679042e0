// Walks the table of gates: each has a name that is a sentence, a case that passes, one that refuses, and never throws. And bad
// worlds, refused by the gate that is meant to.
import { expect } from 'chai'
import { lookAtRestore, type RestoreFacts } from '../../../runbooks/restore/facts.ts'
import { gates } from '../../../runbooks/restore/gates/index.ts'
import { params as schema } from '../../../runbooks/restore/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import type { GateCase } from '../../support/gate-table.ts'
import { type FactsDraft, gateCases } from './gate-cases.ts'
import { backedUp, crm8, indexNames, nightly, type RestoreWorld, repository, run } from './world.ts'

const calm: JsonObject = { indices: 'crm.app-*' }
const paramsOf = (given: JsonObject = {}) => schema.parse({ ...calm, ...given })

describe('the gates of restore', () => {
  let facts: RestoreFacts
  before(async () => {
    const { world } = await backedUp()
    facts = await lookAtRestore(lookOf(world.begin().engine, null), paramsOf())
  })

  const judge = ({ gate: name, params, change }: GateCase<FactsDraft>) => {
    const gate = gates.find(one => one.name === name)
    if (gate === undefined) throw new Error(`no gate ${name}`)
    const changed = structuredClone(facts) as FactsDraft
    change?.(changed)
    return gate.check(changed as RestoreFacts, paramsOf(params))
  }

  it('have names that are sentences, each once, and say which outage they prevent', () => {
    expect(new Set(gates.map(({ name }) => name)).size).to.equal(gates.length)
    for (const { name, prevents, waivable } of gates) {
      expect(name).to.match(/^[a-z]+(_[a-z]+)+$/)
      expect(prevents, name).to.match(/^[A-Z].{15,}\.$/)
      expect(waivable).to.be.oneOf(['never', 'reason', 'approval'])
    }
  })

  for (const says of ['pass', 'refuse'] as const)
    it(`each have a case that they ${says}`, () => {
      const without = gates.filter(
        ({ name }) => !gateCases.some(one => one.gate === name && one.says === says),
      )
      expect(without.map(({ name }) => name)).to.deep.equal([])
    })

  for (const one of gateCases)
    it(`${one.gate} ${one.says === 'pass' ? 'passes' : 'refuses'} when ${one.when}`, () => {
      const { pass, evidence } = judge(one)
      expect(pass, evidence).to.equal(one.says === 'pass')
      expect(evidence).to.match(one.evidence)
    })

  it('ask for what is for real only there', () => {
    const names = (given: JsonObject) =>
      gates.filter(({ applies }) => applies?.(paramsOf(given)) ?? true).map(({ name }) => name)
    expect(names({})).to.not.include('writers_stand_still')
    expect(names({ into: 'place' })).to.include('writers_stand_still')
    expect(names({ into: 'place' })).to.not.include('backfill_makes_no_duplicates')
  })

  const bad: readonly [string, (made: RestoreWorld) => unknown, JsonObject, RegExp][] = [
    [
      'an unregistered repository',
      () => {},
      { repository: 'elsewhere' },
      /repository_is_registered: elsewhere is not registered; there are elk_backup/,
    ],
    [
      'a repository that cannot be read',
      ({ world }) => world.cluster.act({ do: 'store', repository, trouble: { unreadable: true } }),
      {},
      /repository_can_be_read: .*Could not read repository data/,
    ],
    ['a snapshot that is not there', () => {}, { snapshot: 'nightly' }, /holds no snapshot nightly/],
    [
      'a pattern that matches nothing',
      () => {},
      { indices: 'erp.ap-*' },
      /indices_match: erp\.ap-\* matches no index/,
    ],
    [
      'a snapshot of a newer cluster',
      ({ world }) =>
        world.cluster.change(({ stores }) => {
          for (const { snapshots } of Object.values(stores))
            for (const one of snapshots) one.version = '8.19.21'
        }),
      {},
      /snapshot_version_is_compatible/,
    ],
    [
      'disks that are full',
      ({ world }) =>
        world.cluster.change(({ nodes }) => {
          for (const node of nodes) node.availableBytes = 1000
        }),
      {},
      /enough_disk/,
    ],
    [
      'a shard limit that is reached',
      ({ world }) =>
        world.cluster.act({
          ...{ do: 'set-cluster', scope: 'persistent' },
          ...{ name: 'cluster.max_shards_per_node', value: '3' },
        }),
      {},
      /shard_limit_holds/,
    ],
    [
      'an index that is open',
      () => {},
      { into: 'place', indices: crm8 },
      /restore_over_an_existing_index_is_approved/,
    ],
    [
      'a snapshot that is being deleted',
      async ({ world }) => void world.cluster.snapshots.remove(repository, [nightly]),
      {},
      /nothing_deletes_from_the_repository/,
    ],
  ]
  for (const [what, prepare, params, says] of bad)
    it(`refuse ${what}, and nothing is touched`, async () => {
      const made = await backedUp()
      await prepare(made)
      const before = indexNames(made)
      const error = failureOf(await run(made.world.begin(), { ...calm, ...params }))
      expect(error).to.include({ code: 'GATE_REFUSED', exitCode: 2 })
      const refusals = (await made.world.journal.read('run-1')).filter(({ type }) => type === 'gate.refused')
      expect(refusals.map(({ gate, evidence }) => `${gate}: ${evidence}`).join('\n')).to.match(says)
      expect(indexNames(made)).to.deep.equal(before)
    })
})
