// The last words of a command that failed: on stderr for people, as one JSON object where --json was asked for.
import { redactor } from '../app/redactor.ts'
import { exitCodes, OpsError, toOpsError } from '../errors/index.ts'
import { renderError } from './render/error.ts'

/** Says what went wrong and returns the exit status. */
export function reportFailure(
  thrown: unknown,
  { json, verbose }: { json?: boolean; verbose?: boolean },
): number {
  const { code, exitCode } = thrown as { code?: string; exitCode?: number }
  const byCommander = code?.startsWith('commander.') === true
  if (byCommander && exitCode === 0) return exitCodes.done
  // Help has been shown in the place of a verb.
  if (code === 'commander.help' && !json) return exitCodes.usage
  const error = byCommander ? usageError(thrown as Error) : toOpsError(thrown)
  const colour = process.stderr.isTTY === true && !process.env.NO_COLOR
  const said = json ? errorJson(error) : renderError(error, { colour, verbose: verbose === true })
  process.stderr.write(`${redactor.text(said)}\n`)
  return error.exitCode
}

const errorJson = ({ code, message, hint, exitCode }: OpsError): string =>
  JSON.stringify({ error: { code, message, hint: hint ?? null, exitCode } })

/** Commander's errors as ours: what was wrong, and the nearest word where it knows one. */
function usageError({ message }: Error): OpsError {
  const [what = '', nearest] = message.replace(/^error: /, '').split('\n')
  return new OpsError('USAGE', {
    message: what === '(outputHelp)' ? 'a verb is missing' : what,
    hint: nearest?.replace(/^\(|\)$/g, '') ?? 'ops --help, or --help after a verb, shows every option',
  })
}
