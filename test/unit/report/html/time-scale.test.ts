import { expect } from 'chai'
import { left, right, scaleOf } from '../../../../src/report/html/time-scale.ts'
import { tellStory } from '../../../../src/report/story/story.ts'
import { journal, type Row, started, timeAt } from '../recorded.ts'

const scale = (...rows: readonly Row[]) => scaleOf(tellStory(journal(...rows), []))
const at = (second: number): number => Date.parse(timeAt(second))

describe('time scale', () => {
  it('goes from edge to edge and stays inside', () => {
    const { x } = scale(started, [100, 'run.ended', { outcome: 'failed' }])
    expect([x(at(0)), x(at(50)), x(at(100)), x(at(900))]).to.deep.equal([
      left,
      (left + right) / 2,
      right,
      right,
    ])
  })

  it('has ticks that are apart enough to be read', () => {
    for (const seconds of [3, 40, 209, 3600, 90_000, 900_000]) {
      const { ticks } = scale(started, [seconds, 'run.ended', { outcome: 'failed' }])
      expect(ticks.length, `${seconds} s`).to.be.within(2, 14)
      for (const [index, tick] of ticks.entries())
        if (index > 0) expect(tick.x - (ticks[index - 1]?.x ?? 0)).to.be.above(60)
    }
  })

  it('draws a night between two processes short, and says that it does', () => {
    const { x, breaks } = scale(
      started,
      [100, 'run.ended', { outcome: 'interrupted' }],
      [30_000, 'run.resumed', { mode: 'resume' }],
      [30_100, 'run.ended', { outcome: 'succeeded' }],
    )
    expect(breaks).to.have.length(1)
    expect(x(at(30_000)) - x(at(100))).to.be.below(60)
    expect(x(at(100)) - left).to.be.closeTo(right - x(at(30_000)), 1)
  })

  it('draws a run of one moment', () => {
    const { x, ticks } = scale(started)
    expect(x(at(0))).to.equal(left)
    expect(ticks.length).to.be.above(0)
  })
})
