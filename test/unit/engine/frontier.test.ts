import { expect } from 'chai'
import { Halted } from '../../../src/engine/control.ts'
import { runFrontier } from '../../../src/engine/frontier.ts'
import { OpsError } from '../../../src/errors/index.ts'
import type { Member, Share } from '../../../src/sdk/index.ts'
import type { Frontier, FrontierLook } from '../../../src/sdk/run.ts'
import { type EngineParts, engineParts } from '../../support/fake-world/engine-parts.ts'

const member = (name: string): Member => ({
  name,
  rank: 0,
  tier: name,
  attributes: {},
  machine: '',
  last: false,
})
const together = (...holders: string[]): Share => ({
  name: holders.join('+'),
  holders,
  minUp: holders.length - 1,
})
const calm: FrontierLook = { shares: [], caps: [], unavailable: new Set(), stop: null }

/** Members that take ten seconds each. What happened, in order, is in `log`. */
function frontierOf(parts: EngineParts, names: string[], more: Partial<Frontier> = {}) {
  const log: string[] = []
  const frontier: Frontier = {
    members: names.map(member),
    order: names,
    maxDown: Number.POSITIVE_INFINITY,
    everyMs: 1000,
    look: async () => calm,
    operate: async (name, confirm) => {
      await confirm()
      log.push(`down ${name}`)
      await parts.clock.sleep(10_000)
      log.push(`up ${name}`)
    },
    ...more,
  }
  return { frontier, log, run: () => runFrontier(parts, frontier) }
}

const failing = (parts: EngineParts, log: string[], broken: string) => async (name: string) => {
  log.push(`down ${name}`)
  await parts.clock.sleep(name === broken ? 2000 : 10_000)
  if (name === broken) throw new OpsError('NODE_NOT_BACK', { message: `${name} has not come back` })
  log.push(`up ${name}`)
}

describe('the frontier', () => {
  it('takes down together what nothing holds apart', async () => {
    const { run, log } = frontierOf(engineParts(), ['a', 'b'])
    await run()
    expect(log).to.deep.equal(['down a', 'down b', 'up a', 'up b'])
  })

  it('never has two members of one share down', async () => {
    const look = async () => ({ ...calm, shares: [together('a', 'b')] })
    const { run, log } = frontierOf(engineParts(), ['a', 'b'], { look })
    await run()
    expect(log).to.deep.equal(['down a', 'up a', 'down b', 'up b'])
  })

  it('has no barrier: a member starts as soon as its own gates are clear', async () => {
    const parts = engineParts()
    const look = async () => ({ ...calm, shares: [together('a', 'c')] })
    const log: string[] = []
    const operate = async (name: string) => {
      log.push(`down ${name}`)
      await parts.clock.sleep(name === 'b' ? 60_000 : 5000)
      log.push(`up ${name}`)
    }
    await frontierOf(parts, ['a', 'b', 'c'], { look, operate }).run()
    expect(log).to.deep.equal(['down a', 'down b', 'up a', 'down c', 'up c', 'up b'])
  })

  it('says why a member waits, once per reason', async () => {
    const parts = engineParts()
    const look = async () => ({ ...calm, shares: [together('a', 'b')] })
    await frontierOf(parts, ['a', 'b'], { look }).run()
    const blocked = (await parts.records()).filter(({ type }) => type === 'member.blocked')
    expect(blocked.map(({ member, waitsFor }) => [member, waitsFor])).to.deep.equal([['b', ['a']]])
  })

  it('puts a member back that a fresh look no longer allows to take down', async () => {
    const parts = engineParts()
    let looks = 0
    // The first look is fine, the second (right before the stop) is not, later ones are.
    const look = async () =>
      ++looks === 2 ? { ...calm, shares: [together('a', 'x')], unavailable: new Set(['x']) } : calm
    const { run, log } = frontierOf(parts, ['a'], { look })
    await run()
    expect(log).to.deep.equal(['down a', 'up a'])
    expect(await parts.types()).to.deep.equal([
      'member.begun',
      'member.deferred',
      'member.begun',
      'member.done',
    ])
  })

  it('lets the others finish when one member fails, begins nobody new, and ends with the failure', async () => {
    const parts = engineParts()
    const log: string[] = []
    const look = async () => ({ ...calm, shares: [together('b', 'c')] })
    const operate = failing(parts, log, 'a')
    const error = await frontierOf(parts, ['a', 'b', 'c'], { look, operate })
      .run()
      .catch(thrown => thrown)
    expect(error).to.include({ code: 'NODE_NOT_BACK' })
    expect(log).to.deep.equal(['down a', 'down b', 'up b'])
  })

  it('lets those under way finish at a halt and begins nobody new', async () => {
    const parts = engineParts()
    const look = async () => ({ ...calm, shares: [together('a', 'b')] })
    const { run, log } = frontierOf(parts, ['a', 'b'], { look })
    void parts.clock.sleep(3000).then(() => parts.control.halt('interrupt'))
    expect(await run().catch(thrown => thrown)).to.be.instanceOf(Halted)
    expect(log).to.deep.equal(['down a', 'up a'])
  })

  it('begins nobody new after a met stop condition, and ends with it', async () => {
    const parts = engineParts()
    const look = async () => {
      const stop = parts.clock.monotonicMs() - begunMs > 3000 ? 'cluster_turned_red: for 30 s' : null
      return { ...calm, shares: [together('a', 'b')], stop }
    }
    const begunMs = parts.clock.monotonicMs()
    const { run, log } = frontierOf(parts, ['a', 'b'], { look })
    const error = await run().catch(thrown => thrown)
    expect(error).to.include({ code: 'STOP_CONDITION' })
    expect(error.message).to.contain('cluster_turned_red')
    expect(log).to.deep.equal(['down a', 'up a'])
  })

  it('waits out a cluster without a master', async () => {
    let looks = 0
    const look = async () => {
      if (looks++ < 5) throw new OpsError('CLUSTER_BUSY', { message: 'no master' })
      return calm
    }
    const { run, log } = frontierOf(engineParts(), ['a'], { look })
    await run()
    expect(log).to.deep.equal(['down a', 'up a'])
  })

  it('lets those under way finish even when a look cannot be judged at all', async () => {
    const parts = engineParts()
    const broken = { ...calm, shares: null } as unknown as FrontierLook
    let looks = 0
    const look = async () => (looks++ < 2 ? { ...calm, shares: [together('a', 'b')] } : broken)
    const { run, log } = frontierOf(parts, ['a', 'b'], { look })
    expect(await run().catch(thrown => thrown)).to.include({ code: 'BUG' })
    expect(log).to.deep.equal(['down a', 'up a'])
  })

  it('carries on first what an earlier process had begun, and leaves out what it had finished', async () => {
    const parts = engineParts()
    await parts.recorder.append('member.begun', { member: 'a' })
    await parts.recorder.append('member.done', { member: 'a' })
    await parts.recorder.append('member.begun', { member: 'c' })
    const next = await parts.again()
    const log: string[] = []
    const operate = async (name: string) => void log.push(name)
    await frontierOf(next, ['a', 'b', 'c'], { operate }).run()
    expect(log).to.deep.equal(['c', 'b'])
  })

  it('ends with every reason when nobody may ever start', async () => {
    const look = async () => ({ ...calm, shares: [together('a', 'x')], unavailable: new Set(['x']) })
    const error = await frontierOf(engineParts(), ['a'], { look })
      .run()
      .catch(thrown => thrown)
    expect(error).to.include({ code: 'STALLED', exitCode: 1 })
    expect(error.message).to.match(/^no member may be taken down: a: /)
  })

  it('leaves everything as it is when it must stop at once', async () => {
    const parts = engineParts()
    const reason = new OpsError('INTERRUPTED', { message: 'was stopped at once' })
    const { run, log } = frontierOf(parts, ['a'])
    void parts.clock.sleep(3000).then(() => parts.control.stopNow(reason))
    expect(await run().catch(thrown => thrown)).to.equal(reason)
    expect(log).to.deep.equal(['down a'])
  })
})
