// What a node was before it stopped: the measure for whether it is back. Journalled once, so a resume compares with the same.
import { type NodeInfo, OpsError, type ShardMap } from '#sdk'
import { liveCopies } from './copies.ts'

export type NodeBefore = {
  /** At its own address; of one that did not it is not asked afterwards either. */
  readonly answered?: boolean
  readonly id: string
  readonly ephemeralId: string
  readonly startedAtMs: number
  readonly version: string
  readonly roles: readonly string[]
  readonly attributes: Readonly<Record<string, string>>
  readonly plugins: readonly string[]
  /** Every shard with a copy here: index name, uuid, number, and how many live copies it had in the whole cluster. */
  readonly shards: readonly {
    readonly index: string
    readonly uuid: string
    readonly shard: number
    readonly live: number
  }[]
}

export function nodeBefore(name: string, nodes: readonly NodeInfo[], map: ShardMap): NodeBefore {
  const node = nodes.find(one => one.name === name)
  if (node === undefined) {
    throw new OpsError('STEP_FAILED', {
      message: `${name} is not in the cluster`,
      hint: 'see why: ops plan rolling-restart',
    })
  }
  const { id, ephemeralId, startedAtMs, version, roles, attributes, plugins } = node
  const shards = map.indices.flatMap(({ name: index, uuid, shards: all }) =>
    all
      .filter(({ copies }) => copies.some(copy => copy.node === id))
      .map(shard => ({ index, uuid, shard: shard.number, live: liveCopies(shard).length })),
  )
  return { id, ephemeralId, startedAtMs, version, roles, attributes, plugins, shards }
}

/** What is different about a node that came back; empty where it is the same one, restarted. */
export function explainChange(before: NodeBefore, now: NodeInfo): readonly string[] {
  const changes: string[] = []
  const compare = (what: string, was: string, is: string): void => {
    if (was !== is) changes.push(`${what} was ${was || 'none'}, is ${is || 'none'}`)
  }
  compare('node id', before.id, now.id)
  compare('version', before.version, now.version)
  compare('roles', [...before.roles].sort().join(' '), [...now.roles].sort().join(' '))
  compare('plugins', before.plugins.join(' '), now.plugins.join(' '))
  compare('attributes', textOf(before.attributes), textOf(now.attributes))
  return changes
}

const textOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(' ')

/** Shards that the node held and that still lack a live copy, of indices that still exist. */
export function missingCopies(before: NodeBefore, map: ShardMap): readonly string[] {
  const indices = new Map(map.indices.map(index => [index.uuid, index]))
  return before.shards.flatMap(({ index, uuid, shard, live }) => {
    const now = indices.get(uuid)
    const state = now?.shards.find(({ number }) => number === shard)
    // Deleted meanwhile, or with fewer replicas now than then.
    if (now === undefined || state === undefined) return []
    const wanted = now.autoExpand === null ? Math.min(live, now.replicas + 1) : Math.min(live, 1)
    return liveCopies(state).length >= wanted ? [] : [`${index}[${shard}]`]
  })
}

/** Copies that are on the node and not started yet: of shards it held, and of indices made meanwhile. */
export function startingCopies(nodeId: string, map: ShardMap): readonly string[] {
  return map.indices.flatMap(({ name, shards }) =>
    shards
      .filter(({ copies }) => copies.some(({ node, state }) => node === nodeId && state === 'INITIALIZING'))
      .map(({ number }) => `${name}[${number}]`),
  )
}
