// The pure decisions of a restore: is every shard there, and is the content what the manifest says?
import { expect } from 'chai'
import { decideCompletion, type RestoreSeen } from '../../../runbooks/restore/completion.ts'
import { decideContent, type FoundContent } from '../../../runbooks/restore/content.ts'
import { matchIndices } from '../../../runbooks/restore/patterns.ts'
import type { ManifestIndex } from '../../../runbooks/snapshot/manifest.ts'
import type { ShardCopy } from '../../../src/ports/elasticsearch.ts'
import type { RunningRestore, ShardRecovery } from '../../../src/ports/snapshots.ts'

const copy = (change: Partial<ShardCopy> = {}): ShardCopy => ({
  ...{ node: 'n1', allocationId: 'a', primary: true, state: 'STARTED', relocatingTo: null },
  ...{ unassignedReason: null, ...change },
})
const recovery = (change: Partial<ShardRecovery> = {}): ShardRecovery => ({
  ...{ index: 'logs', shard: 0, primary: true, type: 'SNAPSHOT', stage: 'DONE', fromSnapshot: 'nightly' },
  ...{ recoveredBytes: 5, totalBytes: 5, ...change },
})
const listed = (state: string): RunningRestore => ({
  ...{ repository: 'r', snapshot: 'nightly', state: 'STARTED' },
  shards: [{ index: 'logs', shard: 0, state }],
})
interface Look {
  copies?: ShardCopy[]
  recoveries?: ShardRecovery[]
  restores?: RunningRestore[]
  uuid?: string
  shards?: number
}
const see = ({
  copies = [copy()],
  recoveries = [recovery()],
  restores = [],
  uuid = 'u',
}: Look): RestoreSeen => ({
  restores,
  recoveries,
  map: {
    version: 1,
    indices: [
      {
        ...{ name: 'logs', uuid, state: 'open', replicas: 0, autoExpand: null, searchableSnapshot: false },
        ...{ createdAtMs: 0, shards: [{ number: 0, inSync: [], copies }] },
      },
    ],
  },
})
const judge = (look: Look): string => {
  const found = decideCompletion(
    [{ name: 'logs', uuid: 'u', shards: look.shards ?? 1 }],
    'nightly',
    see(look),
  )
  if (found.state === 'failed') return `failed: ${found.troubles.map(({ why }) => why).join()}`
  return found.state === 'going' ? `going: ${found.waiting.join()}` : found.state
}
const left = (unassignedReason: string) => copy({ node: null, state: 'UNASSIGNED', unassignedReason })

describe('whether a restore has come to its end', () => {
  const cases: readonly [string, Look, RegExp][] = [
    ['started, restored from the snapshot, the master done with it', {}, /^done$/],
    ['the master still lists it', { restores: [listed('SUCCESS')] }, /^going: the master still lists/],
    [
      'another restore goes on',
      { restores: [{ ...listed('INIT'), shards: [{ index: 'other', shard: 0, state: 'INIT' }] }] },
      /^done$/,
    ],
    ['started, and nothing told of its recovery', { recoveries: [] }, /^going: .*is not told yet/],
    [
      'recovered, and not started',
      { copies: [copy({ state: 'INITIALIZING' })], restores: [listed('INIT')] },
      /^going: .*is init/,
    ],
    [
      'moved to another node since',
      { recoveries: [recovery({ type: 'PEER', fromSnapshot: null })] },
      /^done$/,
    ],
    [
      'started empty by a hand',
      { recoveries: [recovery({ type: 'EMPTY_STORE', fromSnapshot: null })] },
      /^failed: is started from EMPTY_STORE/,
    ],
    [
      'restored from another snapshot',
      { recoveries: [recovery({ fromSnapshot: 'older' })] },
      /^failed: was restored from older/,
    ],
    [
      'gone from _recovery and from the list, never started',
      { copies: [left('ALLOCATION_FAILED')], recoveries: [] },
      /^failed: the restore has ended and no copy of it was started \(ALLOCATION_FAILED\)/,
    ],
    [
      'left unassigned by the restore',
      { copies: [left('NEW_INDEX_RESTORED')], recoveries: [] },
      /^failed: .*NEW_INDEX_RESTORED/,
    ],
    [
      'left unassigned over a closed index',
      { copies: [left('EXISTING_INDEX_RESTORED')], recoveries: [] },
      /^failed/,
    ],
    [
      'failed on one node and tried on the next',
      { copies: [left('ALLOCATION_FAILED')], restores: [listed('INIT')], recoveries: [] },
      /^going/,
    ],
    [
      'listed as failed',
      { copies: [left('ALLOCATION_FAILED')], restores: [listed('FAILURE')] },
      /^failed: the restore of it has failed/,
    ],
    [
      'started, and its node went away',
      { copies: [left('NODE_LEFT')], recoveries: [] },
      /^going: .*NODE_LEFT/,
    ],
    ['without any primary', { copies: [], recoveries: [] }, /^failed: .*no primary/],
    ['an index of the same name', { uuid: 'other' }, /^failed: was replaced by another index/],
    ['an index with too few shards', { shards: 2 }, /^failed: has 1 of 2 shards/],
  ]
  for (const [when, look, says] of cases)
    it(`judges a shard that is ${when}`, () => {
      expect(judge(look)).to.match(says)
    })

  it('says failed of an index that is gone', () => {
    const found = decideCompletion([{ name: 'gone', uuid: 'u', shards: 1 }], 'nightly', see({}))
    expect(found).to.deep.include({ state: 'failed' })
  })
})

const wanted: ManifestIndex = {
  ...{ index: 'logs', uuid: 'u', shards: 2, docs: { least: 100, most: 100 }, bytes: 1000 },
  ...{ fromMs: 1_744_243_200_000, untilMs: 1_744_329_600_000, mappingHash: 'm' },
  samples: [
    { id: 'a', hash: '1' },
    { id: 'b', hash: '2' },
  ],
}
const equal: FoundContent = {
  ...{ docs: 100, shards: 2, fromMs: wanted.fromMs, untilMs: wanted.untilMs, mappingHash: 'm' },
  hashes: wanted.samples,
}
const differences = (found: Partial<FoundContent>, want: Partial<ManifestIndex> = {}): string =>
  decideContent({ ...wanted, ...want }, { ...equal, ...found }).join('; ')

describe('whether restored content is what the manifest says', () => {
  it('is where everything is the same', () => expect(differences({})).to.equal(''))

  const cases: readonly [string, Partial<FoundContent>, RegExp][] = [
    ['a document is missing', { docs: 99 }, /^99 documents instead of 100$/],
    ['there is one too many', { docs: 101 }, /^101 documents instead of 100$/],
    ['a shard is missing', { shards: 1 }, /^1 shards instead of 2$/],
    [
      'the oldest document is younger',
      { fromMs: 1_744_243_201_000 },
      /^the oldest document is of 2025-04-10T00:00:01Z instead of/,
    ],
    ['the newest document is older', { untilMs: 1_744_329_599_000 }, /^the newest document/],
    ['no document has a time', { fromMs: null, untilMs: null }, /^no document has a @timestamp/],
    ['the mapping is another one', { mappingHash: 'n' }, /^its mapping is another one$/],
    ['a sampled document is gone', { hashes: [{ id: 'a', hash: '1' }] }, /^documents are missing: b$/],
    [
      'a sampled document is another',
      {
        hashes: [
          { id: 'a', hash: '9' },
          { id: 'b', hash: '2' },
        ],
      },
      /^documents are others: a$/,
    ],
  ]
  for (const [when, found, says] of cases)
    it(`is not when ${when}`, () => {
      expect(differences(found)).to.match(says)
    })

  it('lets an index that was written to meanwhile be in between, and no less', () => {
    const busy = { docs: { least: 100, most: 110 } }
    expect(differences({ docs: 105, untilMs: (wanted.untilMs ?? 0) + 5 }, busy)).to.equal('')
    expect(differences({ docs: 99 }, busy)).to.equal('99 documents instead of 100 to 110')
    expect(differences({ docs: 111 }, busy)).to.equal('111 documents instead of 100 to 110')
    expect(differences({ untilMs: (wanted.untilMs ?? 0) - 5000 }, busy)).to.match(/^the newest document/)
  })
})

describe('which indices are meant', () => {
  const names = ['.security-7', 'crm.app-1', 'crm.app-2', 'crmxapp-3']
  it('takes a dot for a dot, and a star for anything but a leading dot', () => {
    expect(matchIndices(['crm.app-*'], names).wanted).to.deep.equal(['crm.app-1', 'crm.app-2'])
    expect(matchIndices(['*'], names).wanted).to.deep.equal(['crm.app-1', 'crm.app-2', 'crmxapp-3'])
    expect(matchIndices(['.sec*', 'nothing'], names)).to.deep.equal({
      wanted: ['.security-7'],
      unmatched: ['nothing'],
    })
  })
})
