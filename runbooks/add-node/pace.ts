// How many shards may move at once, lent for as long as new nodes take their share and set anew whenever somebody suffers.
import type { NodePressure, Run } from '#sdk'
import type { LagWatch } from '../rolling-restart/lag-watch.ts'
import { growthOf } from '../rolling-restart/pressure.ts'
import { decidePace, paces, slowestPace } from './decide-pace.ts'

const concurrency = 'cluster.routing.allocation.cluster_concurrent_rebalance'
const paceEveryMs = 15_000
const heapLimitPercent = 90
const gcShare = 0.1

export interface Pace {
  begin(): Promise<void>
  /** Looks for those who suffer, at most every 15 s, and lends the setting anew where the pace has to change. */
  regulate(): Promise<void>
  end(): Promise<void>
}

export function openPace(run: Run, key: string, lagWatch: LagWatch): Pace {
  let now = slowestPace
  let earlier: readonly NodePressure[] = []
  let readMs = 0
  const keyOf = (moves: number): string => `${key}.pace.${moves}`
  const giveBackAll = async (): Promise<void> => {
    for (const moves of paces) await run.giveBack(keyOf(moves))
  }
  const lend = async (moves: number): Promise<void> => {
    // One after the other: a value lent on top of another would be given back as that other one.
    await giveBackAll()
    await run.temporarily({
      key: keyOf(moves),
      kind: 'elasticsearch.cluster',
      name: concurrency,
      targets: ['persistent'],
      value: String(moves),
    })
    now = moves
  }
  const read = async (): Promise<void> => {
    earlier = await run.elasticsearch.pressure()
    readMs = run.clock.monotonicMs()
  }
  return {
    begin: async () => {
      await lend(slowestPace)
      await read()
    },
    regulate: async () => {
      const elapsedMs = run.clock.monotonicMs() - readMs
      if (elapsedMs < paceEveryMs) return
      const before = earlier
      await read()
      const { moves, why } = decidePace(now, {
        rejections: growthOf(before, earlier),
        gcBound: gcBound(before, earlier, elapsedMs),
        fallingBack: lagWatch.fallingBack,
      })
      if (moves === now) return
      run.progress('pace', `${moves} moves at once: ${why}`)
      await lend(moves)
    },
    end: giveBackAll,
  }
}

function gcBound(
  before: readonly NodePressure[],
  now: readonly NodePressure[],
  elapsedMs: number,
): readonly string[] {
  return now
    .filter(({ node, oldGcMs, heapPercent }) => {
      const earlier = before.find(one => one.node === node)
      const grown = earlier === undefined ? 0 : oldGcMs - earlier.oldGcMs
      return heapPercent > heapLimitPercent || grown / elapsedMs > gcShare
    })
    .map(({ node }) => node)
}
