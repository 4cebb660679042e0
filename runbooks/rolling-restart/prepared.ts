// Plays that restart the nodes which are next, ready while the ones before are still watched. It decides nothing: who may be
// stopped is found by a fresh look right before the word, and what never gets the word has changed nothing.
import type { Run } from '#sdk'
import { type PreparedRestart, prepareRestart, type ServiceName } from './service.ts'

export interface PreparedRestarts {
  /** Has a play ready for this node. */
  ready(node: string): void
  /** Has a play ready for each node that may take the place of one under way. */
  readyNext(): void
  /** The play of this node, for the word; prepared now where none was ready. */
  take(node: string): PreparedRestart
  /** Dismisses what was never needed. */
  end(): Promise<void>
}

/** Whatever way the work ends, no play that was made ready is left. */
export async function withPrepared(
  run: Run,
  order: readonly string[],
  service: ServiceName,
  work: (restarts: PreparedRestarts) => Promise<void>,
): Promise<void> {
  const restarts = keepPrepared(run, order, service)
  try {
    await work(restarts)
  } finally {
    await restarts.end()
  }
}

function keepPrepared(run: Run, order: readonly string[], service: ServiceName): PreparedRestarts {
  const plays = new Map<string, PreparedRestart>()
  const ready = (node: string): void => {
    if (!plays.has(node) && !run.ending) plays.set(node, prepareRestart(run, node, service))
  }
  return {
    ready,
    readyNext() {
      const pending = order.filter(name => !run.touched.has(name))
      pending.slice(0, Math.max(1, run.underWay.size)).forEach(ready)
    },
    take(node) {
      const found = plays.get(node) ?? prepareRestart(run, node, service)
      plays.delete(node)
      return found
    },
    async end() {
      const left = [...plays.values()]
      plays.clear()
      await Promise.all(left.map(play => play.dismiss()))
    },
  }
}
