import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { SqliteLocks } from '../../../../src/adapters/sqlite/locks.ts'
import { systemProcesses } from '../../../../src/adapters/system/processes.ts'
import type { ProcessTable } from '../../../../src/ports/processes.ts'
import { type StateDir, stateDir } from './state-dir.ts'

const at = new Date('2025-04-10T08:00:00Z')
const later = (seconds: number) => new Date(at.getTime() + seconds * 1000)
const errorOf = (act: Promise<unknown>) =>
  act.then(
    () => null,
    thrown => thrown,
  )

/** Processes by pid with their start; `gone` takes one away. */
function machine(host = 'bastion01') {
  const starts = new Map<number, string>()
  const process = (dir: StateDir, pid: number, start = `start-${pid}`): SqliteLocks => {
    starts.set(pid, start)
    const table: ProcessTable = { host, pid, startOf: one => starts.get(one) ?? null }
    return new SqliteLocks(dir.path, table, dir.open())
  }
  return {
    process,
    gone: (pid: number) => starts.delete(pid),
    reuse: (pid: number) => starts.set(pid, 'again'),
  }
}

describe('locks', () => {
  it('belong to one run at a time, and the other is told who has them', async () => {
    using dir = stateDir()
    const { process } = machine()
    await process(dir, 1).acquire('r1', 'anna', ['es:a', 'es:b'], at)
    const error = await errorOf(process(dir, 2).acquire('r2', 'bert', ['es:b'], at))
    expect(error).to.include({ code: 'LOCK_HELD', exitCode: 5 })
    expect(error.message).to.contain('es:b is locked by run r1 of anna on bastion01 (process 1)')
    expect(error.hint).to.contain('ops pause r1')
  })

  it('are taken all or none', async () => {
    using dir = stateDir()
    const { process } = machine()
    await process(dir, 1).acquire('r1', 'anna', ['es:b'], at)
    const two = process(dir, 2)
    await errorOf(two.acquire('r2', 'bert', ['es:a', 'es:b', 'es:c'], at))
    expect((await two.held(at)).map(({ name, run }) => `${name} ${run}`)).to.deep.equal(['es:b r1'])
  })

  it('of different resources do not meet', async () => {
    using dir = stateDir()
    const { process } = machine()
    await process(dir, 1).acquire('r1', 'anna', ['es:a'], at)
    await process(dir, 2).acquire('r2', 'bert', ['es:b'], at)
    expect(await process(dir, 3).held(at)).to.have.lengthOf(2)
  })

  it('carry a token that only ever grows, released or not', async () => {
    using dir = stateDir()
    const { process } = machine()
    const tokens: number[] = []
    for (const pid of [1, 2, 3]) {
      const locks = process(dir, pid)
      tokens.push((await locks.acquire(`r${pid}`, 'anna', ['es:a'], at)).fencing)
      await locks.release(`r${pid}`)
    }
    expect(tokens).to.deep.equal([1, 2, 3])
  })

  it('of a dead process go to the next process of the same run, and to no other run', async () => {
    using dir = stateDir()
    const { process, gone } = machine()
    await process(dir, 1).acquire('r1', 'anna', ['es:a'], at)
    gone(1)
    const error = await errorOf(process(dir, 2).acquire('r2', 'bert', ['es:a'], at))
    expect(error).to.include({ code: 'LOCK_HELD' })
    expect(error.message).to.contain('whose process is gone')
    expect(error.hint).to.match(/ops resume r1.*ops abort r1/)
    expect(await process(dir, 3).acquire('r1', 'anna', ['es:a'], at)).to.deep.equal({ fencing: 2 })
  })

  it('of a live process are not taken over even by its own run', async () => {
    using dir = stateDir()
    const { process } = machine()
    await process(dir, 1).acquire('r1', 'anna', ['es:a'], at)
    expect(await errorOf(process(dir, 2).acquire('r1', 'anna', ['es:a'], at))).to.include({
      code: 'LOCK_HELD',
    })
  })

  it('of a process whose number another one has now are orphans', async () => {
    using dir = stateDir()
    const { process, reuse } = machine()
    const locks = process(dir, 1)
    await locks.acquire('r1', 'anna', ['es:a'], at)
    expect((await locks.held(at))[0]?.state).to.equal('live')
    reuse(1)
    expect((await locks.held(at))[0]?.state).to.equal('orphan')
  })

  it('of another machine live for a minute after their last heartbeat', async () => {
    using dir = stateDir()
    const there = machine('bastion02').process(dir, 1)
    const { fencing } = await there.acquire('r1', 'anna', ['es:a'], at)
    const here = machine().process(dir, 1, 'other')
    expect((await here.held(later(60)))[0]?.state).to.equal('live')
    expect((await here.held(later(61)))[0]?.state).to.equal('orphan')
    await there.heartbeat('r1', fencing, later(50))
    expect((await here.held(later(61)))[0]?.state).to.equal('live')
  })

  it('that were taken over are lost to the old holder, who learns it from its next heartbeat', async () => {
    using dir = stateDir()
    const { process, gone } = machine()
    const old = process(dir, 1)
    const { fencing } = await old.acquire('r1', 'anna', ['es:a'], at)
    gone(1)
    const next = process(dir, 2)
    const taken = await next.acquire('r1', 'anna', ['es:a'], at)
    expect(await errorOf(old.heartbeat('r1', fencing, at))).to.include({ code: 'LOCK_LOST', exitCode: 4 })
    expect(await errorOf(next.heartbeat('r1', taken.fencing, at))).to.equal(null)
  })

  it('are free again once released', async () => {
    using dir = stateDir()
    const { process } = machine()
    const one = process(dir, 1)
    const { fencing } = await one.acquire('r1', 'anna', ['es:a'], at)
    await one.release('r1')
    expect(await errorOf(one.heartbeat('r1', fencing, at))).to.include({ code: 'LOCK_LOST' })
    expect(await errorOf(process(dir, 2).acquire('r2', 'bert', ['es:a'], at))).to.equal(null)
  })

  it('go to exactly one of several processes that ask at the same time', async () => {
    using dir = stateDir()
    const src = join(import.meta.dirname, '../../../../src/adapters')
    const program = `
      import { SqliteLocks } from '${src}/sqlite/locks.ts'
      import { systemProcesses } from '${src}/system/processes.ts'
      const locks = new SqliteLocks('${dir.path}', systemProcesses)
      const run = 'r' + process.pid
      const won = await locks.acquire(run, 'anna', ['es:a'], new Date()).then(() => 'won', ({ code }) => code)
      console.log(won)
      await new Promise(resolve => process.stdin.on('end', resolve).resume())`
    const racers = [1, 2, 3].map(() =>
      execa(process.execPath, ['--input-type=module-typescript', '-e', program], {
        env: { NODE_NO_WARNINGS: '1' },
      }),
    )
    const answers = await Promise.all(
      racers.map(
        racer =>
          new Promise<string>(resolve => racer.stdout.once('data', data => resolve(String(data).trim()))),
      ),
    )
    for (const racer of racers) racer.stdin.end()
    await Promise.all(racers)
    expect(answers.sort()).to.deep.equal(['LOCK_HELD', 'LOCK_HELD', 'won'])
    const held = await new SqliteLocks(dir.path, systemProcesses, dir.open()).held(new Date())
    expect(held.map(({ state }) => state)).to.deep.equal(['orphan'])
  })

  it('tell a live process of this machine from a dead one', async () => {
    expect(systemProcesses.startOf(process.pid)).to.match(/^\d+$/)
    const child = execa('sleep', ['0'])
    await child
    expect(systemProcesses.startOf(child.pid ?? 0)).to.equal(null)
  })
})
