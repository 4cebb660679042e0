// The canary's topic where brokers hear of it one after the other, and where a broker's copy is in sync later than it is asked for.
import { expect } from 'chai'
import { isEverywhere, readLed } from '../../../../src/adapters/kafka/canary.ts'
import type { Pool } from '../../../../src/adapters/kafka/pool.ts'
import type { Broker } from '../../../../src/ports/kafka.ts'

interface Row {
  readonly leaderId: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
}

/** Metadata of a topic with these partitions; with none there is no such topic. */
const metadataOf = (...rows: readonly Row[]) => ({
  clusterId: 'x',
  brokers: [],
  topics: [
    {
      errorCode: rows.length === 0 ? 3 : 0,
      name: 'ops-canary',
      isInternal: false,
      partitions: rows.map((row, partitionIndex) => ({ ...row, partitionIndex, offlineReplicas: [] })),
    },
  ],
})

describe('the topic of the canaries', () => {
  it('is there, and is gone, once every broker that answers says so', async () => {
    const made = metadataOf({ leaderId: 1, replicaNodes: [1], isrNodes: [1] })
    const gone = metadataOf()
    for (const [rounds, count] of [
      [
        [
          [made, gone, gone],
          [made, made, gone],
          [made, made, made],
        ],
        1,
      ],
      [
        [
          [gone, made, made],
          [gone, null, made],
          [gone, null, gone],
        ],
        0,
      ],
    ] as const) {
      let round = -1
      const pool = {
        brokers: async () => {
          round += 1
          const brokers = [0, 1, 2].map(id => ({ id, host: 'here', port: id, rack: null })) as Broker[]
          return { clusterId: 'x', brokers }
        },
        ask: async ({ id }: Broker) => rounds[round]?.[id] ?? null,
      } as Pick<Pool, 'brokers' | 'ask'>
      expect(await isEverywhere(pool, ({ length }) => length === count)).to.equal(true)
      expect(round).to.equal(2)
    }
  })

  it('is led by a broker that is just back as soon as its copy is in sync', async () => {
    const behind = metadataOf({ leaderId: 1, replicaNodes: [2, 1], isrNodes: [1] })
    const inSync = metadataOf({ leaderId: 1, replicaNodes: [2, 1], isrNodes: [1, 2] })
    const elected = metadataOf({ leaderId: 2, replicaNodes: [2, 1], isrNodes: [1, 2] })
    const said: string[] = []
    let looks = 0
    const pool = {
      read: async () => {
        looks += 1
        if (said.length > 0) return elected
        return looks < 3 ? behind : inSync
      },
      write: async ({ name }: { readonly name: string }) => {
        said.push(name)
        return { errorCode: 0, results: [] }
      },
    } as unknown as Pick<Pool, 'read' | 'write'>
    expect(await readLed(pool, { id: 2 })).to.deep.include({ partition: 0, leader: 2 })
    expect([looks, said]).to.deep.equal([4, ['ElectLeaders']])
  })
})
