// What is accepted as a snapshot, what is excused, and what it is called.
import { expect } from 'chai'
import { decideAcceptance, type Ended } from '../../../../runbooks/snapshot/accept.ts'
import { explainOddities } from '../../../../runbooks/snapshot/compare.ts'
import { chooseName } from '../../../../runbooks/snapshot/names.ts'

const expected = [
  { index: 'crm', uuid: 'u-crm', shards: 2 },
  { index: 'erp', uuid: 'u-erp', shards: 1 },
]
const shards = { initializing: 0, started: 0, finalizing: 0, done: 3, failed: 0, total: 3 }
const whole: Ended = {
  expected,
  info: {
    ...{ repository: 'r', name: 's', uuid: 'u', state: 'SUCCESS', version: '8.10.4', featureStates: [] },
    ...{ globalState: false, startedAtMs: 0, endedAtMs: 1, failures: [], metadata: {} },
    indices: ['crm', 'erp'],
    shards: { total: 3, successful: 3, failed: 0 },
  },
  progress: {
    ...{ state: 'SUCCESS', shards, totalBytes: 10, incrementalBytes: 10, processedBytes: 10 },
    indices: [
      { index: 'crm', shards: 2, bytes: 8 },
      { index: 'erp', shards: 1, bytes: 2 },
    ],
  },
  present: expected.map(({ index, uuid, shards: count }) => ({
    ...{ name: index, uuid, shards: count, open: true, createdAtMs: 0, replicas: 1, aliases: [] },
    ...{ settings: {}, mappingHash: '' },
  })),
}
const withInfo = (info: Partial<Ended['info']>): Ended => ({ ...whole, info: { ...whole.info, ...info } })
const withoutErp: Ended = {
  ...whole,
  info: { ...whole.info, indices: ['crm'], shards: { total: 2, successful: 2, failed: 0 } },
  progress: {
    ...whole.progress,
    shards: { ...shards, done: 2, total: 2 },
    indices: whole.progress.indices.slice(0, 1),
  },
}

describe('a snapshot that has ended', () => {
  it('is accepted when every index and shard is in it', () => {
    expect(decideAcceptance(whole)).to.deep.equal({ troubles: [], excused: [] })
  })

  it('is not when it says so itself, by index, shard and reason', () => {
    const failures = [{ index: 'crm', shard: 1, reason: 'no space' }]
    const { troubles } = decideAcceptance(
      withInfo({ state: 'PARTIAL', failures, shards: { total: 3, successful: 2, failed: 1 } }),
    )
    expect(troubles).to.deep.equal(['crm[1]: no space', 'it is PARTIAL', '2 of 3 shards are in it'])
  })

  it('is not when it says SUCCESS and lacks an index that is still there', () => {
    expect(decideAcceptance(withoutErp).troubles).to.deep.equal(['erp is not in it'])
  })

  it('excuses an index that is gone, with its uuid', () => {
    const present = whole.present.filter(({ name }) => name !== 'erp')
    expect(decideAcceptance({ ...withoutErp, present })).to.deep.equal({
      troubles: [],
      excused: ['erp was deleted meanwhile: no index has the uuid u-erp any more'],
    })
  })

  it('is not when the repository tells of fewer shards than the snapshot', () => {
    const progress = { ...whole.progress, shards: { ...shards, done: 2, total: 2 } }
    expect(decideAcceptance({ ...whole, progress }).troubles).to.deep.equal([
      'the repository tells of 2 shards, the snapshot of 3',
    ])
  })

  it('is not when an index has fewer shards in it than it has', () => {
    const indices = whole.progress.indices.map(one => ({ ...one, shards: 1 }))
    const progress = { ...whole.progress, indices }
    expect(decideAcceptance({ ...whole, progress }).troubles).to.deep.equal(['crm has 1 of 2 shards in it'])
  })
})

describe('the name of a snapshot', () => {
  const atMs = Date.parse('2025-04-10T23:59:30Z')
  it('is the day by UTC, with the time where the day has one, or what was given', () => {
    expect(chooseName(undefined, [], atMs)).to.equal('daily_2025-04-10')
    expect(chooseName(undefined, ['daily_2025-04-10'], atMs)).to.equal('daily_2025-04-10_2359')
    expect(chooseName('mine', ['daily_2025-04-10'], atMs)).to.equal('mine')
  })
})

describe('a snapshot beside earlier ones', () => {
  it('is remarked upon when it holds half of the usual or takes three times as long', () => {
    expect(explainOddities({ bytes: 100, seconds: 30 }, [90, 110, 100], 25)).to.deep.equal([])
    expect(explainOddities({ bytes: 40, seconds: 30 }, [90, 110, 100], 25).join()).to.match(/^it holds 40 %/)
    expect(explainOddities({ bytes: 100, seconds: 90 }, [], 25).join()).to.match(/^it took 90 s/)
    expect(explainOddities({ bytes: 1, seconds: 1 }, [90, 110], null)).to.deep.equal([])
  })
})
