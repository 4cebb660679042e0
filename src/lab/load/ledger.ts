// The ledger of a load: one line before a batch is sent, one for what became of each document. A line is in the file before
// anything is counted, so that a load killed at any moment has claimed nothing it cannot show.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'

export type Outcome = 'ok' | 'fail' | 'unknown'

const sentLine = z.object({
  type: z.literal('sent'),
  at: z.string(),
  /** Where to: an index, or a topic. */
  index: z.string(),
  ids: z.array(z.string()),
})
const outcomeLine = z.object({
  type: z.enum(['ok', 'fail', 'unknown']),
  id: z.string(),
  /** When it should have been sent, and when the client knew what became of it. */
  at: z.string(),
  doneAt: z.string(),
  ms: z.number(),
  attempts: z.number(),
  endpoint: z.string(),
  via: z.enum(['created', 'conflict']).optional(),
  reason: z.string().optional(),
  /** Where in its topic a broker says that it has put it. */
  partition: z.number().optional(),
  offset: z.number().optional(),
})
const ledgerLine = z.union([outcomeLine, sentLine])
export type SentLine = z.infer<typeof sentLine>
export type OutcomeLine = z.infer<typeof outcomeLine>

export interface LedgerWriter extends Disposable {
  append(lines: readonly (SentLine | OutcomeLine | object)[]): void
}

/** A writer of JSON lines, each call one write to the end of the file. */
export function openLines(file: string): LedgerWriter {
  mkdirSync(dirname(file), { recursive: true })
  cutTornEnd(file)
  const descriptor = openSync(file, 'a', 0o644)
  return {
    append: lines => {
      writeSync(descriptor, lines.map(line => `${JSON.stringify(line)}\n`).join(''))
    },
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

/** Half a line, at which an earlier writer was killed, counted for nothing; what follows must not be glued to it. */
function cutTornEnd(file: string): void {
  if (!existsSync(file)) return
  const bytes = readFileSync(file)
  const whole = bytes.lastIndexOf('\n') + 1
  if (whole < bytes.length) truncateSync(file, whole)
}

export interface LedgerEntry {
  readonly outcome: Outcome
  readonly index: string
  readonly ms?: number
  readonly attempts?: number
  /** When it should have been sent. */
  readonly at?: string
  readonly partition?: number | undefined
  readonly offset?: number | undefined
}

/** Every id that was ever sent. One whose end was never written down is unknown. */
export function readLedger(file: string): ReadonlyMap<string, LedgerEntry> {
  if (!existsSync(file)) {
    throw new OpsError('USAGE', {
      message: `there is no ledger ${file}`,
      hint: 'ops lab load --seconds 30 writes one',
    })
  }
  return parseLedger(readFileSync(file, 'utf8'), file)
}

export function parseLedger(text: string, file = 'ledger'): ReadonlyMap<string, LedgerEntry> {
  const entries = new Map<string, LedgerEntry>()
  const lines = text.split('\n')
  lines.pop() // empty, or the half of a line at which a killed load broke off
  for (const [at, line] of lines.entries()) {
    const parsed = ledgerLine.safeParse(parseJson(line))
    if (!parsed.success) {
      throw new OpsError('LAB_FAILED', { message: `${file}: line ${at + 1} is no line of a ledger` })
    }
    take(entries, parsed.data)
  }
  return entries
}

function take(entries: Map<string, LedgerEntry>, line: SentLine | OutcomeLine): void {
  if (line.type === 'sent') {
    for (const id of line.ids) entries.set(id, { outcome: 'unknown', index: line.index, at: line.at })
    return
  }
  const { id, at, ms, attempts, partition, offset, type: outcome } = line
  entries.set(id, { outcome, index: entries.get(id)?.index ?? '', at, ms, attempts, partition, offset })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
