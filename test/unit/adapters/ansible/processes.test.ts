import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { endProcesses, findProcesses } from '../../../../src/adapters/ansible/processes.ts'

const timings = { interruptMs: 300, terminateMs: 300, pollMs: 20 }
let number = 0

/** Starts a shell with a mark of its own and waits until it says that it is ready. */
async function start(script: string): Promise<{ mark: string; pid: number }> {
  number += 1
  const id = `${process.pid}-${number}`
  const child = spawn('sh', ['-c', `${script}`], {
    env: { PATH: process.env.PATH, OPS_TEST_MARK: id },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise(resolve => child.stdout.once('data', resolve))
  return { mark: `OPS_TEST_MARK=${id}`, pid: child.pid ?? 0 }
}

describe('the processes of a play', () => {
  it('are all ended, those in sessions of their own and those that ignore signals too', async () => {
    const { mark, pid } = await start(
      'trap "" INT TERM; setsid sh -c "trap \\"\\" TERM; sleep 60" & env -u OPS_TEST_MARK sleep 60 & echo ready; wait; sleep 60',
    )
    await sleep(100)
    expect(findProcesses(mark, pid).length).to.be.greaterThan(2)
    expect(await endProcesses(mark, pid, timings)).to.deep.equal([])
    expect(findProcesses(mark, pid)).to.deep.equal([])
  })

  it('do not include what carries OPS_DETACHED, nor its children', async () => {
    const { mark, pid } = await start('OPS_DETACHED=1 setsid sh -c "sleep 61 & echo ready; wait" & wait')
    const before = findProcesses(mark, pid).map(one => one.pid)
    await endProcesses(mark, pid, timings)
    const left = spawn('pgrep', ['-f', '^sleep 61$'])
    const text = await new Promise<string>(resolve => left.stdout.once('data', data => resolve(String(data))))
    const survivors = text.trim().split('\n').map(Number)
    expect(survivors).to.have.length(1)
    expect(before).not.to.include(survivors[0])
    for (const one of survivors) process.kill(one)
  })

  it('are none where nothing carries the mark', () => {
    expect(findProcesses('OPS_TEST_MARK=nobody')).to.deep.equal([])
  })
})
