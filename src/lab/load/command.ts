// `ops lab load` in its five forms: write here, write in the background, stop, say how it goes, verify.
import { spawn } from 'node:child_process'
import { mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { dailyIndex, sources } from '../elasticsearch/content.ts'
import { readLogTail } from '../logs.ts'
import { waitFor } from '../wait.ts'
import { claimLoad, findLoad, stopLoad } from './control.ts'
import { loadFiles } from './files.ts'
import type { RateLine } from './rates.ts'
import { renderSummary, summariseLoad } from './summary.ts'
import { type LoadTarget, requireTarget } from './target.ts'
import { renderVerdict } from './verdict.ts'
import { explainViolation, verifyLoad } from './verify.ts'
import { writeLoad } from './write.ts'

export interface LoadOptions {
  readonly stateDir: string
  readonly rate: number
  readonly seconds?: number
  readonly name: string
  readonly index?: string
  readonly detach?: boolean
  readonly stop?: boolean
  readonly status?: boolean
  readonly verify?: boolean
  talk(line: string): void
}

export interface LoadAnswer {
  readonly value: object
  readonly text: string
  /** What to end with once the answer has been printed. */
  readonly failure?: OpsError
}

export async function runLoadCommand(options: LoadOptions): Promise<LoadAnswer> {
  const { name } = options
  const lab = requireTarget(options.stateDir)
  const forms = (['detach', 'stop', 'status', 'verify'] as const).filter(form => options[form])
  if (forms.length > 1) {
    throw new OpsError('USAGE', {
      message: `--${forms[0]} and --${forms[1]} are two things`,
      hint: 'one at a time',
    })
  }
  if (!(options.rate > 0)) throw new OpsError('USAGE', { message: '--rate must be more than 0' })
  if (options.verify) return verify(lab, options)
  if (options.stop) await stopLoad(lab.paths, name)
  else if (options.detach) await startInBackground(lab, options)
  else if (!options.status) await writeHere(lab, options)
  return tell(lab, name)
}

async function verify(lab: LoadTarget, { name, talk }: LoadOptions): Promise<LoadAnswer> {
  const verdict = await verifyLoad(lab, name, talk)
  const answer = { value: verdict, text: renderVerdict(verdict) }
  return verdict.verdict === 'violated' ? { ...answer, failure: explainViolation(verdict, name) } : answer
}

async function writeHere(lab: LoadTarget, { rate, seconds, name, index, talk }: LoadOptions): Promise<void> {
  const files = loadFiles(lab.paths, name)
  const release = claimLoad(lab.paths, name)
  const end = new AbortController()
  const stop = () => end.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const indices = index?.split(',') ?? sources.map(source => dailyIndex(source, new Date()))
  const onSecond = everyFifth((line: RateLine) =>
    talk(`${line.ok} ok/s, p99 ${line.p99Ms ?? '-'} ms${renderTrouble(line)}`),
  )
  try {
    await writeLoad(lab, { files, ratePerSecond: rate, seconds, indices, signal: end.signal, onSecond })
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    release()
  }
}

const renderTrouble = ({ failed, unknown, retried }: RateLine): string =>
  failed + unknown + retried === 0 ? '' : `, ${failed} failed, ${unknown} unknown, ${retried} retried`

function everyFifth<T>(work: (value: T) => void): (value: T) => void {
  let count = 0
  return value => {
    if (++count % 5 === 0) work(value)
  }
}

/** A process of its own, which claims the name itself. */
async function startInBackground(
  lab: LoadTarget,
  { stateDir, rate, seconds, name, index }: LoadOptions,
): Promise<void> {
  claimLoad(lab.paths, name)()
  const { output } = loadFiles(lab.paths, name)
  mkdirSync(lab.paths.ledger, { recursive: true })
  const log = openSync(output, 'a', 0o644)
  const main = join(import.meta.dirname, 'background.ts')
  const options = JSON.stringify({ stateDir, rate, seconds, name, index })
  const child = spawn(process.execPath, [main, options], { detached: true, stdio: ['ignore', log, log] })
  child.unref()
  const failed = () =>
    new OpsError('LAB_FAILED', {
      message: `the load did not start: ${readLogTail(output)}`,
      hint: `look at ${output}`,
    })
  await waitFor({
    stallMs: 15_000,
    everyMs: 50,
    look: async () => {
      if (findLoad(lab.paths, name)?.pid === child.pid) return { result: true }
      if (child.exitCode !== null) throw failed()
      return { progress: 'starting' }
    },
    onStall: failed,
  })
}

function tell(lab: LoadTarget, name: string): LoadAnswer {
  const summary = summariseLoad(lab.paths, name)
  return { value: summary, text: renderSummary(summary) }
}
