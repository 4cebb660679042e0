// Chunks of a reassignment: who takes part, how many at a time, how fast, how long.
import { expect } from 'chai'
import fc from 'fast-check'
import {
  chooseChunk,
  decideBatch,
  decidePace,
  estimateSeconds,
  type Move,
} from '../../../src/planning/reassign/index.ts'

const move = (partition: number, from: number[], to: number[], bytes = 100): Move => ({
  topic: 'raw-logs',
  partition,
  from,
  to,
  adding: to.filter(id => !from.includes(id)),
  source: from[0] ?? -1,
  bytes,
})

const anyMoves = fc
  .array(
    fc.tuple(
      fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1, maxLength: 3 }),
      fc.shuffledSubarray([1, 2, 3, 4, 5], { minLength: 1, maxLength: 3 }),
    ),
    { maxLength: 30 },
  )
  .map(list => list.map(([from, to], at) => move(at, from, to)))

describe('a chunk of moves', () => {
  it('has no broker in more moves than it may, but always a move', () => {
    fc.assert(
      fc.property(anyMoves, fc.integer({ min: 1, max: 6 }), (moves, perBroker) => {
        const chunk = chooseChunk(moves, perBroker)
        expect(chunk.length > 0).to.equal(moves.length > 0)
        for (const id of [1, 2, 3, 4, 5]) {
          const taking = chunk.filter(
            ({ adding, source }) => adding.length > 0 && [...adding, source].includes(id),
          )
          expect(taking.length).to.be.at.most(perBroker)
        }
      }),
    )
  })

  it('takes partitions that only change their leader when nothing is left to copy', () => {
    const order = move(0, [1, 2], [2, 1])
    const copy = move(1, [1, 2], [1, 3])
    expect(chooseChunk([order, copy], 1)).to.deep.equal([copy])
    expect(chooseChunk([order], 1)).to.deep.equal([order])
  })

  it('grows by one after a good one and halves after a bad one, within bounds', () => {
    expect([5, 6, 20].map(now => decideBatch(now, 5, true))).to.deep.equal([6, 7, 20])
    expect([5, 2, 1].map(now => decideBatch(now, 5, false))).to.deep.equal([2, 1, 1])
  })

  it('may copy as fast as configured, and a quarter faster than what is written to one broker', () => {
    const moves = [move(0, [1, 2], [1, 3]), move(1, [1, 2], [4, 3])]
    expect(decidePace(moves, 1000, () => 10)).to.deep.equal({ throttle: 1000, ingest: 30 })
    expect(decidePace(moves, 1000, () => 1000).throttle).to.equal(3750)
  })

  it('takes as long as its slowest broker, chunk after chunk', () => {
    const moves = [move(0, [1], [1, 2], 1000), move(1, [1], [1, 2], 1000)]
    const one = estimateSeconds(moves, 2, 100, () => 0)
    const two = estimateSeconds(moves, 1, 100, () => 0)
    expect([one.chunks, two.chunks]).to.deep.equal([1, 2])
    expect(one.seconds).to.be.within(20, 30)
    expect(two.seconds).to.be.within(one.seconds, one.seconds + 10)
  })
})
