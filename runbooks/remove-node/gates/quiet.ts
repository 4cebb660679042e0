// Gates on what else is going on: other drains, snapshots, switched-off allocation, what dead runs left.
import { type Gate, refuseAny } from '#sdk'
import { excludedNames, excludeName } from '../../add-node/exclusion.ts'
import { noRunLeftSettings } from '../../rolling-restart/nothing-left-over.ts'
import { sayShutdowns } from '../../rolling-restart/say-shutdowns.ts'
import type { RemoveFacts } from '../facts.ts'

type RemoveGate = Gate<RemoveFacts, unknown>

export const quietGates: readonly RemoveGate[] = [
  {
    name: 'allocation_is_enabled',
    prevents: 'Waiting for ever for copies that somebody has forbidden to make.',
    waivable: 'never',
    check: ({ settings: { persistent, transient } }) => {
      const name = 'cluster.routing.allocation.enable'
      const value = transient[name] ?? persistent[name] ?? 'all'
      return refuseAny(value === 'all' ? [] : [`${name} is ${value}: set it back to null first`], 'it is')
    },
  },
  {
    name: 'nothing_else_drains',
    prevents: 'Two drains that send their copies to each other, or into a node that is about to stop.',
    waivable: 'reason',
    check: facts => {
      const { settings, shutdowns, nodes, targets } = facts
      const names = new Map(nodes.map(({ id, name }) => [id, name]))
      const excluded = excludedNames(settings)
        .filter(name => !targets.includes(name))
        .map(name => `${excludeName} names ${name}`)
      const filters = [...Object.entries(settings.persistent), ...Object.entries(settings.transient)]
        .filter(
          ([name, value]) =>
            /^cluster\.routing\.allocation\.(exclude|include|require)\./.test(name) &&
            name !== excludeName &&
            value !== '',
        )
        .map(([name, value]) => `${name} is ${value}`)
      const foreign = shutdowns.filter(({ nodeId }) => !targets.includes(names.get(nodeId) ?? nodeId))
      return refuseAny(
        [...excluded, ...filters, ...sayShutdowns(foreign, nodes)],
        'no other node is excluded or marked for shutdown',
      )
    },
  },
  {
    name: 'no_snapshot_runs',
    prevents:
      'A drain that waits for a snapshot, or a snapshot that ends PARTIAL: a shard in a snapshot does not move.',
    waivable: 'reason',
    check: ({ snapshots }) =>
      refuseAny(
        snapshots.map(({ repository, snapshot }) => `${repository}/${snapshot} is running: wait for its end`),
        'no snapshot is running',
      ),
  },
  noRunLeftSettings(
    "Taking a dead run's temporary setting for the wanted one, and giving that back at the end.",
  ),
]
