// Which processes there are, with their names and parents, as /proc says. Reads only.
import { readdirSync, readFileSync } from 'node:fs'

export interface RunningProcess {
  readonly pid: number
  readonly parent: number
  /** The name of its program, at most 15 characters. */
  readonly name: string
}

export const listProcesses = (): readonly RunningProcess[] =>
  readdirSync('/proc')
    .filter(entry => /^\d+$/.test(entry))
    .flatMap(pid => readRunning(Number(pid)) ?? [])

export function readRunning(pid: number): RunningProcess | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const end = text.lastIndexOf(')')
    const parent = Number(text.slice(end + 2).split(' ')[1])
    return { pid, parent, name: text.slice(text.indexOf('(') + 1, end) }
  } catch {
    return undefined // ended meanwhile
  }
}
