// The cluster as it is now, each part of it read once for all who ask within a moment. Reads only. Every look costs the
// nodes time that they need to start, so nobody asks for more than what decides.
import type { Clock, MasterState, MemberInfo, NodeInfo, Run, ShardMap, TrafficSample } from '#sdk'

export interface Seen {
  readonly nodes: readonly NodeInfo[]
  readonly map: ShardMap
  readonly traffic: TrafficSample
  readonly master: MasterState
}

/** No answer is older than `maxAgeMs`. */
export interface Watch {
  see(maxAgeMs: number): Promise<Seen>
  /** Who is in the cluster, as its master has it: one request to one node. */
  members(maxAgeMs: number): Promise<readonly MemberInfo[]>
  map(maxAgeMs: number): Promise<ShardMap>
}

export function watchCluster({
  elasticsearch: es,
  clock,
}: Pick<Run, 'elasticsearch'> & { clock: Clock }): Watch {
  const nodes = remember(clock, () => es.nodes())
  const map = remember(clock, () => es.shardMap())
  const traffic = remember(clock, () => es.traffic())
  const master = remember(clock, () => es.master())
  return {
    members: remember(clock, () => es.members()),
    map,
    see: async maxAgeMs => {
      const [seenNodes, seenMap, seenTraffic, seenMaster] = await Promise.all([
        nodes(maxAgeMs),
        map(maxAgeMs),
        traffic(maxAgeMs),
        master(maxAgeMs),
      ])
      return { nodes: seenNodes, map: seenMap, traffic: seenTraffic, master: seenMaster }
    },
  }
}

function remember<T>(clock: Clock, read: () => Promise<T>): (maxAgeMs: number) => Promise<T> {
  let last: { readonly readMs: number; readonly seen: Promise<T> } | null = null
  return maxAgeMs => {
    if (last === null || clock.monotonicMs() - last.readMs > maxAgeMs) {
      const seen = read()
      last = { readMs: clock.monotonicMs(), seen }
      // A failed look is nobody's answer but the asker's.
      seen.catch(() => {
        last = null
      })
    }
    return last.seen
  }
}
