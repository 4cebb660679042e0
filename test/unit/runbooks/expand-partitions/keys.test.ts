// Where keys go, against the partitioner that kafkajs has from the Java client, and how many of them move.
import { expect } from 'chai'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { readKeys } from '../../../../runbooks/expand-partitions/keys.ts'
import { partitionOf } from '../../../../runbooks/expand-partitions/murmur2.ts'

const byKafkajs = (key: Uint8Array, partitions: number): number =>
  kafkajs.Partitioners.DefaultPartitioner()({
    topic: 'any',
    partitionMetadata: Array.from({ length: partitions }, (_, partitionId) => ({
      partitionErrorCode: 0,
      partitionId,
      leader: 1,
      replicas: [1],
      isr: [1],
    })),
    message: { key: Buffer.from(key), value: null },
  })

const record = (key: string | null, partition = 0) => ({
  topic: 'raw-logs',
  partition,
  offset: 1,
  timestampMs: 0,
  key: key === null ? null : new TextEncoder().encode(key),
  bytes: 100,
})

describe('keys and partitions', () => {
  it('go where the partitioner of kafkajs puts them, whatever their length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 40 }),
        fc.integer({ min: 1, max: 500 }),
        (key, partitions) => partitionOf(key, partitions) === byKafkajs(key, partitions),
      ),
      { numRuns: 2000 },
    )
  })

  it('do not depend on where in its buffer a key lies', () => {
    const whole = new TextEncoder().encode('xxcustomer-42')
    expect(partitionOf(whole.subarray(2), 32)).to.equal(
      partitionOf(new TextEncoder().encode('customer-42'), 32),
    )
  })

  it('are counted once each, with those that change partition', () => {
    const names = Array.from({ length: 400 }, (_, at) => `key-${at}`)
    const sample = [...names, ...names].map(name =>
      record(name, partitionOf(new TextEncoder().encode(name), 16)),
    )
    const { records, keyed, keys, moved, asMurmur2 } = readKeys(sample, 16, 32)
    expect({ records, keyed, keys, asMurmur2 }).to.deep.equal({
      records: 800,
      keyed: 800,
      keys: 400,
      asMurmur2: 400,
    })
    // Twice as many partitions: half of the keys move, give or take.
    expect(moved).to.be.within(150, 250)
  })

  it('are noticed to be placed by somebody else when they lie where murmur2 would not put them', () => {
    const sample = Array.from({ length: 50 }, (_, at) => record(`key-${at}`, 0))
    expect(readKeys(sample, 16, 32).asMurmur2).to.be.lessThan(20)
  })

  it('are none where records have none', () => {
    expect(readKeys([record(null), record(null)], 16, 32)).to.include({ records: 2, keyed: 0, moved: 0 })
  })
})
