// How many copies of a partition stay up while brokers are restarted, and what an agreement of the operator changes about that.
import { expect } from 'chai'
import { minUpOf } from '../../../../runbooks/rolling-restart/kafka/world.ts'
import { params as schema } from '../../../../runbooks/rolling-restart/params.ts'
import type { PartitionState } from '../../../../src/ports/kafka.ts'

const partition = (replicas: number[]): PartitionState => ({
  ...{ topic: 'raw-logs', partition: 0, leader: replicas[0] ?? null, offline: [], internal: false },
  ...{ replicas, isr: replicas },
})
const agreements = [
  ['nothing', {}],
  ['--during', { during: 'min-insync=1' }],
  ['--accept-stall', { acceptStall: true }],
] as const

describe('copies that stay up', () => {
  for (const [agreed, given] of agreements) {
    const up = (copies: number, minInsync: number): number =>
      minUpOf(
        () => minInsync,
        schema.parse({ service: 'kafka', ...given }),
      )(partition(Array.from({ length: copies }, (_, at) => at + 1)))

    it(`are as many as writers ask for where one may be away, with ${agreed} agreed`, () => {
      expect(up(3, 2)).to.equal(2)
      expect(up(2, 1)).to.equal(1)
      expect(up(5, 3)).to.equal(3)
    })

    it(`are all but one where writers ask for every copy, if that is agreed (${agreed})`, () => {
      expect(up(2, 2)).to.equal(agreed === 'nothing' ? 2 : 1)
      expect(up(3, 3)).to.equal(agreed === 'nothing' ? 3 : 2)
    })
  }
})
