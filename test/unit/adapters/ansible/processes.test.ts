import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { endProcesses, findProcesses } from '../../../../src/adapters/ansible/processes.ts'
import { readProcess } from '../../../../src/lab/process/identity.ts'

const timings = { interruptMs: 300, terminateMs: 300, pollMs: 20 }
let number = 0

/** Starts a shell with a mark of its own and waits until it and those below it have said so many lines. */
async function start(
  script: string,
  lines: number,
): Promise<{ mark: string; pid: number; said: readonly string[] }> {
  number += 1
  const id = `${process.pid}-${number}`
  const child = spawn('sh', ['-c', script], {
    env: { PATH: process.env.PATH, OPS_TEST_MARK: id },
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const said: string[] = []
  await new Promise<void>(resolve => {
    createInterface({ input: child.stdout }).on('line', line => {
      if (said.push(line) === lines) resolve()
    })
  })
  return { mark: `OPS_TEST_MARK=${id}`, pid: child.pid ?? 0, said }
}

describe('the processes of a play', () => {
  it('are all ended, those in sessions of their own and those that ignore signals too', async () => {
    const { mark, pid } = await start(
      'trap "" INT TERM; setsid sh -c "trap \\"\\" TERM; echo deaf; sleep 60" & env -u OPS_TEST_MARK sleep 60 & echo ready; wait; sleep 60',
      2,
    )
    expect(findProcesses(mark, pid).length).to.be.greaterThan(2)
    expect(await endProcesses(mark, pid, timings)).to.deep.equal([])
    expect(findProcesses(mark, pid)).to.deep.equal([])
  })

  it('do not include what carries OPS_DETACHED, nor its children', async () => {
    const { mark, pid, said } = await start(
      "OPS_DETACHED=1 setsid sh -c 'echo $$; sleep 61 & echo $!; wait' & wait",
      2,
    )
    const detached = said.map(Number)
    const before = findProcesses(mark, pid).map(one => one.pid)
    await endProcesses(mark, pid, timings)
    for (const one of detached) {
      expect(before).not.to.include(one)
      expect(readProcess(one), `process ${one}`).to.not.equal(undefined)
    }
    for (const one of detached) process.kill(one)
  })

  it('are none where nothing carries the mark', () => {
    expect(findProcesses('OPS_TEST_MARK=nobody')).to.deep.equal([])
  })
})
