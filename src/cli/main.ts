// Where `ops` starts: builds the program for what was typed, runs it, turns any error into its lines and exit status.
import { toOpsError } from '../errors/index.ts'
import { buildProgram } from './program.ts'

const program = await buildProgram(process.argv.slice(2))
try {
  await program.parseAsync()
} catch (thrown) {
  const { reportFailure } = await import('./failure.ts')
  process.exitCode = reportFailure(toOpsErrorOrCommander(thrown), program.opts())
}

function toOpsErrorOrCommander(thrown: unknown): unknown {
  return (thrown as { code?: string }).code?.startsWith('commander.') ? thrown : toOpsError(thrown)
}
