// Ansible's human-readable output as a file: redacted line by line, bounded in line length and size.
import { createWriteStream } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

export interface RedactingLog {
  /** Takes bytes of one stream, which need not be UTF-8 nor whole lines. */
  write(stream: 'stdout' | 'stderr', chunk: Buffer): void
  /** The first line in which Ansible names an error, else the last that was not empty. */
  complaint(): string | null
  close(): Promise<void>
}

export interface LogLimits {
  readonly line: number
  readonly file: number
}

const usual: LogLimits = { line: 64 * 1024, file: 32 * 1024 * 1024 }

export function openLog(
  path: string,
  redact: (text: string) => string,
  limits: LogLimits = usual,
): RedactingLog {
  const file = createWriteStream(path, { mode: 0o600, flags: 'a' })
  // A full disk must not end the play; the journal will notice it.
  file.on('error', () => {})
  let written = 0
  let firstError: string | null = null
  let lastLine: string | null = null

  const writeLine = (raw: string): void => {
    const redacted = redact(raw)
    const text = redacted.length > limits.line ? `${redacted.slice(0, limits.line)} [line cut]` : redacted
    if (/^\[?(ERROR|FATAL)[\]!:]/i.test(text)) firstError ??= text
    if (text.trim() !== '') lastLine = text
    if (written > limits.file) return
    written += text.length + 1
    file.write(written > limits.file ? '[the rest of the output was left out]\n' : `${text}\n`)
  }
  const streams = {
    stdout: createLineCutter(writeLine, limits.line),
    stderr: createLineCutter(writeLine, limits.line),
  }
  return {
    write: (stream, chunk) => streams[stream].write(chunk),
    complaint: () => firstError ?? lastLine,
    close() {
      streams.stdout.end()
      streams.stderr.end()
      return new Promise(resolve => file.end(() => resolve()))
    },
  }
}

/**
 * Cuts bytes into lines. Of an endless line it keeps the beginning, with room to spare, so that a secret on the edge of
 * what is shown is still seen whole by the redactor.
 */
function createLineCutter(onLine: (line: string) => void, lineLimit: number) {
  const decoder = new StringDecoder('utf8')
  const keep = lineLimit * 2
  let rest = ''
  const take = (text: string): void => {
    const lines = (rest + text).split('\n')
    rest = (lines.pop() ?? '').slice(0, keep)
    for (const line of lines) onLine(line.slice(0, keep))
  }
  return {
    write: (chunk: Buffer) => take(decoder.write(chunk)),
    end() {
      take(decoder.end())
      if (rest !== '') onLine(rest)
      rest = ''
    },
  }
}
