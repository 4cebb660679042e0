// What add-node decides without looking at anything: balance, pace, exclusion, versions, what has moved.

import { expect } from 'chai'
import fc from 'fast-check'
import { sayBytes } from '#sdk'
import { balanceOf, decideBalance } from '../../../../runbooks/add-node/decide-balance.ts'
import { decidePace } from '../../../../runbooks/add-node/decide-pace.ts'
import {
  chooseScope,
  excludedNames,
  excludeName,
  mergeNames,
} from '../../../../runbooks/add-node/exclusion.ts'
import { compareVersions } from '../../../../runbooks/add-node/gates/hosts.ts'
import { movedSince } from '../../../../runbooks/add-node/watch-moves.ts'
import { matchesAny } from '../../../../runbooks/rolling-restart/copies.ts'
import type { NodeAllocation, SizedCopy } from '../../../../src/ports/allocation.ts'

const mib = 2 ** 20

describe('the balance of a tier', () => {
  const tier = (shards: readonly number[], bytes: readonly number[] = shards.map(count => count * mib)) => {
    const names = shards.map((_, at) => `n${at}`)
    const nodes = names.map(
      (node, at) => ({ node, shards: shards[at] ?? 0, shardBytes: bytes[at] ?? 0 }) as NodeAllocation,
    )
    return balanceOf(nodes, names)
  }
  const ask = (shards: readonly number[], more: Partial<Parameters<typeof decideBalance>[0]> = {}) =>
    decideBalance({
      ...{ balance: tier(shards), moving: 0, planned: 0, within: 0.1, largestShardBytes: mib },
      ...more,
    })

  it('is told in shares of the mean', () => {
    expect(tier([10, 10, 10]).shardSpread).to.equal(0)
    expect(tier([8, 10, 12]).shardSpread).to.be.closeTo(0.2, 1e-9)
    expect(tier([0, 0]).shardSpread).to.equal(0)
  })

  it('is not there while anything moves or is to move', () => {
    expect(ask([10, 10], { moving: 1 }).state).to.equal('moving')
    expect(ask([10, 10], { planned: 3 }).state).to.equal('moving')
    expect(ask([10, 10], { planned: null }).state).to.equal('balanced')
  })

  it('is there within the share, and where the balancer lets a few shards be', () => {
    expect(ask([95, 100, 105]).state).to.equal('balanced')
    expect(ask([3, 4, 5]).state).to.equal('balanced')
    expect(ask([3, 4, 6])).to.include({ state: 'uneven', what: 'shards' })
    expect(ask([80, 100, 120])).to.include({ state: 'uneven', what: 'shards' })
  })

  it('is uneven by disk only beyond the largest shard', () => {
    const balance = tier([10, 10], [10 * mib, 14 * mib])
    expect(ask([], { balance })).to.include({ state: 'uneven', what: 'bytes' })
    expect(ask([], { balance, largestShardBytes: 4 * mib }).state).to.equal('balanced')
  })

  it('says who holds how much, the fullest first', () => {
    const { why } = ask([20, 5, 11])
    expect(why).to.equal('shards: n0 20, n2 11, n1 5')
    expect([0, 900, 1536, 3 * mib, 200 * 2 ** 30].map(sayBytes)).to.deep.equal([
      '0 B',
      '900 B',
      '1.5 KiB',
      '3 MiB',
      '200 GiB',
    ])
  })
})

describe('the pace of an admission', () => {
  const calm = { rejections: [], gcBound: [], fallingBack: [] }

  it('doubles while nobody suffers, and halves as soon as somebody does', () => {
    expect([1, 2, 4, 8].map(now => decidePace(now, calm).moves)).to.deep.equal([2, 4, 8, 8])
    expect([8, 2, 1].map(now => decidePace(now, { ...calm, rejections: ['x'] }).moves)).to.deep.equal([
      4, 1, 1,
    ])
    expect(decidePace(4, { ...calm, gcBound: ['n1'] })).to.deep.equal({
      moves: 2,
      why: 'n1 collects garbage',
    })
    expect(decidePace(4, { ...calm, fallingBack: ['logstash'] }).why).to.equal('logstash falls back')
  })
})

describe('the exclusion', () => {
  const settings = (persistent: Record<string, string>, transient: Record<string, string> = {}) => ({
    persistent,
    transient,
    defaults: {},
  })

  it('keeps what is there, and adds each name once', () => {
    const name = fc.stringMatching(/^[a-z]{1,5}$/)
    fc.assert(
      fc.property(fc.uniqueArray(name), fc.array(name, { minLength: 1 }), (before, names) => {
        const merged = mergeNames(before.join(','), names)
        const list = merged.split(',')
        expect(list.slice(0, before.length)).to.deep.equal(before)
        expect(new Set(list)).to.deep.equal(new Set([...before, ...names]))
        expect(list).to.have.length(new Set(list).size)
        expect(mergeNames(merged, names)).to.equal(merged)
      }),
    )
  })

  it('stands where it holds: a transient value hides the persistent one', () => {
    expect(chooseScope(settings({ [excludeName]: 'a' }))).to.equal('persistent')
    expect(chooseScope(settings({}, { [excludeName]: 'b' }))).to.equal('transient')
    expect(excludedNames(settings({ [excludeName]: 'a' }, { [excludeName]: 'b, c' }))).to.deep.equal([
      'b',
      'c',
    ])
    expect(excludedNames(settings({ [excludeName]: 'a' }, { [excludeName]: '' }))).to.deep.equal(['a'])
  })
})

describe('versions and patterns', () => {
  it('are compared number by number', () => {
    expect(compareVersions('8.10.0', '8.9.9')).to.be.greaterThan(0)
    expect(compareVersions('8.9.0', '8.10.0')).to.be.lessThan(0)
    expect(compareVersions('8.10', '8.10.0')).to.equal(0)
  })

  it('match as filters of allocation do', () => {
    expect(matchesAny('es-data0*')('es-data06')).to.equal(true)
    expect(matchesAny('*06')('es-data06')).to.equal(true)
    expect(matchesAny('es.data06')('es-data06')).to.equal(false)
    expect(matchesAny('es-data0')('es-data06')).to.equal(false)
  })
})

describe('what has moved', () => {
  const copy = (index: string, node: string | null, bytes: number, state: SizedCopy['state'] = 'STARTED') =>
    ({ index, shard: 0, primary: true, state, node, bytes, docs: 0 }) satisfies SizedCopy

  it('are copies on another node than before, of indices that were there before', () => {
    const moved = movedSince(
      ['a 0 n1', 'b 0 n1'],
      [copy('a', 'n1', 5), copy('b', 'n2', 7), copy('new', 'n2', 100), copy('a', 'n3', 50, 'INITIALIZING')],
    )
    expect(moved).to.deep.equal({ copies: 1, bytes: 7 })
  })
})
