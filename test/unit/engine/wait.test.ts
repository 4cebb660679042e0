import { expect } from 'chai'
import { Halted } from '../../../src/engine/control.ts'
import { patiently, waitFor } from '../../../src/engine/wait.ts'
import { OpsError } from '../../../src/errors/index.ts'
import type { Wait } from '../../../src/sdk/run.ts'
import { engineParts } from '../../support/fake-world/engine-parts.ts'

const busy = new OpsError('CLUSTER_BUSY', { message: 'no master' })
const parts = engineParts

function waiting(look: (turn: number) => number | 'done' | OpsError, more: Partial<Wait<string>> = {}) {
  let turn = 0
  const wait: Wait<string> = {
    subject: 'a',
    title: 'recovers',
    everyMs: 1000,
    stallMs: 10_000,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      const seen = look(turn++)
      if (seen instanceof OpsError) throw seen
      return seen === 'done' ? { done: 'back' } : { progress: seen, text: `${seen} copies` }
    },
    orElse: lastSeen => new OpsError('STALLED', { message: `still ${lastSeen}` }),
    ...more,
  }
  return wait
}

describe('a wait', () => {
  it('ends with what the world answers', async () => {
    expect(
      await waitFor(
        parts(),
        waiting(turn => (turn < 3 ? 1 : 'done')),
      ),
    ).to.equal('back')
  })

  it('ends when nothing has moved for the stall limit, and says what it saw last', async () => {
    const own = parts()
    const begunMs = own.clock.monotonicMs()
    const error = await waitFor(
      own,
      waiting(() => 7),
    ).catch(thrown => thrown)
    expect(error).to.include({ code: 'STALLED', message: 'still 7 copies' })
    expect(own.clock.monotonicMs() - begunMs).to.equal(11_000)
  })

  it('goes on for as long as something moves, however slowly', async () => {
    const slowly = waiting(turn => (turn < 100 ? Math.floor(turn / 9) : 'done'))
    expect(await waitFor(parts(), slowly)).to.equal('back')
  })

  it('ends at its ceiling even while things move', async () => {
    const own = parts()
    const begunMs = own.clock.monotonicMs()
    await waitFor(
      own,
      waiting(turn => turn, { ceilingMs: 30_000 }),
    ).catch(() => {})
    expect(own.clock.monotonicMs() - begunMs).to.equal(31_000)
  })

  it('takes a busy cluster for no progress and no failure', async () => {
    const wait = waiting(turn => (turn < 5 ? busy : 'done'))
    expect(await waitFor(parts(), wait)).to.equal('back')
    const error = await waitFor(
      parts(),
      waiting(() => busy),
    ).catch(thrown => thrown)
    expect(error).to.include({ code: 'STALLED', message: 'still no master' })
  })

  it('passes on every other error at once', async () => {
    const refused = new OpsError('CLUSTER_AUTH', { message: 'refused' })
    expect(
      await waitFor(
        parts(),
        waiting(() => refused),
      ).catch(thrown => thrown),
    ).to.equal(refused)
  })

  it('is left at a halt only where it is a safe point', async () => {
    const own = parts()
    own.control.halt('interrupt')
    expect(
      await waitFor(
        own,
        waiting(turn => (turn < 2 ? 1 : 'done')),
      ),
    ).to.equal('back')
    const left = await waitFor(
      own,
      waiting(() => 1, { interruptible: true }),
    ).catch(thrown => thrown)
    expect(left).to.be.instanceOf(Halted)
  })

  it('ends at once when everything must stop', async () => {
    const own = parts()
    const reason = new OpsError('LOCK_LOST', { message: 'taken over' })
    const wait = waiting(turn => {
      if (turn === 1) own.control.stopNow(reason)
      return 1
    })
    expect(await waitFor(own, wait).catch(thrown => thrown)).to.equal(reason)
  })
})

describe('a patient read', () => {
  it('is repeated while the cluster is busy', async () => {
    let turn = 0
    const read = async () => (turn++ < 3 ? Promise.reject(busy) : 'seen')
    expect(await patiently(parts(), 10_000, read)).to.equal('seen')
  })

  it('gives up after its limit, with the last reason', async () => {
    const error = await patiently(parts(), 10_000, () => Promise.reject(busy)).catch(thrown => thrown)
    expect(error).to.include({ code: 'STALLED', cause: busy })
    expect(error.message).to.match(/10 s.*no master/)
  })

  it('does not repeat what waiting cannot mend', async () => {
    let turn = 0
    const read = async () => {
      turn += 1
      throw new OpsError('CLUSTER_TLS', { message: 'wrong CA' })
    }
    await patiently(parts(), 10_000, read).catch(() => {})
    expect(turn).to.equal(1)
  })
})
