// The end of a run that was told to end: a safe point at which nothing of it is left.
import { OpsError, type Run } from '#sdk'

/** Does not return: the wait is interruptible and the run is to end. */
export function leave(run: Run): Promise<void> {
  return run.wait({
    subject: 'run',
    title: 'ends',
    everyMs: 1000,
    stallMs: 1000,
    ceilingMs: 1000,
    interruptible: true,
    poll: async () => ({ done: undefined }),
    orElse: lastSeen => new OpsError('STALLED', { message: lastSeen }),
  })
}
