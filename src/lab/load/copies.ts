// Reads from every copy of every shard which of a load's documents it holds: each copy by itself, so that one that lacks a
// document cannot hide behind another that has it.
import { OpsError } from '../../errors/index.ts'
import type { Connection } from '../elasticsearch/http.ts'
import { waitFor } from '../wait.ts'

export interface ShardCopy {
  readonly index: string
  readonly shard: number
  readonly node: string
  readonly primary: boolean
  readonly ids: ReadonlySet<string>
  /** Ids that this one copy gave more than once. */
  readonly repeated: readonly string[]
}

const pageSize = 5000
const stallMs = 120_000

/** Refreshes the indices on every copy, and waits until each copy that should be there is. */
export async function settle({ ask }: Connection, indices: readonly string[]): Promise<void> {
  const names = indices.join(',')
  await waitFor({
    stallMs,
    everyMs: 500,
    look: async () => {
      const health = await ask('GET', `/_cluster/health/${names}`)
      const { status, active_shards, initializing_shards, relocating_shards, unassigned_shards } = health
      if (status === 'green' && relocating_shards === 0) {
        const { _shards: shards } = await ask('POST', `/${names}/_refresh`)
        if (shards.failed === 0 && shards.successful === shards.total) return { result: true }
      }
      return {
        progress: `${active_shards} active, ${initializing_shards} initializing, ${unassigned_shards} unassigned`,
      }
    },
    onStall: progress =>
      new OpsError('STALLED', {
        message: `the indices of the ledger do not become green: ${progress}`,
        hint: 'ops lab status; ops lab fault list',
      }),
  })
}

/** Documents of these runs, copy by copy. */
export async function readCopies(
  elastic: Connection,
  indices: readonly string[],
  runs: readonly string[],
): Promise<readonly ShardCopy[]> {
  const { routing_table } = await elastic.ask('GET', `/_cluster/state/routing_table/${indices.join(',')}`)
  const copies: ShardCopy[] = []
  for (const [index, { shards }] of Object.entries<RoutingIndex>(routing_table.indices)) {
    for (const { shard, node, primary } of Object.values(shards).flat()) {
      const found = await readCopy(elastic, { index, shard, node, runs })
      copies.push({ index, shard, node, primary, ...found })
    }
  }
  return copies
}

interface RoutingIndex {
  readonly shards: Readonly<
    Record<string, readonly { readonly shard: number; readonly node: string; readonly primary: boolean }[]>
  >
}

interface OneCopy {
  readonly index: string
  readonly shard: number
  readonly node: string
  readonly runs: readonly string[]
}

async function readCopy({ ask }: Connection, { index, shard, node, runs }: OneCopy) {
  const preference = encodeURIComponent(`_shards:${shard}|_only_nodes:${node}`)
  const { id: pit } = await ask('POST', `/${index}/_pit?keep_alive=2m&preference=${preference}`)
  const ids = new Set<string>()
  const repeated: string[] = []
  try {
    for (let after: unknown; ; ) {
      const {
        hits,
        _shards: shards,
        timed_out,
      } = await ask('POST', '/_search', {
        pit: { id: pit, keep_alive: '2m' },
        size: pageSize,
        _source: false,
        track_total_hits: false,
        query: { terms: { run: runs } },
        sort: ['_shard_doc'],
        ...(after === undefined ? {} : { search_after: after }),
      })
      // Anything less than one whole shard would count documents as lost that were only not looked at.
      if (timed_out || shards.failed > 0 || shards.successful !== 1) {
        throw new OpsError('CLUSTER_BUSY', {
          message: `copy of ${index}[${shard}] on ${node} cannot be read whole`,
        })
      }
      for (const { _id } of hits.hits) {
        if (ids.has(_id)) repeated.push(_id)
        ids.add(_id)
      }
      after = hits.hits.at(-1)?.sort
      if (hits.hits.length < pageSize) return { ids, repeated }
    }
  } finally {
    await ask('DELETE', '/_pit', { id: pit })
  }
}

/** Which of these documents the server gives by id, whatever a search says. */
export async function readById(
  { ask }: Connection,
  wanted: readonly { readonly id: string; readonly index: string }[],
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  for (let at = 0; at < wanted.length; at += pageSize) {
    const docs = wanted.slice(at, at + pageSize).map(({ id, index }) => ({ _id: id, _index: index }))
    const answer = await ask('POST', '/_mget?_source=false&realtime=true', { docs })
    for (const doc of answer.docs) if (doc.found) found.add(doc._id)
  }
  return found
}
