// `ops schedule metrics`: how the jobs and the audited secrets stand, for Prometheus; on stdout, or in place of a file of its textfile collector.
import { replaceFile } from '../../app/scheduling.ts'
import type { CliIo } from '../io.ts'
import { withState } from '../run/with-state.ts'
import { collectMetrics } from './collect-metrics.ts'
import { readJobs } from './jobs.ts'

export async function metricsCommand(io: CliIo, file: string | undefined): Promise<void> {
  await withState(io, async state => {
    const now = state.clock.now()
    const text = await collectMetrics(state, await readJobs(state.config, now), now)
    if (file === undefined) return io.result(io.json ? { metrics: text } : text)
    replaceFile(file, `${text}\n`)
    io.result(io.json ? { file } : `The metrics are in ${file}`)
  })
}
