// Walks the stop conditions: each has a world in which it is met, and none is met on a calm one.
import { expect } from 'chai'
import { decideStop, type Situation, stopConditions } from '../../../runbooks/reassign/conditions.ts'
import type { PartitionState } from '../../../src/ports/kafka.ts'

const partition = (over: Partial<PartitionState> = {}): PartitionState => ({
  ...{
    topic: 'raw-logs',
    partition: 0,
    leader: 1,
    replicas: [1, 2],
    isr: [1, 2],
    offline: [],
    internal: false,
  },
  ...over,
})
const situation = (over: Partial<PartitionState> = {}, registered = [1, 2, 3]): Situation => ({
  seen: { partitions: new Map([['raw-logs-0', partition(over)]]), reassignments: new Map(), registered },
  brokers: [{ name: 'kafka03', id: 3, rack: null }],
  registered: [1, 2, 3],
  minInsync: { 'raw-logs': 2 },
  shortBefore: [],
})
const met: Readonly<Record<string, readonly [Situation, string]>> = {
  broker_left: [situation({}, [1, 2]), 'kafka03 left the cluster'],
  partition_lost_its_leader: [situation({ leader: null }), 'raw-logs-0 without a leader'],
  partition_fell_below_min_insync: [
    situation({ isr: [1] }),
    'raw-logs-0 with too few in-sync copies though all its brokers are up',
  ],
}

describe('the stop conditions of reassign', () => {
  it('are not met on a calm cluster', () => expect(decideStop(situation())).to.equal(null))

  for (const { name, prevents } of stopConditions) {
    it(`${name}: names the outage that it prevents, and is met when it should be`, () => {
      expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      const [world, text] = met[name] ?? []
      expect(world && decideStop(world)).to.equal(`${name}: ${text}`)
    })
  }

  it('do not take a broker that is away, or what was short before, for the fault of the copying', () => {
    expect(decideStop(situation({ isr: [1], offline: [2] }))).to.equal(null)
    expect(decideStop({ ...situation({ isr: [1] }), shortBefore: ['raw-logs-0'] })).to.equal(null)
  })
})
