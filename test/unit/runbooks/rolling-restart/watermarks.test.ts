// Tests of disk watermarks: share, ratio or size, and the largest headroom.
import { expect } from 'chai'
import { freeBytesNeeded, sizeBytes } from '../../../../runbooks/rolling-restart/watermarks.ts'

const gib = 2 ** 30
const none = { lowMaxHeadroom: null, highMaxHeadroom: null, floodMaxHeadroom: null }
const marks = { enabled: true, low: '85%', high: '0.9', flood: '20gb', ...none }

describe('freeBytesNeeded', () => {
  it('reads a share', () => expect(freeBytesNeeded(marks, 'low', 1000)).to.be.closeTo(150, 1e-6))
  it('reads a ratio', () => expect(freeBytesNeeded(marks, 'high', 1000)).to.be.closeTo(100, 1e-6))
  it('reads a size', () => expect(freeBytesNeeded(marks, 'flood', 1000 * gib)).to.equal(20 * gib))

  it('caps a share at the largest headroom', () => {
    const capped = { ...marks, lowMaxHeadroom: '200GB' }
    expect(freeBytesNeeded(capped, 'low', 10_000 * gib)).to.equal(200 * gib)
    expect(freeBytesNeeded(capped, 'low', 1000 * gib)).to.be.closeTo(150 * gib, 1)
  })

  it('has no cap where the headroom is -1 or is not known', () => {
    for (const lowMaxHeadroom of ['-1', '-1b', null])
      expect(freeBytesNeeded({ ...marks, lowMaxHeadroom }, 'low', 10_000)).to.be.closeTo(1500, 1e-6)
  })

  it('does not put the headroom on a size', () => {
    const sized = { ...marks, low: '300gb', lowMaxHeadroom: '200gb' }
    expect(freeBytesNeeded(sized, 'low', 1000 * gib)).to.equal(300 * gib)
  })

  it('lets nothing fulfil what it cannot read', () => {
    expect(freeBytesNeeded({ ...marks, low: '' }, 'low', 1000)).to.equal(Number.POSITIVE_INFINITY)
  })
})

describe('sizeBytes', () => {
  const sizes = {
    '12b': 12,
    '1k': 1024,
    '1kb': 1024,
    '2MB': 2 * 2 ** 20,
    '40m': 40 * 2 ** 20,
    '1.5g': 1.5 * gib,
  }
  for (const [text, bytes] of Object.entries({ ...sizes, '1tb': 2 ** 40, '1p': 2 ** 50, '-1b': -1 }))
    it(`reads ${text}`, () => expect(sizeBytes(text)).to.equal(bytes))

  for (const text of ['', '85%', '0.85', '12', 'gb', '1bb', '1 gb x'])
    it(`finds no size in "${text}"`, () => expect(sizeBytes(text)).to.equal(null))
})
