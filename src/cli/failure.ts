// The last words of a command that failed: on stderr for people, as one JSON object where --json was asked for.
import { exitCodes, type OpsError } from '../errors/index.ts'
import { renderError } from './render/error.ts'

/** Says what went wrong and returns the exit status. */
export function reportFailure(
  thrown: unknown,
  { json, verbose }: { json?: boolean; verbose?: boolean },
): number {
  const { code, exitCode: commanderExit } = thrown as { code?: string; exitCode?: number }
  // Commander has printed its own line (or its help) already.
  if (code?.startsWith('commander.')) return commanderExit === 0 ? exitCodes.done : exitCodes.usage
  const error = thrown as OpsError
  const colour = process.stderr.isTTY === true && !process.env.NO_COLOR
  const { message, hint, exitCode } = error
  process.stderr.write(
    json
      ? `${JSON.stringify({ error: { code: error.code, message, hint: hint ?? null, exitCode } })}\n`
      : `${renderError(error, { colour, verbose: verbose === true })}\n`,
  )
  return exitCode
}
