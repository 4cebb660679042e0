// Moves that make room on a full disk, by arithmetic alone: enough, as little as will do, and never past the watermark of another disk.
import { expect } from 'chai'
import { roomRemedies } from '../../../runbooks/triage/causes/room.ts'
import type { Sighting } from '../../../runbooks/triage/causes/sighting.ts'
import type { TriageFacts } from '../../../runbooks/triage/facts.ts'
import type { NodeAllocation, SizedCopy } from '../../../src/sdk/index.ts'

const gib = 1024 ** 3
const hot = ['data_hot', 'data_content']

const disk = (node: string, freeGiB: number, roles = hot): NodeAllocation => ({
  ...{ node, nodeId: node, roles, attributes: {}, shards: 0, shardBytes: 0 },
  ...{ totalBytes: 1000 * gib, availableBytes: freeGiB * gib },
})
const on = (node: string, index: string, sizeGiB: number, more: Partial<SizedCopy> = {}): SizedCopy => ({
  ...{ index, shard: 0, primary: true, state: 'STARTED', node, bytes: sizeGiB * gib, docs: 1 },
  ...more,
})

/** 150 GiB have to stay free of each disk of 1000. A copy of 10 GiB has no place, for `full` and `fuller` are too full. */
function movesIn(disks: readonly NodeAllocation[], copies: readonly SizedCopy[]): string[] {
  const facts = {
    disks,
    copies: [on('holder', 'homeless', 10), ...copies],
    watermarks: {
      ...{ enabled: true, low: '85%', high: '90%', flood: '95%' },
      ...{ lowMaxHeadroom: '200gb', highMaxHeadroom: '150gb', floodMaxHeadroom: '100gb' },
    },
  } as unknown as TriageFacts
  const seen = {
    copies: [{ index: 'homeless', shard: 0, primary: false }],
    nodes: ['full', 'fuller'],
  } as unknown as Sighting
  return roomRemedies(seen, facts).map(one =>
    one.do === 'move' ? `${one.index} from ${one.from} to ${one.to}` : one.do,
  )
}

const disks = [disk('holder', 160), disk('full', 145), disk('fuller', 120), disk('empty', 500)]

describe('room for a copy that only full disks could take', () => {
  it('is made by the smallest copy that is enough, off the disk from which the fewest bytes go', () => {
    const copies = [on('full', 'a', 90), on('full', 'b', 16), on('full', 'c', 14), on('fuller', 'd', 41)]
    expect(movesIn(disks, copies)).to.deep.equal(['b from full to empty'])
  })

  it('is made by several where none is enough, the largest first', () => {
    const copies = [on('full', 'a', 5), on('full', 'b', 8), on('full', 'c', 3), on('full', 'd', 4)]
    expect(movesIn(disks, copies)).to.deep.equal([
      'b from full to empty',
      'a from full to empty',
      'c from full to empty',
    ])
  })

  it('is not made where what could go is not enough, or would take more than a few moves', () => {
    expect(movesIn(disks, [on('full', 'a', 14)])).to.deep.equal([])
    const many = Array.from({ length: 30 }, (_, at) => on('full', `i${at}`, 1))
    expect(movesIn(disks, many)).to.deep.equal([])
  })

  it('never brings another disk past its watermark, one after the other', () => {
    const small = [disk('holder', 160), disk('full', 145), disk('one', 159), disk('two', 158)]
    const copies = [on('full', 'a', 8), on('full', 'b', 7.5), on('full', 'c', 20)]
    expect(movesIn(small, copies)).to.deep.equal(['a from full to holder', 'b from full to one'])
  })

  it('takes no copy to a node that has one, nor to another tier, nor one that is on its way', () => {
    const warm = [disk('full', 145), disk('empty', 500), disk('warm', 900, ['data_warm'])]
    const twice = [on('full', 'a', 20), on('empty', 'a', 20, { primary: false })]
    expect(movesIn(warm, twice)).to.deep.equal([])
    expect(movesIn(warm, [on('full', 'a', 20, { state: 'RELOCATING' })])).to.deep.equal([])
    expect(movesIn(warm, [on('full', 'a', 20)])).to.deep.equal(['a from full to empty'])
  })

  it('is only waited for where a disk has it by now', () => {
    const emptied = [disk('holder', 160), disk('full', 165), disk('fuller', 120), disk('empty', 500)]
    expect(movesIn(emptied, [on('full', 'a', 90)])).to.deep.equal(['wait'])
  })

  it('leaves the disk alone that has a copy of the shard already', () => {
    const copies = [on('full', 'homeless', 10, { primary: false }), on('full', 'a', 20)]
    expect(movesIn(disks, copies)).to.deep.equal([])
  })
})
