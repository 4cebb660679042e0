// What the passes of the offsite copy cost: wall clock of `ops run offsite-copy` against one bare `rclone sync` of the same repository to the
// same store in the same run, and how many bytes a second copy moves. `node bench/offsite-copy.ts [--mib 1500] [--bwlimit 40M]`: a small lab,
// two minutes, three times the size on disk; `--bwlimit off` takes the link away and measures the disk. It exits 1 where a bar is missed.
import { randomFillSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { execa } from 'execa'
import { takeDown } from '../src/lab/down.ts'
import { connect } from '../src/lab/elasticsearch/http.ts'
import { backupDir } from '../src/lab/paths.ts'
import { rcloneEnvironment } from '../src/lab/s3/rclone-environment.ts'
import type { Lab } from '../src/lab/state.ts'
import { bringUp } from '../src/lab/up.ts'

const bars = { wallClock: 1.15, secondCopy: 0.01 }
const blobMiB = 8
const { values } = parseArgs({
  options: { mib: { type: 'string', default: '1500' }, bwlimit: { type: 'string', default: '40M' } },
})
const limit = values.bwlimit === 'off' ? [] : ['--bwlimit', values.bwlimit]
const command = resolve(import.meta.dirname, '../ops')
const stateDir = mkdtempSync(join(tmpdir(), 'ops-bench-'))
// Servers run as another user.
await execa('chmod', ['755', stateDir])

try {
  const lab = await bringUp({
    ...{ stateDir, services: ['elasticsearch', 's3'], layout: 'small', net: '127.0.68' },
    talk: line => console.error(line),
  })
  await fillRepository(lab, Number(values.mib))
  const bareSeconds = await secondsOf(() => syncBare(lab))
  let first: Moved = { movedBytes: 0, bytes: 0 }
  const opsSeconds = await secondsOf(async () => {
    first = await copy()
  })
  const second = await copy()
  const ratio = opsSeconds / bareSeconds
  const again = second.movedBytes / second.bytes
  console.table({
    'MiB in the repository': Math.round(first.bytes / 2 ** 20),
    'limit of the link': values.bwlimit,
    'one bare rclone sync, s': round(bareSeconds),
    'ops run offsite-copy, s': round(opsSeconds),
    'wall clock, ops / bare': round(ratio),
    'bytes of a second copy, part of all': round(again),
  })
  const missed = [
    ...(ratio <= bars.wallClock ? [] : [`wall clock is more than ${bars.wallClock} of a bare sync's`]),
    ...(again < bars.secondCopy ? [] : ['a second copy moves 1 % of the bytes or more']),
  ]
  for (const line of missed) console.log(`missed: ${line}`)
  process.exitCode = missed.length > 0 ? 1 : 0
} finally {
  await takeDown(stateDir, () => {})
  rmSync(stateDir, { recursive: true, force: true })
}

interface Moved {
  readonly movedBytes: number
  readonly bytes: number
}

/** A real snapshot, and beside its own files as many of the usual size as were asked for: the store cannot tell them apart. */
async function fillRepository(lab: Lab, mib: number): Promise<void> {
  using elastic = connect(lab, 'elastic')
  await elastic.ask('PUT', '/_snapshot/elk_backup/bench?wait_for_completion=true', {
    include_global_state: false,
  })
  const directory = join(backupDir(lab.state.nodesRoot), 'indices', 'bench', '0')
  mkdirSync(directory, { recursive: true })
  const blob = Buffer.alloc(blobMiB * 2 ** 20)
  for (let at = 0; at < mib / blobMiB; at++) writeFileSync(join(directory, `__${at}`), randomFillSync(blob))
}

async function syncBare(lab: Lab): Promise<void> {
  const env = await rcloneEnvironment(lab)
  const words = ['sync', '--transfers', '8', '--checkers', '16', '--fast-list', ...limit]
  await execa('rclone', [...words, backupDir(lab.state.nodesRoot), 'store:elk-offsite/bare'], {
    ...{ env, extendEnv: false },
  })
}

async function copy(): Promise<Moved> {
  const { stdout } = await execa(command, [
    ...['--state', stateDir, '-i', 'inventory/embedded', '--json', 'run', 'offsite-copy', '--yes'],
    ...limit,
  ])
  const remark = stdout
    .split('\n')
    .map(line => JSON.parse(line))
    .findLast(({ type }) => type === 'remark')
  return { movedBytes: Number(remark.movedBytes), bytes: Number(remark.bytes) }
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return (performance.now() - begunMs) / 1000
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
