// Pure decisions of the triage: which decider decides, which copies are alike, what a filter's words name, what Kafka proves, and that every
// cause has a place in the order.
import { expect } from 'chai'
import { chooseDecider } from '../../../../runbooks/triage/causes/choose-decider.ts'
import { deciders } from '../../../../runbooks/triage/causes/deciders.ts'
import { causeIds } from '../../../../runbooks/triage/diagnosis.ts'
import { groupCopies, kindOfFailure, splitByPrimary } from '../../../../runbooks/triage/group-copies.ts'
import { chooseAsked, lendExplanations } from '../../../../runbooks/triage/look-at-copies.ts'
import { decideHolds } from '../../../../runbooks/triage/look-at-kafka.ts'
import { isOfAway, mayHoldData } from '../../../../runbooks/triage/missing-nodes.ts'
import { rankCauses } from '../../../../runbooks/triage/rank.ts'
import type { Explanation, UnassignedCopy } from '../../../../src/sdk/index.ts'

const node = (name: string, ...no: string[]): Explanation['nodes'][number] => ({
  ...{ node: name, nodeId: `id-${name}`, decision: 'no', store: null },
  deciders: no.map(decider => ({ decider, decision: 'no' as const, explanation: `${decider} says so` })),
})

const copy = (given: Partial<UnassignedCopy> = {}): UnassignedCopy => ({
  ...{ index: 'nginx-2025.04.10', shard: 0, primary: false, reason: 'REPLICA_ADDED', sinceMs: 0 },
  ...{ failedAttempts: 0, delayed: false, lastStatus: 'no_attempt', details: null, recoverySource: 'PEER' },
  lastNode: null,
  ...given,
})

describe('the decider that decides', () => {
  const cases: readonly [string, Explanation['nodes'], string | null][] = [
    ['is the one that all nodes name', [node('a', 'enable', 'same_shard'), node('b', 'enable')], 'enable'],
    [
      'is that of the tier, not of other tiers',
      [node('hot', 'disk_threshold'), node('warm', 'data_tier')],
      'disk_threshold',
    ],
    ['is that of nodes that have no copy', [node('a', 'same_shard'), node('b', 'filter')], 'filter'],
    [
      'is same_shard where every node has a copy',
      [node('a', 'same_shard'), node('b', 'same_shard')],
      'same_shard',
    ],
    [
      'is same_shard where every node of the tier has a copy',
      [node('a', 'same_shard'), node('warm', 'data_tier')],
      'same_shard',
    ],
    [
      'is data_tier where no node is of the tier',
      [node('a', 'data_tier'), node('b', 'data_tier')],
      'data_tier',
    ],
    [
      'is what was done by hand before what the cluster does',
      [node('a', 'filter'), node('b', 'disk_threshold')],
      'filter',
    ],
    ['is max_retry before what the nodes lack', [node('a', 'max_retry', 'awareness')], 'max_retry'],
    [
      'is never that of the primary while another says no',
      [node('a', 'replica_after_primary_active', 'awareness')],
      'awareness',
    ],
    ['is one that nobody knows', [node('a', 'same_shard'), node('b', 'moon_phase')], 'moon_phase'],
    ['is nobody where all say yes', [node('a'), node('b')], null],
    ['is nobody where there is no node', [], null],
  ]
  for (const [what, nodes, expected] of cases)
    it(what, () => expect(chooseDecider({ nodes })?.decider ?? null).to.equal(expected))

  it('is in the table, with a cause that is in the list', () => {
    for (const ruling of Object.values(deciders))
      if (ruling !== 'moves') expect(causeIds).to.include(ruling.id)
  })

  it('covers every decider that the design has', () => {
    const known = [
      ...[
        'max_retry',
        'enable',
        'same_shard',
        'disk_threshold',
        'filter',
        'data_tier',
        'awareness',
        'shards_limit',
      ],
      ...[
        'node_version',
        'index_version',
        'node_shutdown',
        'node_replacement',
        'replica_after_primary_active',
      ],
      ...['rebalance_only_when_active', 'cluster_rebalance', 'concurrent_rebalance', 'snapshot_in_progress'],
      ...[
        'restore_in_progress',
        'resize',
        'searchable_snapshots',
        'ccr_primary_follower',
        'dedicated_frozen_node',
      ],
      ...['write_load', 'throttling'],
    ]
    expect(Object.keys(deciders)).to.include.members(known)
  })
})

describe('copies that are alike', () => {
  const around = { isAway: () => false, settingsOf: () => ({}) }

  it('are those of one pattern, reason and state', () => {
    const copies = [copy(), copy({ index: 'nginx-2025.04.11' }), copy({ index: 'crm-2025.04.11' })]
    expect(groupCopies(copies, around).map(group => group.copies.length)).to.deep.equal([2, 1])
  })

  it('are not alike where their settings differ', () => {
    const copies = [copy(), copy({ index: 'nginx-2025.04.11' })]
    const settingsOf = (index: string) =>
      index.endsWith('11') ? { 'index.routing.allocation.require.box': 'x' } : {}
    expect(groupCopies(copies, { ...around, settingsOf })).to.have.length(2)
  })

  it('are explained one of each kind first, and lent to those that were not asked for', () => {
    const copies = [
      ...['a', 'b', 'c'].map(index => copy({ index })),
      ...['d', 'e'].map(index => copy({ index, reason: 'NODE_LEFT' })),
    ]
    const groups = groupCopies(copies, around)
    const asked = chooseAsked(groups, 2)
    expect(asked.map(({ copies: [one] }) => one?.reason)).to.deep.equal(['REPLICA_ADDED', 'NODE_LEFT'])
    const explained = new Map(asked.map(({ key }) => [key, { explanation: key } as Explanation]))
    const lent = lendExplanations(groups, explained)
    expect(lent.every(({ explanation, kind }) => explanation?.explanation.startsWith(kind))).to.equal(true)
  })

  it('have nothing of their own while their primary is missing', () => {
    const primary = copy({ primary: true })
    const { own, waiting } = splitByPrimary([primary, copy(), copy({ shard: 1 })])
    expect(own).to.deep.equal([primary, copy({ shard: 1 })])
    expect(waiting).to.deep.equal([copy()])
  })

  it('have failed at a lock, at a disk, or at something else', () => {
    const texts: readonly [string | null, string][] = [
      ['ShardLockObtainFailedException[[x][0]: obtaining shard lock timed out', 'locked'],
      ['nested: CorruptIndexException[checksum failed', 'corrupt'],
      ['nested: TranslogCorruptedException[translog from source', 'corrupt'],
      ['java.io.IOException: No space left on device', 'other'],
      [null, 'none'],
    ]
    for (const [text, kind] of texts) expect(kindOfFailure(text)).to.equal(kind)
  })
})

describe('copies of nodes that are away', () => {
  const members = [{ id: 'id-a', name: 'a' }]
  const gone = [{ name: 'b', groups: ['elasticsearch', 'es_data_hot'] }]
  const cases: readonly [string, Partial<UnassignedCopy>, boolean][] = [
    ['whose node left and is no member', { reason: 'NODE_LEFT', details: 'node_left [id-b]' }, true],
    ['whose node is there again', { reason: 'NODE_LEFT', details: 'node_left [id-a]' }, false],
    ['whose node left and is not named', { reason: 'NODE_LEFT' }, true],
    ['which nobody has had yet', { reason: 'REPLICA_ADDED' }, false],
    [
      'which are lost since all nodes were started',
      { primary: true, reason: 'CLUSTER_RECOVERED', lastStatus: 'no_valid_shard_copy' },
      true,
    ],
  ]
  for (const [what, given, expected] of cases)
    it(`are ${expected ? '' : 'not '}those ${what}`, () =>
      expect(isOfAway(copy(given), members, gone)).to.equal(expected))

  it('are of nobody where only a host without data is away', () => {
    const master = { name: 'm', groups: ['elasticsearch', 'es_master'] }
    expect(isOfAway(copy({ reason: 'NODE_LEFT' }), members, [master])).to.equal(false)
    expect(mayHoldData({ name: 'n', groups: ['elasticsearch', 'es_data_hot', 'es_master'] })).to.equal(true)
    expect(mayHoldData({ name: 'n', groups: ['elasticsearch'] })).to.equal(true)
  })
})

describe('what Kafka still holds', () => {
  const range = (partition: number, start: number, end: number) => ({ partition, start, end })
  const at = (partition: number, offset: number) => ({ partition, offset })

  it('is all where something older is there in every partition that has any', () => {
    expect(decideHolds([range(0, 10, 90), range(1, 5, 5)], [at(0, 40), at(1, 5)])).to.equal(true)
    expect(decideHolds([range(0, 0, 90)], [at(0, 0)])).to.equal(true)
  })
  it('is not all where the oldest record is younger, or there is none', () => {
    expect(decideHolds([range(0, 10, 90), range(1, 10, 90)], [at(0, 40), at(1, 10)])).to.equal(false)
    expect(decideHolds([range(0, 10, 10)], [at(0, 10)])).to.equal(false)
    expect(decideHolds([range(0, 10, 90)], [])).to.equal(false)
  })
})

describe('the order of causes', () => {
  it('has a place for each of them, and what follows from others last', () => {
    const causes = causeIds.map(id => ({
      ...{ id, sentence: '', evidence: [], indices: [], remedies: [], copyCount: 1 },
      copies: [{ index: 'x', shard: 0, primary: false }],
    }))
    const ranked = rankCauses([...causes].reverse()).map(({ id }) => id)
    expect(ranked.slice(0, 4)).to.deep.equal(['no_master', 'master_unstable', 'node_missing', 'node_hung'])
    expect(ranked.at(-1)).to.equal('primary_first')
    expect(new Set(ranked)).to.deep.equal(new Set(causeIds))
  })
})
