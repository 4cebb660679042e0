// An error for people: what happened, its code, what to type next, and what caused it where that says more.
import type { OpsError } from '../../errors/index.ts'
import { harmless, type Paint, painter } from './paint.ts'

export function renderError(
  error: OpsError,
  { colour, verbose }: { readonly colour: boolean; readonly verbose: boolean },
): string {
  const paint = painter(colour)
  return [
    line(paint(['red', 'bold'], 'Error'), 'Error', error.message),
    line(paint('dim', 'Code'), 'Code', error.code),
    ...(error.hint === undefined ? [] : [line(paint('cyan', 'Try'), 'Try', error.hint)]),
    ...causes(error, verbose).map(cause => line(paint('dim', 'Caused by'), 'Caused by', cause)),
    ...(verbose ? stackOf(error, paint) : []),
  ].join('\n')
}

const labelWidth = 'Caused by'.length + 2

function line(painted: string, label: string, text: string): string {
  const rest = '\n'.padEnd(labelWidth + 1)
  return painted + ' '.repeat(labelWidth - label.length) + harmless(text).replaceAll('\n', rest)
}

/** The chain of causes: all of it when asked for, else those that say something that was not said before. */
function causes(error: OpsError, verbose: boolean): string[] {
  const said: string[] = [error.message]
  const seen = new Set<unknown>([error])
  for (let cause = error.cause; cause instanceof Error && !seen.has(cause); cause = cause.cause) {
    seen.add(cause)
    const { message } = cause
    if (verbose || (message !== '' && !said.some(one => one.includes(message)))) said.push(message)
  }
  return said.slice(1)
}

/** Where a bug of ours happened; any other error needs no stack. */
function stackOf({ code, cause, stack }: OpsError, paint: Paint): string[] {
  if (code !== 'BUG') return []
  const deepest = cause instanceof Error ? cause.stack : stack
  return [paint('dim', harmless(deepest ?? ''))]
}
