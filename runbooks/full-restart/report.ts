// What the report says of the whole: how long ingest stood still. Once for the run.
import { type Run, saySpan, sayTime } from '#sdk'
import type { FullDetails } from './plan.ts'
import { isIngest } from './stop.ts'

export async function report(run: Run, { fleets }: FullDetails, fromMs: number): Promise<void> {
  const hosts = fleets.filter(({ name }) => isIngest(name)).flatMap(one => one.hosts)
  if (hosts.length === 0) return
  const untilMs = run.clock.now().getTime()
  await run.mark('ingest.stood', 'remark', {
    text: `ingest stood still for ${saySpan(untilMs - fromMs)}, from ${sayTime(fromMs)} to ${sayTime(untilMs)}`,
    seconds: Math.round((untilMs - fromMs) / 1000),
  })
}
