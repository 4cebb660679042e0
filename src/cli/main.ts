// Where `ops` starts: builds the program for what was typed, runs it, turns any error into its lines and exit status.
import { buildProgram } from './program.ts'

/** What reads our output may end (`ops show RUN | head`), or its terminal be gone: a run goes on, and its journal has everything. */
const nobodyReads = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
}
process.stdout.on('error', nobodyReads)
process.stderr.on('error', nobodyReads)

const argv = process.argv.slice(2)
const program = await buildProgram(argv)
try {
  await program.parseAsync()
} catch (thrown) {
  const { reportFailure } = await import('./failure.ts')
  // What was typed counts, also where it could not be parsed to the end.
  process.exitCode = reportFailure(thrown, { ...program.opts(), json: argv.includes('--json') })
}
