import { expect } from 'chai'
import type { ShardCopy } from '../../../src/lab/load/copies.ts'
import type { LedgerEntry, Outcome } from '../../../src/lab/load/ledger.ts'
import { judge, missingIn, renderVerdict } from '../../../src/lab/load/verdict.ts'
import { explainViolation } from '../../../src/lab/load/verify.ts'

const ledgerOf = (outcomes: Record<string, Outcome>): ReadonlyMap<string, LedgerEntry> =>
  new Map(Object.entries(outcomes).map(([id, outcome]) => [id, { outcome, index: 'i' }]))
const copy = (shard: number, node: string, ...ids: string[]): ShardCopy => ({
  index: 'i',
  shard,
  node,
  primary: node === 'n1',
  ids: new Set(ids),
  repeated: [],
})

describe('the verdict on a ledger', () => {
  it('is content when every copy has every acknowledged document, whatever became of the unknown ones', () => {
    const verdict = judge(ledgerOf({ a: 'ok', b: 'ok', c: 'unknown', d: 'unknown', e: 'fail' }), [
      copy(0, 'n1', 'a', 'c'),
      copy(0, 'n2', 'a', 'c'),
      copy(1, 'n1', 'b'),
      copy(1, 'n2', 'b'),
    ])
    expect(verdict).to.include({
      verdict: 'nothing lost',
      sent: 5,
      acked: 2,
      failed: 1,
      copiesAgree: true,
      copiesRead: 4,
    })
    expect(verdict.unknown).to.deep.equal({ found: 1, notFound: 1 })
  })

  it('names what is nowhere: lost', () => {
    const verdict = judge(ledgerOf({ a: 'ok', b: 'ok' }), [copy(0, 'n1', 'a'), copy(0, 'n2', 'a')])
    expect(verdict).to.include({ verdict: 'violated', lost: 1, partlyLost: 0 })
    expect(verdict.examples.lost).to.deep.equal(['b'])
    expect(explainViolation(verdict, 'load')).to.include({
      code: 'DATA_LOST',
      message: 'ledger load: 1 lost',
    })
  })

  it('names what one copy lacks: partly lost', () => {
    const verdict = judge(ledgerOf({ a: 'ok' }), [copy(0, 'n1', 'a'), copy(0, 'n2')])
    expect(verdict).to.include({ verdict: 'violated', lost: 0, partlyLost: 1, copiesAgree: false })
  })

  it('takes what only a get by id gives for partly lost', () => {
    const ledger = ledgerOf({ a: 'ok' })
    const copies = [copy(0, 'n1'), copy(0, 'n2')]
    expect(missingIn(ledger, copies)).to.deep.equal([{ id: 'a', index: 'i' }])
    expect(judge(ledger, copies, new Set(['a']))).to.include({ lost: 0, partlyLost: 1 })
  })

  it('sees copies that differ in a document of which nothing is known', () => {
    const verdict = judge(ledgerOf({ a: 'unknown' }), [copy(0, 'n1', 'a'), copy(0, 'n2')])
    expect(verdict).to.include({ verdict: 'violated', partlyLost: 0, copiesAgree: false })
    expect(explainViolation(verdict, 'x').message).to.equal('ledger x: the copies do not agree')
  })

  it('names what was refused and is there: phantom', () => {
    expect(judge(ledgerOf({ a: 'fail' }), [copy(0, 'n1', 'a'), copy(0, 'n2', 'a')])).to.include({
      verdict: 'violated',
      phantom: 1,
    })
  })

  it('names what is there twice, in two shards or in one copy', () => {
    const ledger = ledgerOf({ a: 'ok' })
    expect(judge(ledger, [copy(0, 'n1', 'a'), copy(1, 'n1', 'a')])).to.include({
      duplicates: 1,
      verdict: 'violated',
    })
    expect(judge(ledger, [{ ...copy(0, 'n1', 'a'), repeated: ['a'] }])).to.include({ duplicates: 1 })
  })

  it('finds everything lost where no index is left', () => {
    expect(judge(ledgerOf({ a: 'ok', b: 'ok' }), [])).to.include({ lost: 2, copiesRead: 0 })
  })

  it('is told in a few lines', () => {
    const text = renderVerdict(judge(ledgerOf({ a: 'ok' }), []))
    expect(text).to.include('violated: 1 acknowledged, 1 lost').and.include('lost: a')
  })
})
