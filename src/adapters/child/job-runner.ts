// Jobs as child processes: `ops run ... --yes --json`, each in a process group of its own, so that a Ctrl-C at the terminal
// reaches the scheduler only. A child must never depend on its scheduler: it writes to no pipe, and outlives a scheduler that
// is killed.
import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JobEnd, JobRunner, RunningJob } from '../../ports/job-runner.ts'

export interface RunnerOptions {
  /** The program, and what stands before `run`: global options. */
  readonly command: readonly [string, ...string[]]
  /** Where the talk of the newest run of each job is kept. */
  readonly logDir: string
}

export function childRunner({ command: [program, ...globals], logDir }: RunnerOptions): JobRunner {
  return {
    start: ({ job, runbook, args, actor }): RunningJob => {
      mkdirSync(logDir, { recursive: true, mode: 0o700 })
      const log = join(logDir, `${job}.log`)
      const talk = openSync(log, 'w', 0o600)
      // A plain spawn: execa has no way to hand a file over without a pipe through this process.
      const child = spawn(program, [...globals, '--json', 'run', runbook, '--yes', ...args], {
        env: { ...process.env, OPS_ACTOR: actor },
        stdio: ['ignore', 'ignore', talk],
        detached: true,
      })
      closeSync(talk)
      const end = new Promise<JobEnd>(resolve => {
        child.once('error', ({ message }) => resolve({ exitCode: null, signal: null, said: message }))
        child.once('exit', (exitCode, signal) => resolve({ exitCode, signal, said: lastWords(log) }))
      })
      return {
        end,
        // SIGTERM is the gentle one however often it comes; SIGINT after it stops at once.
        askToEnd: () => child.kill('SIGTERM'),
        endNow: () => child.kill('SIGINT'),
      }
    },
    isAlive: actor => bearersOf(`OPS_ACTOR=${actor}`).length > 0,
  }
}

/** The message of the error that `ops --json` ends with, else its last line. */
function lastWords(log: string): string | null {
  let line: string | undefined
  try {
    line = readFileSync(log, 'utf8')
      .split('\n')
      .findLast(one => one.trim() !== '')
    const { error } = JSON.parse(line ?? '') as { error?: { message?: unknown } }
    if (typeof error?.message === 'string') return error.message
  } catch {
    // Not an error of ops, then.
  }
  return line?.trim() ?? null
}

/** Processes of this user that have this in their environment, without those that a run leaves running for good. */
function bearersOf(mark: string): readonly number[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0')
        return environment.includes(mark) && !environment.includes('OPS_DETACHED=1')
      } catch {
        return false
      }
    })
}
