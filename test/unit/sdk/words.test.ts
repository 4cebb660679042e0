// Words of plans, gates and reports.
import { expect } from 'chai'
import { sayBytes, sayCount, sayFew, saySpan, sayTime } from '../../../src/sdk/words.ts'

describe('the words of runbooks', () => {
  it('say sizes with one place where it tells something', () => {
    const said = [0, 900, 1536, 2 ** 30 * 10, 2 ** 40 * 1.84, 2 ** 30 * 153.6].map(sayBytes)
    expect(said).to.deep.equal(['0 B', '900 B', '1.5 KiB', '10 GiB', '1.8 TiB', '154 GiB'])
  })

  it('say spans in the unit that people would', () => {
    const said = [0, 119_000, 120_000, 7_200_000, 172_800_000].map(saySpan)
    expect(said).to.deep.equal(['0 s', '119 s', '2 min', '2 h', '2 d'])
  })

  it('say times to the second in UTC, and counts with commas', () => {
    expect(sayTime(Date.UTC(2026, 2, 4, 5, 6, 7, 890))).to.equal('2026-03-04T05:06:07Z')
    expect(sayCount(12_345)).to.equal('12,345')
  })

  it('name a few, and how many more there are', () => {
    expect(sayFew(['a', 'b'])).to.equal('a, b')
    expect(sayFew(['a', 'b', 'c', 'd'], 2)).to.equal('a, b and 2 more')
    expect(sayFew(['a', 'b', 'c'], 2, '; ')).to.equal('a; b and 1 more')
  })
})
