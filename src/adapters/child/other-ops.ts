// Other processes of `ops`, on the same state directory and inventory, for a drill. Each is a child in a group of its own that
// outlives whoever began it; it is killed only by the process id that this process has started.
import { execa } from 'execa'
import type { Journal } from '../../ports/journal.ts'
import type { JsonObject } from '../../ports/json.ts'
import type { OtherOps, OtherRun } from '../../ports/other-ops.ts'

export interface OtherOpsOptions {
  /** The program and the global options. */
  readonly command: readonly [string, ...string[]]
  readonly journal: Pick<Journal, 'runs'>
}

export function otherOps({ command, journal }: OtherOpsOptions): OtherOps {
  return {
    run: (runbook, params, { killAfter, hear }) =>
      follow(command, ['run', runbook, '--yes', ...flagsOf(params)], killAfter, hear),
    resume: run => follow(command, ['resume', run], null, () => {}),
    begunSince: async (runbook, sinceMs) =>
      (await journal.runs())
        .filter(one => one.runbook === runbook && Date.parse(one.startedAt) >= sinceMs)
        .map(({ run, outcome }) => ({ run, outcome })),
  }
}

async function follow(
  [program, ...globals]: readonly [string, ...string[]],
  args: readonly string[],
  killAfter: number | null,
  hear: (run: string) => void,
): Promise<OtherRun> {
  const options = { stdin: 'ignore', buffer: false, reject: false, detached: true, cleanup: false } as const
  const child = execa(program, [...globals, '--json', ...args], options)
  let run: string | null = null
  let outcome: string | null = null
  let records = 0
  let left = Number.POSITIVE_INFINITY
  const read = async (): Promise<void> => {
    for await (const line of child.iterable({ from: 'stdout' })) {
      const record = parseRecord(String(line))
      if (record === null) continue
      records += 1
      if (run === null && typeof record.run === 'string') {
        run = record.run
        hear(run)
      }
      if (record.type === 'run.ended' && typeof record.outcome === 'string') outcome = record.outcome
      left -= 1
      if (record.type === 'lock.acquired') left = killAfter ?? left
      if (left <= 0) child.kill('SIGKILL')
    }
  }
  const [{ signal }] = await Promise.all([
    child,
    read().catch(() => {}),
    drain(child.iterable({ from: 'stderr' })),
  ])
  return { run, records, killed: signal === 'SIGKILL', outcome }
}

async function drain(lines: AsyncIterable<unknown>): Promise<void> {
  try {
    for await (const _line of lines);
  } catch {
    // It was killed.
  }
}

/** `{ rtoTarget: '1h' }` is `--rto-target 1h`. */
function flagsOf(params: JsonObject): readonly string[] {
  return Object.entries(params).flatMap(([name, value]) => {
    if (value === undefined || value === null || value === false) return []
    const flag = `--${name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
    return value === true ? [flag] : [flag, String(value)]
  })
}

function parseRecord(line: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null
  } catch {
    return null
  }
}
