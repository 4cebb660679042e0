// Watches the lag of consumer groups beside a run: who has been falling back without a break for too long. Reads only.
import { type Run, toOpsError } from '#sdk'
import { type GroupLag, growingLags, readLags } from './consumer-lag.ts'

export interface LagWatch {
  /** Groups that have fallen back at every reading of the last ten minutes. */
  readonly fallingBack: readonly string[]
  end(): Promise<void>
}

const everyMs = 30_000
const toleratedMs = 10 * 60_000

export function startLagWatch(run: Run): LagWatch {
  const ended = new AbortController()
  const since = new Map<string, number>()
  const loop = async (): Promise<void> => {
    let before: readonly GroupLag[] = []
    while (!ended.signal.aborted && !run.signal.aborted) {
      const after = await read(run)
      const growing = growingLags(before, after).map(({ group }) => group)
      for (const { group } of after) if (!growing.includes(group)) since.delete(group)
      for (const group of growing) if (!since.has(group)) since.set(group, run.clock.monotonicMs())
      before = after
      await run.clock.sleep(everyMs, ended.signal)
    }
  }
  const running = loop()
  return {
    get fallingBack() {
      const nowMs = run.clock.monotonicMs()
      return [...since].filter(([, sinceMs]) => nowMs - sinceMs > toleratedMs).map(([group]) => group)
    },
    end: async () => {
      ended.abort()
      await running
    },
  }
}

/** No lag watch where there is no Kafka. */
export const noLagWatch: LagWatch = { fallingBack: [], end: async () => {} }

/** A reading that fails says nothing: what is wrong with the brokers is found by others. */
async function read(run: Run): Promise<readonly GroupLag[]> {
  try {
    return await readLags(run)
  } catch (thrown) {
    if (toOpsError(thrown).code === 'BUG') throw thrown
    return []
  }
}
