// Tests of reading the shard map: which copies are live, who shares what.
import { expect } from 'chai'
import {
  indicesOn,
  isWithoutReplica,
  liveCopies,
  matchesAny,
  sharesOf,
} from '../../../../runbooks/rolling-restart/copies.ts'
import { calmFacts, idOf, indexOn, shardOn } from '../../../scenarios/rolling-restart/calm-facts.ts'

const nobody = { unprotected: () => false, critical: () => false }

describe('liveCopies', () => {
  const copies = [
    { title: 'a started copy in sync', change: {}, live: true },
    { title: 'the source of a move', change: { state: 'RELOCATING' }, live: true },
    { title: 'a copy that is being made', change: { state: 'INITIALIZING' }, live: false },
    {
      title: 'an unassigned copy',
      change: { state: 'UNASSIGNED', node: null, allocationId: null },
      live: false,
    },
    { title: 'a started copy that is not in sync', change: { allocationId: 'stale' }, live: false },
  ]
  for (const { title, change, live } of copies) {
    it(`${live ? 'counts' : 'does not count'} ${title}`, () => {
      const shard = shardOn('logs', ['es-data01'])
      Object.assign(shard.copies[0] ?? {}, change)
      expect(liveCopies(shard)).to.have.length(live ? 1 : 0)
    })
  }
})

describe('sharesOf', () => {
  const { nodes } = calmFacts()
  const three = indexOn('orders', ['es-data03', 'es-data04', 'es-data05'])
  const map = { version: 1, indices: [three, indexOn('scratch', ['es-data01'])] }

  it('names the shard and the nodes with a live copy, and keeps one up', () => {
    expect(sharesOf(map, nodes, nobody)).to.deep.equal([
      { name: 'orders[0]', holders: ['es-data03', 'es-data04', 'es-data05'], minUp: 1 },
      { name: 'scratch[0]', holders: ['es-data01'], minUp: 1 },
    ])
  })

  it('keeps two of three copies of a critical index up', () => {
    const [orders] = sharesOf(map, nodes, { ...nobody, critical: matchesAny('ord*') })
    expect(orders?.minUp).to.equal(2)
  })

  it('keeps one of two copies of a critical index up', () => {
    const two = { version: 1, indices: [indexOn('orders', ['es-data03', 'es-data04'])] }
    expect(sharesOf(two, nodes, { ...nobody, critical: () => true })[0]?.minUp).to.equal(1)
  })

  it('keeps nothing up of an index that may lose its only copy', () => {
    const shares = sharesOf(map, nodes, { critical: () => true, unprotected: isWithoutReplica })
    expect(shares.map(({ minUp }) => minUp)).to.deep.equal([2, 0])
  })

  it('leaves out a copy on a node that has gone', () => {
    const left = nodes.filter(({ name }) => name !== 'es-data04')
    expect(sharesOf(map, left, nobody)[0]?.holders).to.deep.equal(['es-data03', 'es-data05'])
  })
})

describe('isWithoutReplica', () => {
  it('is true only for an index with no replica that will not expand by itself', () => {
    expect(isWithoutReplica(indexOn('a', ['es-data01']))).to.equal(true)
    expect(isWithoutReplica(indexOn('a', ['es-data01'], { autoExpand: '0-1' }))).to.equal(false)
    expect(isWithoutReplica(indexOn('a', ['es-data01', 'es-data02']))).to.equal(false)
  })
})

describe('indicesOn', () => {
  it('names every index with any copy on the nodes, also one that is being made', () => {
    const { map } = calmFacts(facts => {
      const shard = facts.map.indices[1]?.shards[0]
      Object.assign(shard?.copies[1] ?? {}, { node: idOf('es-data03'), state: 'INITIALIZING' })
    })
    expect(indicesOn(map, new Set([idOf('es-data03')]))).to.deep.equal(['nginx-today', 'nginx-old'])
    expect(indicesOn(map, new Set())).to.deep.equal([])
  })
})

describe('matchesAny', () => {
  const cases: readonly (readonly [string | undefined, string, boolean])[] = [
    [undefined, 'orders', false],
    ['orders', 'orders', true],
    ['orders', 'orders-2', false],
    ['a*, orders-*', 'orders-2', true],
    ['crm.app-*', 'crmxapp-1', false],
    ['*', '.security-7', true],
  ]
  for (const [patterns, index, matches] of cases) {
    it(`says ${matches} for ${index} and the patterns ${patterns ?? '(none)'}`, () => {
      expect(matchesAny(patterns)(index)).to.equal(matches)
    })
  }
})
