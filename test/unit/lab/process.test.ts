import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import { OpsError } from '../../../src/errors/index.ts'
import { findMarked, identify, readIdentified, signalGroup } from '../../../src/lab/process/identity.ts'
import { withLock } from '../../../src/lab/process/lock.ts'
import { isOpen, listenersIn, whoListens } from '../../../src/lab/process/ports.ts'
import { requireTools } from '../../../src/lab/process/tools.ts'
import { waitFor } from '../../../src/lab/wait.ts'
import { makeDirectory } from './fake-lab.ts'

describe('process identity', () => {
  it('knows a process by more than its id', () => {
    const own = identify(process.pid)
    if (!own) throw new Error('this process is there')
    expect(readIdentified(own)).to.include({ startTicks: own.startTicks })
    expect(readIdentified({ ...own, startTicks: own.startTicks + 1 })).to.equal(undefined)
    expect(readIdentified({ ...own, bootId: 'another boot' })).to.equal(undefined)
  })

  it('never signals a process that has taken over the id', () => {
    const own = identify(process.pid)
    if (!own) throw new Error('this process is there')
    expect(signalGroup({ ...own, startTicks: own.startTicks - 1 }, 'SIGKILL')).to.equal(false)
  })

  it('finds a process by its mark, and an ended one not at all', async () => {
    const mark = `test-${process.pid}`
    const child = spawn('sleep', ['60'], { detached: true, env: { OPS_LAB_TEST: mark } })
    await once(child, 'spawn')
    // While it takes up its program it has no environment for a moment.
    const found = await waitFor({
      stallMs: 20_000,
      everyMs: 10,
      look: async () => {
        const [one] = findMarked('OPS_LAB_TEST', mark)
        return one ? { result: one } : { progress: 'not there' }
      },
      onStall: () => new OpsError('STALLED', { message: 'it is not found by its mark' }),
    })
    expect(found.pid).to.equal(child.pid)
    expect(findMarked('OPS_LAB_TEST', mark.slice(0, -1))).to.deep.equal([])
    signalGroup(found, 'SIGKILL')
    await once(child, 'exit')
    expect(findMarked('OPS_LAB_TEST', mark)).to.deep.equal([])
  })
})

describe('the lab lock', () => {
  it('lets one in at a time, and the next when the first is done', async () => {
    using directory = makeDirectory()
    const file = join(directory.path, 'lock')
    const order: string[] = []
    await Promise.all(
      ['a', 'b'].map(name =>
        withLock(file, 5000, async () => {
          order.push(`${name} in`)
          await new Promise(resolve => setTimeout(resolve, 80))
          order.push(`${name} out`)
        }),
      ),
    )
    expect(order).to.have.length(4)
    expect(order[0]?.slice(0, 1)).to.equal(order[1]?.slice(0, 1))
    expect(existsSync(file)).to.equal(false)
  })

  it('passes over a holder that has died', async () => {
    using directory = makeDirectory()
    const file = join(directory.path, 'lock')
    writeFileSync(file, JSON.stringify({ ...identify(process.pid), startTicks: 1 }))
    expect(await withLock(file, 500, async () => 'in')).to.equal('in')
  })

  it('names a live holder when the wait is over', async () => {
    using directory = makeDirectory()
    const file = join(directory.path, 'lock')
    writeFileSync(file, JSON.stringify(identify(process.pid)))
    const error = await withLock(file, 100, async () => 'in').catch(thrown => thrown as OpsError)
    expect(error).to.have.property('code', 'LAB_FAILED')
    expect(error).to.have.property('message').that.includes(String(process.pid))
  })
})

describe('ports', () => {
  it('says whether an address is open, and which process has it', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    expect(await isOpen('127.0.0.1', port)).to.equal(true)
    expect(whoListens('127.0.0.1', port)).to.include(`process ${process.pid}`)
    server.close()
    await once(server, 'close')
    expect(await isOpen('127.0.0.1', port)).to.equal(false)
  })

  it('reads the tables of the kernel: own address, every address, mapped addresses, but no other', () => {
    const line = (local: string, state: string, inode: number) =>
      `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1`
    const table = [
      line('0B01007F:23F0', '0A', 1),
      line('00000000:23F0', '0A', 2),
      line('0000000000000000FFFF00000B01007F:23F0', '0A', 3),
      line('0C01007F:23F0', '0A', 4),
      line('0B01007F:23F0', '01', 5),
      line('0B01007F:23F1', '0A', 6),
    ].join('\n')
    expect(listenersIn(table, '127.0.1.11', 9200)).to.deep.equal(['1', '2', '3'])
  })
})

describe('tools', () => {
  it('names the package that brings what is missing, in one line', () => {
    expect(() => requireTools(['javac', 'mvn', 'bash'], '/nowhere'))
      .to.throw('not installed: javac, mvn, bash')
      .with.property('hint', 'apt-get install openjdk-17-jdk-headless maven bash')
  })

  it('is content when all are there', () => {
    requireTools(['bash'])
  })
})
