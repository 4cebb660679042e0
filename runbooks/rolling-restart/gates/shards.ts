// Gates on copies: whatever stops, another in-sync copy of every shard stays up.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { indicesOn, isWithoutReplica, liveCopies } from '../copies.ts'
import type { RestartFacts } from '../facts.ts'
import type { RestartParams } from '../params.ts'

type RestartGate = Gate<RestartFacts, RestartParams>

/** What the allocator answers for a copy that will stay as it is: nothing is on its way. */
const settledAnswers = new Set(['no', 'no_valid_shard_copy'])

export const targetIds = ({ nodes, targets }: RestartFacts): ReadonlySet<string> =>
  new Set(nodes.filter(({ name }) => targets.includes(name)).map(({ id }) => id))

export const shardGates: readonly RestartGate[] = [
  {
    name: 'unassigned_copies_are_settled',
    prevents: 'Taking the last good copy of a shard down while its replica is still being rebuilt.',
    waivable: 'reason',
    check: facts => {
      if (facts.health.unassignedShards === 0) return pass('every copy is assigned')
      const ids = targetIds(facts)
      const onTargets = facts.map.indices.flatMap(({ name, shards }) =>
        shards
          .filter(({ copies }) => copies.some(({ state }) => state === 'UNASSIGNED'))
          .filter(({ copies }) => copies.some(({ node }) => node !== null && ids.has(node)))
          .map(({ number }) => `${name}[${number}] has an unassigned copy and another on a node to restart`),
      )
      const moving = facts.explanations
        .filter(({ canAllocate }) => !settledAnswers.has(canAllocate))
        .map(({ index, shard, canAllocate }) => `${index}[${shard}] is ${canAllocate}`)
      const unexplained = facts.health.unassignedShards - facts.explanations.length
      const rest =
        unexplained > 0
          ? [`${unexplained} of ${facts.health.unassignedShards} copies were not explained`]
          : []
      return refuseAny(
        [...onTargets, ...moving, ...rest],
        `${facts.health.unassignedShards} unassigned, all of them settled`,
      )
    },
  },
  {
    name: 'every_shard_has_another_copy',
    prevents: 'Reads and writes of a shard failing, and its data gone if the disk does not come back.',
    waivable: 'never',
    check: facts => {
      const ids = targetIds(facts)
      const alone = facts.map.indices
        .filter(index => !isWithoutReplica(index))
        .flatMap(({ name, shards }) =>
          shards
            .filter(shard => {
              const live = liveCopies(shard)
              return live.length < 2 && live.some(({ node }) => node !== null && ids.has(node))
            })
            .map(({ number }) => `${name}[${number}]`),
        )
      return alone.length === 0
        ? pass(`${facts.map.indices.reduce((sum, { shards }) => sum + shards.length, 0)} shards looked at`)
        : refuseAny(
            alone.map(shard => `${shard} has one in-sync copy, on a node to restart`),
            '',
          )
    },
  },
  {
    name: 'indices_without_replicas_are_protected',
    prevents: 'An index being away for as long as its only node is.',
    waivable: 'approval',
    check: (facts, { protectZeroReplicas }) => {
      const touched = new Set(indicesOn(facts.map, targetIds(facts)))
      const without = facts.map.indices.filter(index => isWithoutReplica(index) && touched.has(index.name))
      if (without.length === 0) return pass('every index on these nodes has a replica')
      const sizes = new Map(facts.counts.map(({ index, docs, storeBytes }) => [index, { docs, storeBytes }]))
      const list = without.map(({ name }) => {
        const size = sizes.get(name)
        return size === undefined ? name : `${name} (${size.docs} documents, ${megabytes(size.storeBytes)})`
      })
      if (protectZeroReplicas) return pass(`will have one replica for the run: ${list.join(', ')}`)
      return refuse(
        `no replica: ${list.slice(0, 5).join(', ')}; --protect-zero-replicas gives them one for the run`,
      )
    },
  },
  {
    name: 'closed_indices_are_replicated',
    prevents: 'A closed index losing its only copy unseen.',
    waivable: 'reason',
    check: facts => {
      const touched = new Set(indicesOn(facts.map, targetIds(facts)))
      const closed = facts.map.indices.filter(({ state }) => state === 'close')
      const alone = closed
        .filter(({ name }) => touched.has(name))
        .filter(({ shards }) => shards.some(shard => liveCopies(shard).length < 2))
      return refuseAny(
        alone.map(({ name }) => `closed index ${name} has a shard with a single copy`),
        closed.length === 0
          ? 'no closed index'
          : `${closed.length} closed indices, none alone on a node to restart`,
      )
    },
  },
]

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`
