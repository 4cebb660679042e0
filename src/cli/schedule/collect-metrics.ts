// Everything that Prometheus is told: how the jobs stand, and what the last audit has counted.
import type { State } from '../../app/wire.ts'
import type { Job } from '../../scheduler/job.ts'
import { renderKeptMetrics } from '../../scheduler/kept-metrics.ts'
import { renderMetrics } from '../../scheduler/metrics.ts'
import { readStatus } from '../../scheduler/status.ts'

export async function collectMetrics(state: State, jobs: readonly Job[], now: Date): Promise<string> {
  const parts = [renderMetrics(await readStatus(state, jobs, now)), await renderKeptMetrics(state.evidence)]
  return parts.filter(part => part !== '').join('\n')
}
