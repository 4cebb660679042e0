// Walks a table of gates: each has a name of its own that is a sentence, names the outage that it prevents, and has a case that passes and one
// that refuses. Called inside a `describe`.
import { expect } from 'chai'
import type { JsonObject } from '../../src/ports/json.ts'
import type { Gate } from '../../src/sdk/gate.ts'

export type Draft<T> = T extends readonly (infer E)[]
  ? Draft<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Draft<T[K]> }
    : T

export interface GateCase<FactsDraft> {
  readonly gate: string
  readonly says: 'pass' | 'refuse'
  readonly when: string
  readonly evidence: RegExp
  readonly params?: JsonObject
  readonly change?: (facts: FactsDraft) => void
}

export interface GateTable<Facts, Params, FactsDraft> {
  readonly gates: readonly Gate<Facts, Params>[]
  readonly cases: readonly GateCase<FactsDraft>[]
  readonly paramsOf: (given: JsonObject) => Params
  /** The calm facts, changed by a case; a copy each time. */
  readonly factsOf: (change?: (facts: FactsDraft) => void) => Facts
}

export function itWalksTheTable<Facts, Params, FactsDraft>(
  table: GateTable<Facts, Params, FactsDraft>,
): void {
  const { gates, cases, paramsOf, factsOf } = table

  it('have names of their own, and cases for no other', () => {
    const names = gates.map(({ name }) => name)
    expect(new Set(names).size).to.equal(names.length)
    expect(cases.filter(({ gate }) => !names.includes(gate))).to.deep.equal([])
  })

  for (const { name, prevents, check } of gates) {
    describe(name, () => {
      const own = cases.filter(({ gate }) => gate === name)
      it('is a sentence, names the outage that it prevents, and has cases both ways', () => {
        expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
        expect(prevents).to.match(/^[A-Z].{15,}\.$/)
        expect(new Set(own.map(({ says }) => says))).to.deep.equal(new Set(['pass', 'refuse']))
      })
      for (const one of own)
        it(`${one.says === 'pass' ? 'passes' : 'refuses'} when ${one.when}`, () => {
          const found = check(factsOf(one.change), paramsOf(one.params ?? {}))
          expect(found.evidence).to.match(one.evidence)
          expect(found.pass).to.equal(one.says === 'pass')
        })
    })
  }
}
