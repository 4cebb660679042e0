// What `ops lab fault` of a cluster makes of the words that were typed, without any lab.
import { expect } from 'chai'
import { opsCalls } from '../../cli/capture-ops.ts'

describe('faults of a cluster', () => {
  const { ops, end } = opsCalls()
  after(end)

  for (const words of [
    ['shard-corrupt', 'logs[0]', 'es-data01'],
    ['lose-data-path', 'es-data01'],
    ['filter', 'es-data01'],
    ['watermark', '--level', 'high'],
    ['dangling', 'logs'],
    ['master-flap'],
    ['pause'],
    ['pause', 'logs', '--off'],
  ]) {
    it(`${words.join(' ')} needs a lab`, async () => {
      const { status, stderr } = await ops(['lab', 'fault', ...words])
      expect(status).to.not.equal(0)
      expect(stderr).to.include('LAB_NOT_UP')
    })
  }

  it('refuse a level and a way that there is not', async () => {
    for (const words of [
      ['watermark', '--level', 'tide'],
      ['master-flap', '--how', 'gently'],
    ])
      expect((await ops(['lab', 'fault', ...words])).status, words.join(' ')).to.equal(64)
  })
})
