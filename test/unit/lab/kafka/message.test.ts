import { expect } from 'chai'
import { sources } from '../../../../src/lab/elasticsearch/content.ts'
import { parseMessage, planMessages } from '../../../../src/lab/load/kafka/message.ts'

const bytesOf = (value: Buffer | string | null) => Buffer.from(value ?? '')

describe('the messages of a load', () => {
  it('have ids that count on over the batches, and none of another load', () => {
    const [first, other] = [planMessages(100, false), planMessages(100, false)]
    const ids = [0, 1].flatMap(number => first.make(number).ids)
    expect(ids.map(id => id.split('-')[1])).to.deep.equal(Array.from({ length: 20 }, (_, at) => String(at)))
    expect(first.make(0).ids[0]).not.to.equal(other.make(0).ids[0])
  })

  it('are due at the rate that was asked for', () => {
    for (const rate of [1, 5, 50, 200, 1000]) {
      const { everyMs, make } = planMessages(rate, false)
      expect((make(0).ids.length / everyMs) * 1000).to.be.closeTo(rate, 0.001)
    }
  })

  it('have no key unless they are keyed, and then one a batch', () => {
    const keysOf = (keyed: boolean) => [
      ...new Set(
        planMessages(100, keyed)
          .make(3)
          .messages.map(({ key }) => key),
      ),
    ]
    expect(keysOf(false)).to.deep.equal([null])
    expect(keysOf(true)).to.deep.equal(['k3'])
  })

  it('are lines of the six sources, which a reader knows again', () => {
    const { messages, ids } = planMessages(100, false).make(0)
    const lines = messages.map(({ value }) => JSON.parse(String(value)))
    expect(new Set(lines.map(line => line.tag))).to.deep.equal(new Set(sources))
    expect(parseMessage(bytesOf(messages[4]?.value ?? null))).to.include({ id: ids[4], seq: 4 })
  })

  it("are told from what somebody else's producer wrote", () => {
    for (const value of [null, Buffer.from('plain'), Buffer.from('{"id":7}'), Buffer.from('null')]) {
      expect(parseMessage(value)).to.equal(undefined)
    }
  })
})
