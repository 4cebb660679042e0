// Where `ops` starts: builds the program for what was typed, runs it, turns any error into its lines and exit status.
import { buildProgram } from './program.ts'

const argv = process.argv.slice(2)
const program = await buildProgram(argv)
try {
  await program.parseAsync()
} catch (thrown) {
  const { reportFailure } = await import('./failure.ts')
  // What was typed counts, also where it could not be parsed to the end.
  process.exitCode = reportFailure(thrown, { ...program.opts(), json: argv.includes('--json') })
}
