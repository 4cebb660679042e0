import { expect } from 'chai'
import { gatesToApprove, judgeGates } from '../../../src/engine/gates.ts'
import { type Gate, pass, refuse, refuseAny } from '../../../src/sdk/gate.ts'

type Facts = { readonly red: boolean }
const gate = (name: string, waivable: Gate<Facts, null>['waivable'], check: Gate<Facts, null>['check']) => ({
  name,
  prevents: `the outage of ${name}.`,
  waivable,
  check,
})
const gates = [
  gate('cluster_is_not_red', 'never', ({ red }) => (red ? refuse('status red') : pass('status green'))),
  gate('every_index_has_a_replica', 'approval', () => refuse('logs has none')),
  gate('nothing_else_goes_on', 'reason', () => refuse('a snapshot is running')),
]
const judge = (waivers: Record<string, string> = {}, red = false) =>
  judgeGates(gates, { red }, null, new Map(Object.entries(waivers)))
const errorOf = (waivers: Record<string, string>) => {
  try {
    return judge(waivers)
  } catch (thrown) {
    return thrown
  }
}

describe('gates', () => {
  it('each give a verdict with what was seen', () => {
    expect(judge().map(({ gate, verdict, evidence }) => [gate, verdict, evidence])).to.deep.equal([
      ['cluster_is_not_red', 'pass', 'status green'],
      ['every_index_has_a_replica', 'refuse', 'logs has none'],
      ['nothing_else_goes_on', 'refuse', 'a snapshot is running'],
    ])
  })

  it('are waived with a reason that stays with the verdict', () => {
    const [, , verdict] = judge({ nothing_else_goes_on: 'snapshot is a test' })
    expect(verdict).to.include({ verdict: 'waived', reason: 'snapshot is a test' })
  })

  it('that pass are not waived, even where somebody wanted to', () => {
    const verdicts = judgeGates(
      [gate('fine', 'reason', () => pass('fine'))],
      { red: false },
      null,
      new Map([['fine', 'x']]),
    )
    expect(verdicts[0]).to.deep.equal({ gate: 'fine', verdict: 'pass', evidence: 'fine' })
  })

  it('that nobody knows cannot be waived; the known ones are listed', () => {
    expect(errorOf({ cluster_is_red: 'typo' })).to.include({ code: 'USAGE', exitCode: 64 })
    expect(errorOf({ cluster_is_red: 'typo' }))
      .property('hint')
      .to.contain('cluster_is_not_red')
  })

  it('that must never be waived say which outage they prevent', () => {
    expect(errorOf({ cluster_is_not_red: 'it will be fine' }))
      .to.include({ code: 'USAGE' })
      .and.property('message')
      .to.contain('the outage of cluster_is_not_red')
  })

  it('are not waived without a reason', () => {
    expect(errorOf({ nothing_else_goes_on: '  ' }))
      .property('message')
      .to.contain('needs a reason')
  })

  it('that throw refuse', () => {
    const broken = gate('broken', 'reason', () => {
      throw new TypeError('cannot read nodes of undefined')
    })
    expect(judgeGates([broken], { red: false }, null, new Map())[0]).to.deep.equal({
      gate: 'broken',
      verdict: 'refuse',
      evidence: 'could not be judged: cannot read nodes of undefined',
    })
  })

  it('behind which data may be lost need an approval once they are waived', () => {
    const verdicts = judge({ every_index_has_a_replica: 'can be indexed again', nothing_else_goes_on: 'x' })
    expect(gatesToApprove(gates as never, verdicts)).to.deep.equal(['every_index_has_a_replica'])
    expect(gatesToApprove(gates as never, judge())).to.deep.equal([])
  })

  it('show a few troubles and count the others', () => {
    expect(refuseAny(['a', 'b', 'c'], 'fine', 2)).to.deep.equal(refuse('a; b and 1 more'))
    expect(refuseAny([], 'fine')).to.deep.equal(pass('fine'))
  })
})
