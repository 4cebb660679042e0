// Everything that decisions about copies depend on, as one text: while it is the same, the master would decide the same again. It must
// leave nothing out that a decider looks at.
import { eachCopy } from './shards.ts'
import type { FakeState } from './state.ts'

export function fingerprint(state: FakeState): string {
  const { settings, shutdowns, rebalances, world, nodes, indices, stores, stateVersion, elected } = state
  const copies: unknown[] = []
  eachCopy(state, copy => {
    const waits = copy.state === 'UNASSIGNED' && copy.delayedUntilMs > state.atMs
    copies.push(copy.state, copy.node, copy.lastNode, waits, copy.failedAttempts, copy.source?.state)
  })
  const snapshots = Object.values(stores).flatMap(store =>
    store.snapshots
      .filter(one => one.state === 'IN_PROGRESS')
      .flatMap(one => one.indices.flatMap(({ shards }) => shards.map(shard => shard.state))),
  )
  return JSON.stringify([
    [stateVersion, elected, settings, shutdowns, rebalances, world.forced, world.failing],
    nodes.map(one => [one.id, one.joined, one.roles, one.attributes, one.version, one.availableBytes]),
    indices.map(one => [one.name, one.tier, one.settings, one.replicas, one.autoExpand]),
    copies,
    snapshots,
  ])
}
