// Tests of the choice how shards are held in place.
import { expect } from 'chai'
import { chooseHold } from '../../../../runbooks/rolling-restart/hold.ts'
import { calmFacts, type FactsDraft, paramsOf } from '../../../scenarios/rolling-restart/calm-facts.ts'

const withApi = (facts: FactsDraft) => {
  facts.capabilities.nodeShutdown = true
}
const lockAll = (facts: FactsDraft) => {
  facts.unchangeable = facts.map.indices.map(({ name }) => name)
}

describe('chooseHold', () => {
  const cases = [
    { title: 'the API where there is one', hold: 'auto', change: withApi, kind: 'shutdown-api' },
    {
      title: 'the delay of indices where there is no API',
      hold: 'auto',
      change: () => {},
      kind: 'index-delay',
    },
    { title: 'primaries where no index may be changed', hold: 'auto', change: lockAll, kind: 'primaries' },
    {
      title: 'what was asked for, although there is an API',
      hold: 'primaries',
      change: withApi,
      kind: 'primaries',
    },
    { title: 'the delay that was asked for', hold: 'index-delay', change: withApi, kind: 'index-delay' },
    {
      title: 'nothing where the API asked for is missing',
      hold: 'shutdown-api',
      change: () => {},
      kind: 'none',
    },
    {
      title: 'nothing where no index may get the delay asked for',
      hold: 'index-delay',
      change: lockAll,
      kind: 'none',
    },
  ] as const
  for (const { title, hold, change, kind } of cases) {
    it(`takes ${title}`, () => {
      expect(chooseHold(calmFacts(change), paramsOf({ hold })).kind).to.equal(kind)
    })
  }

  it('says why the API was not used', () => {
    expect(chooseHold(calmFacts(), paramsOf()).why).to.match(/^no node-shutdown API here: indices get/)
  })

  it('names the indices that will be copied all the same', () => {
    const facts = calmFacts(one => {
      one.unchangeable = ['.security-7']
    })
    expect(chooseHold(facts, paramsOf()).why).to.match(/\.security-7 may not be changed by this user/)
  })

  it('waits as long as the run would: ten minutes, --give-up, or three times a node', () => {
    const delay = (giveUp: string, secondsPerNode: number | null) =>
      chooseHold(
        calmFacts(facts => Object.assign(facts, { secondsPerNode })),
        paramsOf({ giveUp }),
      ).delaySeconds
    expect(delay('1m', null)).to.equal(600)
    expect(delay('20m', 10)).to.equal(1200)
    expect(delay('1m', 500.2)).to.equal(1501)
  })
})
