// `ops lab load` in its five forms: write here, write in the background, stop, say how it goes, verify; on Elasticsearch, or with
// `kafka` on Kafka.
import { spawn } from 'node:child_process'
import { mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OpsError } from '../../errors/index.ts'
import { readLogTail } from '../logs.ts'
import type { LabPaths } from '../paths.ts'
import { quietNode } from '../process/program.ts'
import { waitFor } from '../wait.ts'
import { claimLoad, findLoad, stopLoad } from './control.ts'
import { type LoadFiles, loadFiles } from './files.ts'
import type { Pace } from './pace.ts'
import type { RateLine } from './rates.ts'
import { renderSummary, summariseLoad } from './summary.ts'

export interface LoadOptions {
  readonly stateDir: string
  readonly rate: number
  readonly seconds?: number
  readonly name: string
  readonly index?: string
  readonly kafka?: boolean
  readonly topic?: string
  readonly keyed?: boolean
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

/** What a load writes to, and how its ledger is held against it. */
export interface LoadKind {
  readonly paths: LabPaths
  write(request: WriteOrder): Promise<void>
  verify(name: string, talk: LoadOptions['talk']): Promise<LoadAnswer>
}
export interface WriteOrder extends Pick<Pace, 'seconds' | 'signal' | 'onSecond'> {
  readonly files: LoadFiles
  readonly ratePerSecond: number
}

export async function runLoadCommand(options: LoadOptions): Promise<LoadAnswer> {
  const { name } = options
  const kind = await chooseKind(options)
  const forms = (['detach', 'stop', 'status', 'verify'] as const).filter(form => options[form])
  if (forms.length > 1) {
    throw new OpsError('USAGE', {
      message: `--${forms[0]} and --${forms[1]} are two things`,
      hint: 'one at a time',
    })
  }
  if (!(options.rate > 0)) throw new OpsError('USAGE', { message: '--rate must be more than 0' })
  if (options.verify) return kind.verify(name, options.talk)
  if (options.stop) await stopLoad(kind.paths, name)
  else if (options.detach) await startInBackground(kind, options)
  else if (!options.status) await writeHere(kind, options)
  return tell(kind, name)
}

/** The client of the one is not loaded for the other. */
async function chooseKind(options: LoadOptions): Promise<LoadKind> {
  if (options.kafka) return (await import('./kafka/kind.ts')).kafkaKind(options)
  return (await import('./elasticsearch-kind.ts')).elasticsearchKind(options)
}

async function writeHere(kind: LoadKind, { rate, seconds, name, talk }: LoadOptions): Promise<void> {
  const files = loadFiles(kind.paths, name)
  const release = claimLoad(kind.paths, name)
  const end = new AbortController()
  const stop = () => end.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  const onSecond = everyFifth((line: RateLine) =>
    talk(`${line.ok} ok/s, p99 ${line.p99Ms ?? '-'} ms${renderTrouble(line)}`),
  )
  try {
    await kind.write({ files, ratePerSecond: rate, seconds, signal: end.signal, onSecond })
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

/** A process of its own, which claims the name itself. Returns once it sends: a server that goes away before that would be its end. */
async function startInBackground(
  kind: LoadKind,
  { talk: _, detach: __, ...options }: LoadOptions,
): Promise<void> {
  const { name } = options
  claimLoad(kind.paths, name)()
  const { output, ledger } = loadFiles(kind.paths, name)
  mkdirSync(kind.paths.ledger, { recursive: true })
  const sentBefore = sizeOf(ledger)
  const log = openSync(output, 'a', 0o644)
  const main = join(import.meta.dirname, 'background.ts')
  const [node = '', ...flags] = quietNode
  const child = spawn(node, [...flags, main, JSON.stringify(options)], {
    detached: true,
    stdio: ['ignore', log, log],
  })
  child.unref()
  const failed = () =>
    new OpsError('LAB_FAILED', {
      message: `the load did not start: ${readLogTail(output)}`,
      hint: `look at ${output}`,
    })
  await waitFor({
    stallMs: 60_000,
    everyMs: 50,
    look: async () => {
      if (sizeOf(ledger) > sentBefore) return { result: true }
      if (child.exitCode !== null) throw failed()
      return { progress: findLoad(kind.paths, name)?.pid === child.pid ? 'connecting' : 'starting' }
    },
    onStall: failed,
  })
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0

function tell({ paths }: LoadKind, name: string): LoadAnswer {
  const summary = summariseLoad(paths, name)
  return { value: summary, text: renderSummary(summary) }
}
