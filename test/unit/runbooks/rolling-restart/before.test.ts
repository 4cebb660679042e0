// Tests of the measure for whether a node is back: the same node, with every copy it held.
import { expect } from 'chai'
import {
  explainChange,
  missingCopies,
  nodeBefore,
  startingCopies,
} from '../../../../runbooks/rolling-restart/before.ts'
import { OpsError } from '../../../../src/errors/index.ts'
import {
  calmFacts,
  type FactsDraft,
  idOf,
  nodeOf,
  shardOn,
} from '../../../scenarios/rolling-restart/calm-facts.ts'

const node = 'es-data04'
const { nodes, map: mapBefore } = calmFacts()
const before = nodeBefore(node, nodes, mapBefore)
const mapAfter = (change: (map: FactsDraft['map']) => void) => calmFacts(({ map }) => change(map)).map

/** `mysql-old` is on es-data04 and es-data05; the copy on es-data04 is not back. */
const withOneCopy = (settings: { replicas?: number; autoExpand?: string } = {}) =>
  mapAfter(({ indices }) => {
    const shards = [shardOn('mysql-old', ['es-data05', null])]
    Object.assign(indices.find(({ name }) => name === 'mysql-old') ?? {}, { shards, ...settings })
  })

describe('nodeBefore', () => {
  it('keeps every shard of the node with its number of live copies', () => {
    expect(before.shards).to.deep.equal([
      { index: 'nginx-old', uuid: 'uuid-nginx-old', shard: 0, live: 2 },
      { index: 'mysql-old', uuid: 'uuid-mysql-old', shard: 0, live: 2 },
    ])
  })

  it('survives the journal', () => expect(JSON.parse(JSON.stringify(before))).to.deep.equal(before))

  it('fails for a node that is not there', () => {
    expect(() => nodeBefore('es-data99', nodes, mapBefore)).to.throw(
      OpsError,
      'es-data99 is not in the cluster',
    )
  })
})

describe('explainChange', () => {
  const now = (given: Parameters<typeof nodeOf>[1]) => nodeOf(node, { ephemeralId: 'eph-new', ...given })
  const cases: readonly (readonly [string, Parameters<typeof nodeOf>[1], readonly string[]])[] = [
    ['nothing for the same node with a new process', { startedAtMs: 1, host: '10.9.9.9' }, []],
    ['another node id', { id: 'fresh' }, ['node id was id-es-data04, is fresh']],
    ['another version', { version: '8.20.0' }, ['version was 8.19.21, is 8.20.0']],
    ['other roles', { roles: ['data_cold'] }, ['roles was data_warm, is data_cold']],
    ['a new plugin', { plugins: ['icu@1'] }, ['plugins was none, is icu@1']],
    ['another attribute', { attributes: { zone: 'b' } }, ['attributes was none, is zone=b']],
  ]
  for (const [what, given, changes] of cases)
    it(`says ${what}`, () => expect(explainChange(before, now(given))).to.deep.equal(changes))

  it('does not mind another order of roles', () => {
    const mixed = { ...before, roles: ['ingest', 'data_hot'] }
    expect(explainChange(mixed, now({ roles: ['data_hot', 'ingest'] }))).to.deep.equal([])
  })
})

describe('missingCopies', () => {
  it('finds nothing missing when all is as it was', () => {
    expect(missingCopies(before, mapBefore)).to.deep.equal([])
  })
  it('names a shard with fewer live copies than before', () => {
    expect(missingCopies(before, withOneCopy())).to.deep.equal(['mysql-old[0]'])
  })
  it('does not wait for an index that was deleted', () => {
    const map = mapAfter(({ indices }) => indices.splice(0))
    expect(missingCopies(before, map)).to.deep.equal([])
  })
  it('does not take an index of the same name for the deleted one', () => {
    const map = withOneCopy()
    const indices = map.indices.map(index => ({ ...index, uuid: `${index.uuid}-again` }))
    expect(missingCopies(before, { ...map, indices })).to.deep.equal([])
  })
  it('does not wait for replicas that were given up meanwhile', () => {
    expect(missingCopies(before, withOneCopy({ replicas: 0 }))).to.deep.equal([])
  })
  it('wants one copy of an index that expands by itself', () => {
    expect(missingCopies(before, withOneCopy({ autoExpand: '0-1' }))).to.deep.equal([])
  })
  it('is content with a copy on another node', () => {
    const map = mapAfter(({ indices }) => {
      for (const index of indices) index.shards = [shardOn(index.name, ['es-data03', 'es-data05'])]
    })
    expect(missingCopies(before, map)).to.deep.equal([])
  })
  it('does not want more than there was', () => {
    const alone = { ...before, shards: before.shards.map(shard => ({ ...shard, live: 1 })) }
    expect(missingCopies(alone, withOneCopy())).to.deep.equal([])
  })
})

describe('startingCopies', () => {
  it('names copies on the node that are still being made, also of new indices', () => {
    const map = mapAfter(({ indices }) => {
      Object.assign(indices[0]?.shards[0]?.copies[1] ?? {}, { node: idOf(node), state: 'INITIALIZING' })
    })
    expect(startingCopies(idOf(node), map)).to.deep.equal(['.security-7[0]'])
    expect(startingCopies(idOf('es-data01'), map)).to.deep.equal([])
  })
})
