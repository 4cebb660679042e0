// Waits until every shard of what is restored is proven to be there, or one has failed. Reads only.
import { OpsError, type Run, type ShardMap, sayBytes, sayFew } from '#sdk'
import type { Batch, Made } from './batch.ts'
import { type Completion, decideCompletion, type ShardTrouble } from './completion.ts'

const pollMs = 1000
/** Troubles that are explained by the servers, one by one. */
const explained = 3

/** `false` when the run is to end before that. */
export function waitUntilRestored(
  run: Run,
  { key, from, indices }: Batch,
  made: readonly Made[],
  stallMs: number,
): Promise<boolean> {
  const sizes = new Map(indices.map(({ index, shards }) => [index, shards]))
  const expected = indices.map(({ index }) => {
    const found = made.find(one => one.index === index)
    return { name: found?.name ?? index, uuid: found?.uuid ?? '', shards: sizes.get(index) ?? 0 }
  })
  return run.wait({
    subject: key,
    title: `restore of ${from.name}`,
    everyMs: pollMs,
    stallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      if (run.ending) return { done: false }
      const seen = decideCompletion(expected, from.name, {
        restores: await run.snapshots.restores(),
        map: await readMap(run),
        recoveries: await run.snapshots.recoveries(expected.map(({ name }) => name)),
      })
      if (seen.state === 'failed') throw await failed(run, seen.troubles)
      if (seen.state === 'done') return { done: true }
      return { progress: [seen.proven, seen.recoveredBytes], text: sayGoing(seen) }
    },
    orElse: lastSeen =>
      new OpsError('RESTORE_FAILED', {
        message: `shards come no nearer: ${lastSeen}`,
        hint: 'see the disks and the allocation of these shards, then restore anew',
      }),
  })
}

/** A map without a single index would make every shard look lost. */
async function readMap({ elasticsearch }: Run): Promise<ShardMap> {
  const map = await elasticsearch.shardMap()
  if (map.indices.length > 0) return map
  throw new OpsError('CLUSTER_BUSY', { message: 'the cluster tells of no index at all' })
}

const sayGoing = ({ proven, total, recoveredBytes, waiting }: Completion & { state: 'going' }): string =>
  `${proven} of ${total} shards, ${sayBytes(recoveredBytes)}; ${sayFew(waiting, 3)}`

async function failed(run: Run, troubles: readonly ShardTrouble[]): Promise<OpsError> {
  const lines = await Promise.all(
    troubles.slice(0, explained).map(async trouble => {
      const { index, shard, why } = trouble
      const name = shard === null ? index : `${index}[${shard}]`
      return `${name}: ${why}${await explain(run, trouble)}`
    }),
  )
  const more = troubles.length > explained ? `; and ${troubles.length - explained} more` : ''
  return new OpsError('RESTORE_FAILED', {
    message: `not restored: ${lines.join('; ')}${more}`,
    hint: 'restore these indices from an older snapshot: --snapshot NAME; and have the repository verified',
  })
}

/** What the servers say of it helps; that they say nothing must not hide the trouble itself. */
async function explain({ elasticsearch }: Run, { index, shard }: ShardTrouble): Promise<string> {
  if (shard === null) return ''
  try {
    const { explanation } = await elasticsearch.explain({ index, shard, primary: true })
    return ` (${explanation})`
  } catch {
    return ''
  }
}
