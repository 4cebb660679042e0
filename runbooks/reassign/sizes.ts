// What log directories say of partitions and disks. Pure.
import type { LogDir } from '#sdk'

export const keyOf = ({ topic, partition }: { topic: string; partition: number }): string =>
  `${topic}-${partition}`

/** Bytes of the largest copy, by `topic-partition`. */
export function sizesOf(dirs: readonly LogDir[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  for (const { replicas } of dirs)
    for (const replica of replicas) {
      const key = keyOf(replica)
      sizes.set(key, Math.max(sizes.get(key) ?? 0, replica.bytes))
    }
  return sizes
}

/** Bytes per second that partitions grew by between two readings; what retention deletes hides some of it. */
export function growthOf(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  gapMs: number,
): ReadonlyMap<string, number> {
  const growth = new Map<string, number>()
  for (const [key, bytes] of after) {
    const was = before.get(key)
    if (was !== undefined && gapMs > 0) growth.set(key, (Math.max(0, bytes - was) * 1000) / gapMs)
  }
  return growth
}

export interface DiskState {
  readonly totalBytes: number | null
  readonly usedBytes: number
  /** Bytes that may still come, whichever disk the broker puts them on; `null` where its size is not known. */
  readonly roomBytes: number | null
}

/** Of one broker. It is Kafka that chooses the disk of a new copy, so the one with the least room counts. */
export function diskStateOf(dirs: readonly LogDir[], limit: number): DiskState {
  const disks = dirs.filter(({ problem }) => problem === null)
  const states = disks.map(({ totalBytes, usableBytes, replicas }) =>
    totalBytes === null || usableBytes === null
      ? { total: null, used: replicas.reduce((sum, { bytes }) => sum + bytes, 0) }
      : { total: totalBytes, used: totalBytes - usableBytes },
  )
  const rooms = states.map(({ total, used }) => (total === null ? null : Math.max(0, total * limit - used)))
  const known = rooms.filter(room => room !== null)
  const all = states.length > 0 && known.length === rooms.length
  return {
    totalBytes: all ? states.reduce((sum, { total }) => sum + (total ?? 0), 0) : null,
    usedBytes: states.reduce((sum, { used }) => sum + used, 0),
    roomBytes: all ? Math.min(...known) : null,
  }
}
