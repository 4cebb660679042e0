import { expect } from 'chai'
import type { LogRange, LogRecord } from '../../../../src/lab/load/kafka/read-log.ts'
import {
  countInversions,
  judgeLog,
  renderLogVerdict,
  type Shipped,
} from '../../../../src/lab/load/kafka/verdict.ts'
import { explainLogViolation } from '../../../../src/lab/load/kafka/verify.ts'
import type { LedgerEntry } from '../../../../src/lab/load/ledger.ts'

const record = (seq: number, partition: number, offset: number): LogRecord => ({
  id: `r-${seq}`,
  run: 'r',
  seq,
  partition,
  offset,
})
const acked = (partition: number, offset: number): LedgerEntry => ({
  outcome: 'ok',
  index: 'raw-logs',
  partition,
  offset,
})
const ranges: LogRange[] = [
  { partition: 0, low: 0, high: 10 },
  { partition: 1, low: 0, high: 10 },
]
const judge = (ledger: Record<string, LedgerEntry>, records: LogRecord[], shipped?: Shipped) =>
  judgeLog('raw-logs', new Map(Object.entries(ledger)), { ranges, records }, shipped)

describe('the verdict on a load of Kafka', () => {
  it('is content when every acknowledged message is where the broker said', () => {
    const verdict = judge({ 'r-0': acked(0, 0), 'r-1': acked(1, 0) }, [record(0, 0, 0), record(1, 1, 0)])
    expect(verdict).to.include({ verdict: 'nothing lost', acked: 2, lost: 0, moved: 0, inLog: 2 })
    expect(verdict.shipped).to.equal(null)
  })

  it('finds a message that is nowhere', () => {
    const verdict = judge({ 'r-0': acked(0, 0), 'r-1': acked(1, 0) }, [record(0, 0, 0)])
    expect(verdict).to.include({ verdict: 'violated', lost: 1, lostBelowStart: 0 })
    expect(verdict.examples.lost).to.deep.equal(['r-1'])
    expect(explainLogViolation(verdict, 'load')).to.include({
      code: 'DATA_LOST',
      message: 'ledger load: 1 lost',
    })
  })

  it('says of lost ones which the topic has deleted', () => {
    const content = { ranges: [{ partition: 0, low: 5, high: 10 }], records: [] }
    const verdict = judgeLog('raw-logs', new Map([['r-0', acked(0, 4)]]), content)
    expect(verdict).to.include({ lost: 1, lostBelowStart: 1 })
    expect(renderLogVerdict(verdict)).to.include('1 of the lost were below the first offset')
  })

  it('finds a message that is not at the offset it was acknowledged at', () => {
    const verdict = judge({ 'r-0': acked(0, 0) }, [record(0, 0, 1)])
    expect(verdict).to.include({ verdict: 'violated', lost: 0, moved: 1 })
  })

  it('takes a message that is there twice for delivered at least once', () => {
    const verdict = judge({ 'r-0': acked(0, 3) }, [record(0, 0, 1), record(0, 0, 3)])
    expect(verdict).to.include({ verdict: 'nothing lost', duplicates: 1, moved: 0 })
  })

  it('takes what the client gave up for either', () => {
    const failed: LedgerEntry = { outcome: 'fail', index: 'raw-logs' }
    const unknown: LedgerEntry = { outcome: 'unknown', index: 'raw-logs' }
    const verdict = judge({ 'r-0': failed, 'r-1': failed, 'r-2': unknown }, [record(0, 0, 0)])
    expect(verdict.verdict).to.equal('nothing lost')
    expect(verdict.failed).to.deep.equal({ found: 1, notFound: 1 })
    expect(verdict.unknown).to.deep.equal({ found: 0, notFound: 1 })
  })

  it('finds an acknowledged message that never came out at the far end', () => {
    const shipped: Shipped = { to: 'elasticsearch', ids: new Set(['r-0']), repeated: ['r-0'], behind: 3 }
    const records = [record(0, 0, 0), record(1, 1, 0)]
    const verdict = judge({ 'r-0': acked(0, 0), 'r-1': acked(1, 0) }, records, shipped)
    expect(verdict.verdict).to.equal('violated')
    expect(verdict.shipped).to.deep.equal({
      to: 'elasticsearch',
      found: 1,
      missing: 1,
      duplicates: 1,
      behind: 3,
    })
    expect(explainLogViolation(verdict, 'x').message).to.equal('ledger x: 1 missing at the far end')
  })
})

describe('order in the log', () => {
  it('is that of each producer in each partition', () => {
    expect(countInversions([record(0, 0, 0), record(2, 0, 1), record(1, 1, 0)])).to.equal(0)
    expect(countInversions([record(1, 0, 0), record(0, 0, 1), record(2, 0, 2)])).to.equal(1)
  })

  it('is not broken by a second copy of a message', () => {
    expect(countInversions([record(0, 0, 0), record(1, 0, 1), record(0, 0, 2)])).to.equal(0)
  })
})
