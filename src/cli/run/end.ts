// How a run ended, said once: a sentence, what to do next, the exit status.
import type { RunEnd } from '../../engine/run.ts'
import type { OpenHost } from '../host.ts'
import type { CliIo } from '../io.ts'
import { renderError } from '../render/error.ts'

export async function reportEnd(io: CliIo, host: OpenHost, end: RunEnd): Promise<number> {
  await host.close()
  if (!io.json) {
    if (end.error !== null) io.talk(renderError(end.error, { colour: io.live, verbose: io.verbose }))
    io.result(`run ${end.run}: ${end.outcome}`)
    io.talk(`Report: ops report ${end.run} --html ${end.run}.html`)
  }
  return end.exitCode
}
