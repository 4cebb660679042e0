import { expect } from 'chai'
import { sayDuration, sayNames } from '../../../../src/cli/render/words.ts'
import { groupEffects } from '../../../../src/report/group-effects.ts'
import { sayBytes } from '../../../../src/report/words.ts'

describe('words for numbers and names', () => {
  it('say durations', () => {
    expect([0, 59.4, 60, 208, 3900].map(sayDuration)).to.deep.equal([
      '0 s',
      '59 s',
      '1 m 00 s',
      '3 m 28 s',
      '1 h 05 m',
    ])
  })

  it('say sizes', () => {
    expect([0, 1023, 1536, 15 * 2 ** 20, 2 ** 40].map(sayBytes)).to.deep.equal([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '15 MiB',
      '1.0 TiB',
    ])
  })

  it('join long runs of numbered names, and leave short lists as they are', () => {
    const names = Array.from({ length: 12 }, (_, index) => `es-data${String(index + 1).padStart(2, '0')}`)
    expect(sayNames(names)).to.equal('es-data[01:12]')
    expect(sayNames([...names.slice(0, 8), 'kafka', 'es-data9', 'es-data10'])).to.equal(
      'es-data[01:08], kafka, es-data9, es-data10',
    )
    expect(sayNames(names.slice(0, 3))).to.equal('es-data01, es-data02, es-data03')
  })

  it('join effects that differ in their last word', () => {
    const effects = ['restart a', 'restart b', 'restart c', 'set x', 'rotate']
    expect(groupEffects(effects, words => `${words.length}: ${sayNames(words)}`)).to.deep.equal([
      'restart 3: a, b, c',
      'set x',
      'rotate',
    ])
  })

  it('leave the lines of a file that come and go as they are', () => {
    const lines = ['f: - a:', 'f: -   two', 'f: + four', 'f: -   two', 'f: -   two', 'f: -   three']
    expect(groupEffects(lines, () => 'a group')).to.deep.equal(lines)
  })
})
