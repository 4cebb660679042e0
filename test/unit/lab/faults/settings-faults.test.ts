import { expect } from 'chai'
import {
  decideGiveBack,
  planFilter,
  planPause,
  planWatermark,
  watermarkLevels,
} from '../../../../src/lab/faults/settings-faults.ts'

describe('a fault that is a setting', () => {
  it('is one of the cluster, or of one index', () => {
    expect(planPause(null)).to.deep.equal({
      index: null,
      values: { 'cluster.routing.allocation.enable': 'none' },
    })
    expect(planPause('logs')).to.deep.equal({
      index: 'logs',
      values: { 'index.routing.allocation.enable': 'none' },
    })
    expect(planFilter({ node: 'es-data01' }).values).to.deep.equal({
      'cluster.routing.allocation.exclude._name': 'es-data01',
    })
    expect(planFilter({ index: 'logs' })).to.have.property('index', 'logs')
  })

  for (const [at, level] of watermarkLevels.entries()) {
    it(`puts every disk over the watermark ${level} and under those above it`, () => {
      const { values } = planWatermark(level, 1000)
      const free = ['low', 'high', 'flood_stage'].map(
        name => values[`cluster.routing.allocation.disk.watermark.${name}`],
      )
      expect(free).to.deep.equal([0, 1, 2].map(one => (one <= at ? '1000b' : '1kb')))
    })
  }

  it('gives back what was there, or nothing where nothing was', () => {
    const ours = { a: 'x', b: 'y' }
    expect(decideGiveBack(ours, { a: 'before', b: null }, ours)).to.deep.equal({ a: 'before', b: null })
  })

  it('leaves alone what somebody has changed or taken away meanwhile', () => {
    expect(decideGiveBack({ a: 'x', b: 'y' }, { a: 'before', b: null }, { a: 'theirs' })).to.deep.equal({})
  })
})
