// A small document written, read and deleted every few seconds, to know that clients can write. Its index is removed at
// the end. It also keeps the time for which the cluster has been red.
import { type Run, toOpsError } from '#sdk'

export interface Canary {
  /** Writes in a row that have failed. */
  readonly failures: number
  readonly blockedIndices: readonly string[]
  /** Called with the status of each look; how long it has been red without a break. */
  redForMs(status: 'green' | 'yellow' | 'red'): number
  end(): Promise<void>
}

const everyMs = 5000

export function startCanary({ id, clock, elasticsearch, signal }: Run): Canary {
  const ended = new AbortController()
  let failures = 0
  let blockedIndices: readonly string[] = []
  let redSinceMs: number | null = null

  const loop = async (): Promise<void> => {
    for (let turn = 0; !ended.signal.aborted && !signal.aborted; turn++) {
      try {
        await elasticsearch.canary(`${id}-${turn}`)
        failures = 0
        blockedIndices = [...(await elasticsearch.blocks())]
          .filter(([, blocks]) => blocks.includes('read_only_allow_delete'))
          .map(([index]) => index)
      } catch (thrown) {
        // A moment without a master is no failed write yet; three such turns are.
        failures += toOpsError(thrown).code === 'BUG' ? 0 : 1
      }
      await clock.sleep(everyMs, ended.signal)
    }
  }
  const running = loop()
  return {
    get failures() {
      return failures
    },
    get blockedIndices() {
      return blockedIndices
    },
    redForMs: status => {
      if (status !== 'red') redSinceMs = null
      else redSinceMs ??= clock.monotonicMs()
      return redSinceMs === null ? 0 : clock.monotonicMs() - redSinceMs
    },
    end: async () => {
      ended.abort()
      await running
      if (!signal.aborted) await elasticsearch.removeCanary()
    },
  }
}
