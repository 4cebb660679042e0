import { expect } from 'chai'
import { percentile, rateMeter, summarise } from '../../../src/lab/load/rates.ts'

describe('rates', () => {
  it('gives the smallest value that the share does not exceed', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at)
    expect([0.5, 0.99, 1].map(share => percentile(values, share))).to.deep.equal([50, 99, 100])
    expect(percentile([7], 0.99)).to.equal(7)
    expect(percentile([], 0.5)).to.equal(null)
  })

  it('counts outcomes apart and takes latencies from acknowledged documents alone', () => {
    const line = summarise('2025-04-10T00:00:00.000Z', [
      { outcome: 'ok', ms: 10, attempts: 1 },
      { outcome: 'ok', ms: 30, attempts: 2 },
      { outcome: 'fail', ms: 60_000, attempts: 9 },
      { outcome: 'unknown', ms: 60_000, attempts: 9 },
    ])
    expect(line).to.include({ ok: 2, failed: 1, unknown: 1, retried: 3, p50Ms: 10, p99Ms: 30 })
  })

  it('has a line for every second, the silent ones too', () => {
    const meter = rateMeter(10_000)
    meter.add({ outcome: 'ok', ms: 5, attempts: 1 })
    expect(meter.linesUntil(10_900)).to.deep.equal([])
    expect(meter.linesUntil(13_100).map(line => [line.at, line.ok])).to.deep.equal([
      ['1970-01-01T00:00:10.000Z', 1],
      ['1970-01-01T00:00:11.000Z', 0],
      ['1970-01-01T00:00:12.000Z', 0],
    ])
  })
})
