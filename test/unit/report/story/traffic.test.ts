import { expect } from 'chai'
import type { Sample } from '../../../../src/ports/journal.ts'
import { summarise } from '../../../../src/report/story/points.ts'
import { measureTraffic } from '../../../../src/report/story/traffic.ts'
import { timeAt } from '../recorded.ts'

const samplesOf = (totals: readonly number[], status = 'green'): Sample[] =>
  totals.map((indexedTotal, index) => ({
    at: timeAt(index * 2),
    status,
    nodes: 3,
    indexedTotal,
    indexTimeMs: indexedTotal * 2,
  }))

describe('traffic of a run', () => {
  it('is the difference of counters over time', () => {
    const { writeRate, writeLatency } = measureTraffic(samplesOf([0, 200, 400]), [])
    expect(writeRate.map(({ value }) => value)).to.deep.equal([100, 100])
    expect(writeLatency.map(({ value }) => value)).to.deep.equal([2, 2])
  })

  it('has a gap where a counter falls or leaps', () => {
    const { writeRate } = measureTraffic(samplesOf([0, 200, 400, 50, 250, 450, 90_000, 90_200]), [])
    expect(writeRate.map(({ value }) => value)).to.deep.equal([100, 100, null, 100, 100, null, 100])
  })

  it('has no latency where nothing was written', () => {
    const { writeRate, writeLatency } = measureTraffic(samplesOf([7, 7, 7]), [])
    expect(writeRate.map(({ value }) => value)).to.deep.equal([0, 0])
    expect(writeLatency.map(({ value }) => value)).to.deep.equal([null, null])
  })

  it('says nothing of a time without samples', () => {
    const [first, second] = samplesOf([0, 200])
    const late = { ...second, at: timeAt(600) } as Sample
    expect(measureTraffic([first as Sample, late], []).statuses).to.deep.equal([])
  })

  it('joins neighbours of one status', () => {
    const samples = [
      ...samplesOf([1, 2]),
      { ...samplesOf([3])[0], at: timeAt(4), status: 'yellow' } as Sample,
    ]
    const tail = { ...samplesOf([4])[0], at: timeAt(6) } as Sample
    expect(measureTraffic([...samples, tail], []).statuses.map(({ status }) => status)).to.deep.equal([
      'green',
      'yellow',
    ])
  })

  it('keeps the mean when a day of samples is drawn as a few hundred points', () => {
    const { writeRate } = measureTraffic(
      samplesOf(Array.from({ length: 40_000 }, (_, index) => index * 200)),
      [],
    )
    expect(writeRate.length).to.be.at.most(300)
    expect(summarise(writeRate)).to.deep.equal({ mean: 100, least: 100, most: 100 })
  })

  it('takes samples of a runbook that counts nothing', () => {
    const { writeRate, statuses } = measureTraffic([{ at: timeAt(0) }, { at: timeAt(2) }], [])
    expect([writeRate, statuses]).to.deep.equal([[], []])
  })
})
