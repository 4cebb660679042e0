// The throttle of a chunk: merged with what is there, and told apart from what others have set.
import { expect } from 'chai'
import { decideThrottle, listLeft, mergeReplicas } from '../../../runbooks/reassign/throttle.ts'
import type { Move } from '../../../src/planning/reassign/index.ts'
import type { ConfigEntry, Configs } from '../../../src/ports/kafka.ts'

const leaders = 'leader.replication.throttled.replicas'
const followers = 'follower.replication.throttled.replicas'
const rateOfLeaders = 'leader.replication.throttled.rate'
const configs = (source: ConfigEntry['source'], values: Record<string, string>): Configs =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, source }]))
const move: Move = {
  ...{ topic: 'raw-logs', partition: 3, from: [1, 2], to: [1, 4], adding: [4], source: 1, bytes: 10 },
}
const nothing = {
  topics: new Map<string, Configs>(),
  brokers: new Map<number, Configs>([1, 2, 4].map(id => [id, new Map()])),
}

describe('the throttle of a chunk', () => {
  it('lists the copies that are read and the ones that are made, on the brokers that take part', () => {
    const { topics, brokers, rate } = decideThrottle([move], 500, nothing)
    expect(topics).to.deep.equal([
      { topic: 'raw-logs', side: 'leader', before: null, value: '3:1,3:2' },
      { topic: 'raw-logs', side: 'follower', before: null, value: '3:4' },
    ])
    expect([brokers, rate]).to.deep.equal([[1, 2, 4], 500])
  })

  it('sets nothing on a broker that is away', () => {
    const brokers = new Map<number, Configs>([[1, new Map()]])
    expect(decideThrottle([move], 500, { ...nothing, brokers }).brokers).to.deep.equal([1])
  })

  it('adds to what others have listed, and nothing to a star', () => {
    expect(mergeReplicas('0:9,3:1', ['3:1', '3:2'])).to.equal('0:9,3:1,3:2')
    expect(mergeReplicas('*', ['3:1'])).to.equal(null)
    const topics = new Map([['raw-logs', configs('topic', { [leaders]: '*' })]])
    const throttle = decideThrottle([move], 500, { ...nothing, topics })
    expect(throttle.topics.map(({ side }) => side)).to.deep.equal(['follower'])
  })

  it('touches nothing for moves that copy nothing', () => {
    const order: Move = { ...move, to: [2, 1], adding: [] }
    expect(decideThrottle([order], 500, nothing)).to.deep.include({ brokers: [], topics: [] })
  })

  it('is gone when neither topic nor broker has an entry of ours of its own', () => {
    const throttle = decideThrottle([move], 500, nothing)
    const left = (topic: Configs, broker: Configs): readonly string[] =>
      listLeft(throttle, new Map([['raw-logs', topic]]), new Map([[1, broker]]))
    expect(left(new Map(), new Map())).to.deep.equal([])
    expect(left(configs('topic', { [followers]: '3:4,0:9' }), new Map())).to.deep.equal([
      `raw-logs has ${followers}=3:4`,
    ])
    expect(left(new Map(), configs('dynamic-broker', { [rateOfLeaders]: '500' }))).to.have.length(1)
    // The same number from a default or another source is nobody's override.
    expect(
      left(configs('default', { [leaders]: '3:1' }), configs('default', { [rateOfLeaders]: '500' })),
    ).to.deep.equal([])
    expect(
      left(configs('topic', { [leaders]: '0:9' }), configs('dynamic-broker', { [rateOfLeaders]: '7' })),
    ).to.deep.equal([])
  })

  it('leaves to others the rate that they had set before', () => {
    const theirs = new Map([[1, configs('dynamic-broker', { [rateOfLeaders]: '500' })]])
    const throttle = decideThrottle([move], 500, { ...nothing, brokers: theirs })
    expect(listLeft(throttle, new Map(), theirs)).to.deep.equal([])
  })
})
