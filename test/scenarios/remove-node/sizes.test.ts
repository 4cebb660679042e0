// How large a copy is taken to be that a node is to give away, where the statistics are behind the routing table.
import { expect } from 'chai'
import { worldOf } from '../../../runbooks/remove-node/world.ts'
import { calmFacts } from '../rolling-restart/calm-facts.ts'

describe('the sizes that remove-node counts with', () => {
  const { nodes, map, settings, watermarks } = calmFacts()
  const [index] = map.indices
  const copies = (index?.shards ?? []).flatMap(({ number: shard, copies: all }) =>
    all.map(({ node, primary, state }) => ({
      ...{ index: index?.name ?? '', shard, primary, state, docs: 1, bytes: primary ? 700 : 0 },
      node: nodes.find(({ id }) => id === node)?.name ?? null,
    })),
  )
  const sizesOf = (known: typeof copies): readonly number[] =>
    worldOf({ nodes, map, settings, watermarks, copies: known, rooms: [], indices: [], targets: [] })
      .copies.filter(copy => copy.index === index?.name)
      .map(({ bytes }) => bytes)

  it('are those of another copy of the shard where one is not measured yet', () => {
    expect(copies.map(({ bytes }) => bytes)).to.include.members([0, 700])
    expect(new Set(sizesOf(copies))).to.deep.equal(new Set([700]))
  })

  it('are those of another copy of the shard where one is not in the list yet', () => {
    expect(new Set(sizesOf(copies.filter(({ primary }) => primary)))).to.deep.equal(new Set([700]))
  })

  it('are nothing where no copy of the shard has been measured', () => {
    expect(new Set(sizesOf(copies.map(copy => ({ ...copy, bytes: 0 }))))).to.deep.equal(new Set([0]))
  })
})
