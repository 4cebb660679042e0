// Which snapshot is meant, and whether this cluster can read it. Pure.
import type { SnapshotInfo } from '#sdk'

/** `latest`: the newest whole one that `ops` has taken; else the one of that name. */
export function chooseSnapshot(snapshots: readonly SnapshotInfo[], asked: string): SnapshotInfo | null {
  if (asked !== 'latest') return snapshots.find(({ name }) => name === asked) ?? null
  const ours = snapshots.filter(({ state, metadata }) => state === 'SUCCESS' && metadata.taken_by === 'ops')
  return ours.reduce<SnapshotInfo | null>(
    (newest, one) => (newest === null || one.startedAtMs > newest.startedAtMs ? one : newest),
    null,
  )
}

/** Why a cluster of this version does not read it; `null` where it does. */
export function explainVersion(taken: string | null, cluster: string): string | null {
  if (taken === null) return 'the repository does not say which version took it'
  const [theirs, ours] = [numbersOf(taken), numbersOf(cluster)]
  if (compare(theirs, ours) > 0)
    return `it was taken by ${taken}, this cluster is ${cluster}: older never reads newer`
  if (theirs[0] < ours[0] - 1)
    return `it was taken by ${taken}, this cluster is ${cluster}: more than one major version apart`
  return null
}

type Version = readonly [number, number, number]

function numbersOf(version: string): Version {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(part => Number.parseInt(part, 10) || 0)
  return [major, minor, patch]
}

const compare = (a: Version, b: Version): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]
