// Brokers that hear of a change one after the other, played by a pool of three that answer what a script says.
import { expect } from 'chai'
import { z } from 'zod'
import type { Call } from '../../../../src/adapters/kafka/call.ts'
import { type Comparable, confirmEach, readAgreed } from '../../../../src/adapters/kafka/each-broker.ts'
import type { Pool } from '../../../../src/adapters/kafka/pool.ts'
import { toOpsError } from '../../../../src/errors/index.ts'
import type { Broker } from '../../../../src/ports/kafka.ts'

const schema = z.string()
const question: Comparable<typeof schema, string> = {
  subject: 'the ACLs of somebody',
  call: { name: 'DescribeAcls', schema } as Call<typeof schema>,
  read: async answer => answer,
  say: meaning => meaning,
}

/** Each row is one round of answers; the last one is given for good. `null`: that broker is away. */
function poolOf(...rounds: (string | null)[][]): Pick<Pool, 'brokers' | 'ask'> & { rounds(): number } {
  let round = -1
  const brokers = [0, 1, 2].map(id => ({ id, host: 'here', port: id, rack: null })) as Broker[]
  return {
    rounds: () => round + 1,
    brokers: async () => {
      round += 1
      return { clusterId: 'x', brokers } as Awaited<ReturnType<Pool['brokers']>>
    },
    ask: async ({ id }) => (rounds[Math.min(round, rounds.length - 1)]?.[id] ?? null) as never,
  }
}
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => expect.fail('nothing was thrown'),
    (thrown: unknown) => toOpsError(thrown),
  )

const limitMs = 200

describe('what each broker says', () => {
  it('is read once all that answer say the same', async () => {
    const pool = poolOf(['old', 'new', 'old'], ['old', 'new', 'new'], ['new', 'new', null])
    expect(await readAgreed(pool, question)).to.equal('new')
    expect(pool.rounds()).to.equal(3)
  })

  it('is nothing while they differ, or none answers', async () => {
    const [differ, silent] = [poolOf(['a', 'b', 'a']), poolOf([null, null, null])]
    const failures = await Promise.all([
      failureOf(readAgreed(differ, question, limitMs)),
      failureOf(readAgreed(silent, question, limitMs)),
    ])
    for (const failure of failures) expect(failure).to.include({ code: 'CLUSTER_BUSY' })
    expect(failures[0]?.message).to.include('the ACLs of somebody')
  })

  it('confirms a change when every broker that answers has heard of it, and not when none answers', async () => {
    const heard = poolOf(['old', 'new', null], ['new', 'new', null])
    await confirmEach(heard, question, meaning => meaning === 'new')
    expect(heard.rounds()).to.equal(2)
    const failures = await Promise.all(
      [poolOf(['new', 'new', 'old']), poolOf([null, null, null])].map(pool =>
        failureOf(confirmEach(pool, question, meaning => meaning === 'new', limitMs)),
      ),
    )
    for (const failure of failures) expect(failure).to.include({ code: 'OUTCOME_UNKNOWN' })
  })
})
