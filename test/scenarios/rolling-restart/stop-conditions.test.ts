// Walks the table of stop conditions: each has a case that goes on and one that stops the run.
import { expect } from 'chai'
import { decideStop, stopConditions } from '../../../runbooks/rolling-restart/conditions.ts'
import { situationOf, stopCases } from './stop-cases.ts'

describe('the stop conditions of rolling-restart', () => {
  it('are all clear on a calm look in the middle of a run', () => {
    expect(decideStop(situationOf())).to.equal(null)
  })

  it('have names of their own, and cases for no other', () => {
    const names = new Set(stopConditions.map(({ name }) => name))
    expect(names.size).to.equal(stopConditions.length)
    expect(stopCases.filter(({ condition }) => !names.has(condition))).to.deep.equal([])
  })

  for (const { name, prevents, check } of stopConditions) {
    describe(name, () => {
      const cases = stopCases.filter(({ condition }) => condition === name)

      it('is a sentence in snake_case', () => expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/))
      it('names the outage that it prevents', () => expect(prevents).to.match(/^[A-Z].{15,}\.$/))
      it('has a case that goes on', () => expect(cases.some(({ wrong }) => wrong === null)).to.equal(true))
      it('has a case that stops', () => expect(cases.some(({ wrong }) => wrong !== null)).to.equal(true))

      for (const { when, wrong, change } of cases) {
        it(`${wrong === null ? 'goes on' : 'stops'} when ${when}`, () => {
          const found = check(situationOf(change))
          if (wrong === null) expect(found).to.equal(null)
          else expect(found).to.match(wrong)
        })
        it(`lets the run ${wrong === null ? 'go on' : 'stop by this name'} when ${when}`, () => {
          const stop = decideStop(situationOf(change))
          if (wrong === null) expect(stop).to.equal(null)
          else expect(stop?.startsWith(`${name}: `)).to.equal(true)
        })
      }
    })
  }
})
