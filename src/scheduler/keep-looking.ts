// The loop of `ops schedule start`: looks, waits, looks again, until it is told to stop. No trouble may end it.
import { toOpsError } from '../errors/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { SetAlarm } from '../ports/job-runner.ts'
import type { ScheduleEvent } from './events.ts'
import type { Scheduler } from './scheduler.ts'

export interface LoopParts {
  readonly clock: Clock
  readonly setAlarm: SetAlarm
  notify(event: ScheduleEvent): void
}

/** It looks at least so often, whatever the alarm does: clocks are set back, machines sleep. */
const mostMs = 30_000
const leastMs = 250

export async function keepLooking(
  scheduler: Pick<Scheduler, 'look' | 'onEnd' | 'askToEnd' | 'idle'>,
  { clock, setAlarm, notify }: LoopParts,
  stop: AbortSignal,
): Promise<void> {
  // A ring during a look counts: the sleep after it ends at once.
  let wake = new AbortController()
  const ring = (): void => wake.abort()
  scheduler.onEnd = ring
  stop.addEventListener('abort', ring)
  const silence = setAlarm(ring)
  while (!stop.aborted) {
    wake = new AbortController()
    let again: Date | null = null
    try {
      again = await scheduler.look()
    } catch (thrown) {
      const reason = toOpsError(thrown).message
      notify({ what: 'trouble', at: clock.now().toISOString(), job: null, reason })
    }
    if (stop.aborted) break
    const wanted = again === null ? mostMs : again.getTime() - clock.now().getTime()
    await clock.sleep(Math.min(mostMs, Math.max(leastMs, wanted)), wake.signal)
  }
  silence()
  scheduler.askToEnd()
  await scheduler.idle()
}
