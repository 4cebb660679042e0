import { expect } from 'chai'
import type { Connection } from '../../../src/lab/elasticsearch/http.ts'
import { type Batch, deliver } from '../../../src/lab/load/deliver.ts'
import { planBatches } from '../../../src/lab/load/write.ts'

const batch: Batch = {
  number: 0,
  index: 'i',
  documents: ['a', 'b'].map(id => ({ id, source: { id } })),
}
const idsIn = (body: unknown) => [...String(body).matchAll(/"_id":"(\w)"/g)].map(match => match[1])
const answer = (statuses: readonly number[]) => ({
  status: 200,
  body: { items: statuses.map(status => ({ create: { status } })) },
})

describe('delivering a batch', () => {
  it('tries the next endpoint with what is still open, and with nothing else', async () => {
    const calls: unknown[] = []
    const send: Connection['send'] = async (url, _method, _path, body) => {
      calls.push([url, idsIn(body)])
      return answer(calls.length === 1 ? [201, 429] : [201])
    }
    const delivered = await deliver(send, ['one', 'two'], batch)
    expect(calls).to.deep.equal([
      ['one', ['a', 'b']],
      ['two', ['b']],
    ])
    expect(
      delivered.map(({ id, known, endpoint }) => [id, known.final, known.attempts, endpoint]),
    ).to.deep.equal([
      ['a', 'ok', 1, 'one'],
      ['b', 'ok', 2, 'two'],
    ])
  })

  it('counts a conflict after a broken connection as acknowledged', async () => {
    let calls = 0
    const send: Connection['send'] = async () => {
      if (calls++ === 0) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' })
      return answer([409, 201])
    }
    const [first, second] = await deliver(send, ['one', 'two'], batch)
    expect(first?.known).to.include({ final: 'ok', via: 'conflict' })
    expect(second?.known).to.include({ final: 'ok', via: 'created' })
  })
})

describe('the plan of a load', () => {
  it('keeps the rate and never gives an id twice', () => {
    for (const rate of [1, 5, 50, 73, 400]) {
      const { size, everyMs, make } = planBatches(rate, ['x', 'y'])
      expect((size * 1000) / everyMs).to.be.closeTo(rate, 1e-6)
      const ids = [0, 1, 2].flatMap(number => make(number).documents.map(({ id }) => id))
      expect(new Set(ids).size).to.equal(3 * size)
      expect([0, 1, 2].map(number => make(number).index)).to.deep.equal(['x', 'y', 'x'])
    }
  })

  it('shares no id with another invocation', () => {
    const [one, other] = [planBatches(50, ['x']), planBatches(50, ['x'])].map(
      plan => plan.make(0).documents[0]?.id,
    )
    expect(one).not.to.equal(other)
  })
})
