// The cluster as it is now, read once for all who ask within a second. Reads only.
import type { Clock, MasterState, NodeInfo, Run, ShardMap, TrafficSample } from '#sdk'

export interface Seen {
  readonly nodes: readonly NodeInfo[]
  readonly map: ShardMap
  readonly traffic: TrafficSample
  readonly master: MasterState
}

export interface Watch {
  /** Never older than `maxAgeMs`. */
  see(maxAgeMs: number): Promise<Seen>
}

export function watchCluster({
  elasticsearch: es,
  clock,
}: Pick<Run, 'elasticsearch'> & { clock: Clock }): Watch {
  let last: { readonly readMs: number; readonly seen: Promise<Seen> } | null = null
  const read = async (): Promise<Seen> => {
    const [nodes, map, traffic, master] = await Promise.all([
      es.nodes(),
      es.shardMap(),
      es.traffic(),
      es.master(),
    ])
    return { nodes, map, traffic, master }
  }
  return {
    see: maxAgeMs => {
      if (last === null || clock.monotonicMs() - last.readMs > maxAgeMs) {
        const seen = read()
        last = { readMs: clock.monotonicMs(), seen }
        // A failed look is nobody's answer but the asker's.
        seen.catch(() => {
          last = null
        })
      }
      return last.seen
    },
  }
}
