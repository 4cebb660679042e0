// How long `./ops --help` takes and how much memory it needs: what an operator waits for at every command. Run it with
// `node bench/startup.ts`; it exits 1 where a bar is missed.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const bars = { wallMs: 400, rssMiB: 150 }
const times = 10
const ops = join(import.meta.dirname, '..', 'ops')

interface Measured {
  readonly wallMs: number
  readonly rssMiB: number
}

// The first one fills the compile cache, as the first command of a checkout does.
const first = await measure()
const runs: Measured[] = []
for (let at = 0; at < times; at++) runs.push(await measure())
const wallMs = median(runs.map(run => run.wallMs))
const rssMiB = Math.max(...runs.map(run => run.rssMiB))
console.table({
  'first, wall ms': first.wallMs,
  [`median of ${times}, wall ms`]: wallMs,
  'most memory, MiB': rssMiB,
})
const missed = [
  ...(wallMs < bars.wallMs ? [] : [`wall is not under ${bars.wallMs} ms`]),
  ...(rssMiB < bars.rssMiB ? [] : [`memory is not under ${bars.rssMiB} MiB`]),
]
for (const line of missed) console.log(`missed: ${line}`)
process.exitCode = missed.length > 0 ? 1 : 0

/** The kernel's own high-water mark of the process, read until it is gone; `ops` replaces its shell, so the pid stays. */
function measure(): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const begunMs = performance.now()
    const child = spawn(ops, ['--help'], { stdio: ['ignore', 'ignore', 'inherit'] })
    let rssMiB = 0
    const look = setInterval(() => {
      rssMiB = Math.max(rssMiB, highWaterMiB(child.pid))
    }, 5)
    child.on('error', reject)
    child.on('close', code => {
      clearInterval(look)
      if (code !== 0) reject(new Error(`ops --help ended with ${code}`))
      else resolve({ wallMs: Math.round(performance.now() - begunMs), rssMiB: Math.round(rssMiB) })
    })
  })
}

function highWaterMiB(pid: number | undefined): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return Number(kib ?? 0) / 1024
  } catch {
    return 0
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
