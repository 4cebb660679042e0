// Remedies in the words of a person, with the command that `ops` or a person would type. Pure; none of them does anything.
import { type SnapshotInfo, sayFew, sayTime } from '#sdk'
import type { Remedy } from '../diagnosis.ts'

type Scope = 'persistent' | 'transient'

export const advise = (text: string, command: string | null = null): Remedy => ({
  do: 'advise',
  risk: 'none',
  text,
  command,
})

export const nothingWithoutLoss = (why: string): Remedy =>
  advise(`nothing without loss of data can heal this: ${why}`)

export const startNodes = (nodes: readonly string[]): Remedy => ({
  do: 'start-node',
  nodes,
  risk: 'none',
  text: `start ${sayFew(nodes)}`,
  command: 'ops run reroute',
})

export const waitFor = (forMs: number, text: string): Remedy => ({
  do: 'wait',
  forMs,
  risk: 'none',
  text,
  command: null,
})

export const clearClusterSetting = (name: string, scope: Scope): Remedy => ({
  do: 'clear-cluster-setting',
  name,
  scope,
  risk: 'reversible',
  text: `take ${name} back to its default`,
  command: `PUT _cluster/settings {"${scope}": {"${name}": null}}`,
})

export const lendClusterSetting = (name: string, value: string, text: string): Remedy => ({
  do: 'lend-cluster-setting',
  name,
  value,
  risk: 'moves-data',
  text,
  command: `PUT _cluster/settings {"persistent": {"${name}": "${value}"}}`,
})

/** Names in the path of a command for a person to type. */
const path = (indices: readonly string[]): string =>
  indices.length > 5 ? `${indices.slice(0, 5).join()},...` : indices.join()

export const clearIndexSetting = (name: string, indices: readonly string[]): Remedy => ({
  do: 'clear-index-setting',
  name,
  indices,
  risk: 'reversible',
  text: `take ${name} off ${sayFew(indices, 3)}`,
  command: `PUT ${path(indices)}/_settings {"${name}": null}`,
})

export const setIndexSetting = (
  {
    name,
    value,
    indices,
  }: { readonly name: string; readonly value: string; readonly indices: readonly string[] },
  risk: Remedy['risk'],
  text: string,
): Remedy => ({
  do: 'set-index-setting',
  name,
  value,
  indices,
  risk,
  text,
  command: `PUT ${path(indices)}/_settings {"${name}": "${value}"}`,
})

export const moveCopy = ({
  index,
  shard,
  from,
  to,
}: Pick<Remedy & { do: 'move' }, 'index' | 'shard' | 'from' | 'to'>): Remedy => ({
  do: 'move',
  ...{ index, shard, from, to },
  risk: 'moves-data',
  text: `move ${index}[${shard}] from ${from}, which then has room for the copy that lacks it, to ${to}`,
  command: `POST _cluster/reroute {"commands": [{"move": {"index": "${index}", "shard": ${shard}, "from_node": "${from}", "to_node": "${to}"}}]}`,
})

export const retryFailed = (): Remedy => ({
  do: 'retry-failed',
  risk: 'reversible',
  text: 'let the cluster try again what has failed too often',
  command: 'POST _cluster/reroute?retry_failed=true&metric=none',
})

export const retryLifecycle = (indices: readonly string[]): Remedy => ({
  do: 'retry-lifecycle',
  indices,
  risk: 'reversible',
  text: `let the lifecycle of ${sayFew(indices, 3)} try its step again`,
  command: `POST ${path(indices)}/_ilm/retry`,
})

export const withdrawShutdown = (nodeId: string, node: string): Remedy => ({
  do: 'withdraw-shutdown',
  nodeId,
  node,
  risk: 'reversible',
  text: `withdraw the shutdown of ${node}, unless somebody is at work on it`,
  command: `DELETE _nodes/${nodeId}/shutdown`,
})

export const abortRuns = (runs: readonly string[]): Remedy[] =>
  runs.map(run =>
    advise(
      `run ${run} has left this behind: carry it on, or bring it to a safe end`,
      `ops resume ${run}, or ops abort ${run}`,
    ),
  )

/** The newest complete snapshot that has the index. */
export const newestSnapshotOf = (
  index: string,
  snapshots: readonly SnapshotInfo[],
): SnapshotInfo | undefined =>
  snapshots
    .filter(({ state, indices }) => state === 'SUCCESS' && indices.includes(index))
    .sort((a, b) => b.startedAtMs - a.startedAtMs)[0]

/** In place of what is left of them. Nothing is lost only where nothing could be written since, and nobody sees since when that is so. */
function restoreFrom(
  { repository, name, startedAtMs }: SnapshotInfo,
  indices: readonly string[],
  writtenSince: boolean,
): Remedy {
  const since = writtenSince
    ? `; what was written after ${sayTime(startedAtMs)} is not in it`
    : '; nothing is lost if nothing was written to them since'
  return {
    do: 'restore',
    indices,
    repository,
    snapshot: name,
    risk: writtenSince ? 'loses-data' : 'moves-data',
    text: `restore ${sayFew(indices, 3)} from ${repository}:${name}${since}`,
    command: `ops run restore --repository ${repository} --snapshot ${name} --indices ${path(indices)} --into place`,
  }
}

/** One remedy for each snapshot that is the newest of some of these; those that lose nothing first. */
export function restoreAll(
  indices: readonly string[],
  snapshots: readonly SnapshotInfo[],
  isWrittenSince: (index: string, snapshot: SnapshotInfo) => boolean,
): readonly Remedy[] {
  const found = indices.flatMap(index => {
    const snapshot = newestSnapshotOf(index, snapshots)
    return snapshot === undefined ? [] : [{ index, snapshot, written: isWrittenSince(index, snapshot) }]
  })
  const alike = Map.groupBy(
    found,
    ({ snapshot: { repository, name }, written }) => `${written ? 1 : 0} ${repository}:${name}`,
  )
  return [...alike]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => {
      const [first] = group
      if (first === undefined) return []
      return [
        restoreFrom(
          first.snapshot,
          group.map(({ index }) => index),
          first.written,
        ),
      ]
    })
}
