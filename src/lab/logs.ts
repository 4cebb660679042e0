// What a node said last, in one line that a person can use.
import { closeSync, openSync, readSync, statSync } from 'node:fs'

const tailBytes = 8192

/** The line of a node's output that tells most about its end: the last cause, error or complaint, else the last line. */
export function readLogTail(file: string): string {
  return tellingLine(readTail(file))
}

export function tellingLine(text: string): string {
  const lines = text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('at ') && !line.startsWith('...'))
  const causes = lines.filter(line =>
    /^(Caused by|Likely root cause)|Exception: |Error: |\[ERROR\]/.test(line),
  )
  return (causes.at(-1) ?? lines.at(-1) ?? 'it said nothing').slice(0, 400)
}

function readTail(file: string): string {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return ''
  const descriptor = openSync(file, 'r')
  try {
    const buffer = Buffer.alloc(Math.min(size, tailBytes))
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8')
  } finally {
    closeSync(descriptor)
  }
}
