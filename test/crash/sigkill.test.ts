// SIGKILL of a real process at every journal record of a rolling restart; another process carries it on. The cluster is
// a fake that lives in a file; journal, locks and the kill are real.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { openState } from '../../src/adapters/sqlite/database.ts'
import { SqliteLocks } from '../../src/adapters/sqlite/locks.ts'
import { systemProcesses } from '../../src/adapters/system/processes.ts'
import { FakeCluster, type FakeState } from '../support/fake-cluster/fake-cluster.ts'
import { temporaryThings } from '../support/fake-world/restart.ts'
import { WorldClock } from '../support/fake-world/world-clock.ts'

const program = join(import.meta.dirname, 'ops-on-fakes.ts')
const atOnce = 2
/** Hundreds of processes run the same code. */
const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'ops-crash-compiled') }

describe('a process of ops killed by SIGKILL', function () {
  this.timeout(600_000)

  it('right before or right after any journal record leaves a run that another process can resume', () =>
    killEverywhere('resume', ['before', 'after']))

  it('right after any journal record leaves a run that another process can abort', () =>
    killEverywhere('abort', ['after']))
})

async function killEverywhere(mode: 'resume' | 'abort', moments: readonly string[]): Promise<void> {
  const { records } = await inState(state => finish(state, 'start'))
  const cuts = Array.from({ length: records }, (_, at) => moments.map(when => ({ when, record: at + 1 })))
  const failures: string[] = []
  await eachAtOnce(cuts.flat(), async ({ when, record }) => {
    const killed = inState(state => killAndCarryOn(state, mode, when, String(record)))
    await killed.catch(thrown => failures.push(`killed ${when} record ${record}: ${thrown.message}`))
  })
  expect(failures).to.deep.equal([])
}

async function killAndCarryOn(
  state: string,
  mode: 'resume' | 'abort',
  when: string,
  record: string,
): Promise<void> {
  const before = temporaryThings(clusterIn(state).state)
  const first = await execa(process.execPath, [program, state, 'start', when, record], { env, reject: false })
  expect(first.signal, first.stderr).to.equal('SIGKILL')
  const outcome = await finish(state, mode)
  const cluster = clusterIn(state)
  expect(cluster.violations, 'violations').to.deep.equal([])
  expect(cluster.lostWrites(), 'lost writes').to.equal(0)
  expect(temporaryThings(cluster.state), 'settings').to.equal(before)
  expect(await heldIn(state), 'locks').to.deep.equal([])
  expect(
    cluster.state.nodes.every(({ joined }) => joined),
    'all nodes are there',
  ).to.equal(true)
  const starts = cluster.state.nodes.map(({ starts }) => starts)
  if (outcome.end === 'succeeded') expect(starts).to.deep.equal(starts.map(() => 1))
  else expect(Math.max(...starts)).to.be.at.most(1)
}

/** Starts or carries on to the end. A run that had ended before its process was killed needs nothing more. */
async function finish(state: string, mode: string): Promise<{ end: string; records: number }> {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [program, state, mode], {
    env,
    reject: false,
  })
  if (stderr.includes("code: 'RUN_ENDED'")) return { end: 'succeeded', records: 0 }
  expect(exitCode, stderr).to.equal(0)
  const { end, records } = JSON.parse(stdout)
  expect(end.outcome).to.be.oneOf(mode === 'abort' ? ['aborted', 'succeeded'] : ['succeeded'])
  return { end: end.outcome, records }
}

async function inState<T>(act: (state: string) => Promise<T>): Promise<T> {
  const state = mkdtempSync(join(tmpdir(), 'ops-crash-'))
  try {
    const cluster = FakeCluster.create(new WorldClock(), { layout: 'small' })
    writeFileSync(join(state, 'cluster.json'), JSON.stringify(cluster))
    return await act(state)
  } finally {
    rmSync(state, { recursive: true, force: true })
  }
}

function clusterIn(state: string): FakeCluster {
  const saved = JSON.parse(readFileSync(join(state, 'cluster.json'), 'utf8')) as FakeState
  return FakeCluster.from(saved, new WorldClock(saved.atMs))
}

async function heldIn(state: string): Promise<readonly string[]> {
  const files = openState(state)
  const held = await new SqliteLocks(state, systemProcesses, files).held(new Date())
  files.database.close()
  return held.map(({ name }) => name)
}

async function eachAtOnce<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}
