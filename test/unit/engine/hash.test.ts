import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalJson, hashOf } from '../../../src/engine/hash.ts'

describe('the hash of a value', () => {
  it('does not depend on the order of keys', () => {
    expect(hashOf({ a: 1, b: { c: 2, d: 3 } })).to.equal(hashOf({ b: { d: 3, c: 2 }, a: 1 }))
  })

  it('depends on the order of a list', () => {
    expect(hashOf([1, 2])).not.to.equal(hashOf([2, 1]))
  })

  it('takes a value that is not there for a key that is not there', () => {
    expect(canonicalJson({ a: undefined, b: 1 })).to.equal('{"b":1}')
  })

  it('survives a journey through JSON', () =>
    fc.assert(
      fc.property(fc.jsonValue(), value => {
        expect(hashOf(JSON.parse(JSON.stringify(value)))).to.equal(hashOf(value))
      }),
    ))

  it('differs where values differ', () =>
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const same = canonicalJson(a) === canonicalJson(b)
        expect(hashOf(a) === hashOf(b)).to.equal(same)
      }),
    ))
})
