// `./ops` as a real process, as an operator types it: on one state directory, read record by record, killed where wanted.
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'

const ownCommand = resolve(import.meta.dirname, '../../../ops')

export interface OpsRecord {
  readonly type: string
  readonly run: string
  readonly [field: string]: unknown
}

export interface OpsEnd {
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly records: readonly OpsRecord[]
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. `killAt` ends it with SIGKILL as soon as a record matches. */
export type OpsProcess = (args: readonly string[], killAt?: (record: OpsRecord) => boolean) => Promise<OpsEnd>

/** `actor` is who types; without it the user of this process. `command` is that of another checkout. */
export function opsOn(
  stateDir: string,
  inventory?: string,
  actor?: string,
  command: string = ownCommand,
): OpsProcess {
  const options = ['--state', stateDir, ...(inventory === undefined ? [] : ['-i', inventory])]
  return async (args, killAt) => {
    const child = execa(command, [...options, ...args], {
      reject: false,
      stdin: 'ignore',
      env: {
        OPS_INVENTORY: undefined,
        OPS_STATE: undefined,
        ...(actor === undefined ? {} : { OPS_ACTOR: actor }),
      },
    })
    const records: OpsRecord[] = []
    if (args.includes('--json')) {
      createInterface({ input: child.stdout }).on('line', line => {
        const record = JSON.parse(line) as OpsRecord
        records.push(record)
        if (killAt?.(record)) child.kill('SIGKILL')
      })
    }
    const { exitCode, signal, stdout, stderr } = await child
    return { exitCode, signal, records, stdout, stderr }
  }
}

/** What went wrong, for the message of an expectation: the refusals, and what was said at the end. */
export function tellEnd({ records, stderr }: OpsEnd): string {
  const refusals = records
    .filter(({ type }) => type === 'gate.refused')
    .map(({ gate, evidence }) => `${gate}: ${evidence}`)
  return [...refusals, JSON.stringify(records.at(-1) ?? null), stderr].join('\n')
}
