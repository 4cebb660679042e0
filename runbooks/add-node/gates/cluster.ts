// Gates on the cluster that is to take the new nodes in: the right one, calm, and nobody else at work on it.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { judgeLags } from '../../rolling-restart/consumer-lag.ts'
import { matchesAny } from '../../rolling-restart/copies.ts'
import { noRunLeftSettings } from '../../rolling-restart/nothing-left-over.ts'
import { growthOf } from '../../rolling-restart/pressure.ts'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import { sayShutdowns } from '../../rolling-restart/say-shutdowns.ts'
import type { NodeFacts } from '../facts.ts'
import type { AddParams } from '../params.ts'

type NodeGate = Gate<NodeFacts, AddParams>

const settledAnswers = new Set(['no', 'no_valid_shard_copy'])
const filterName = /^cluster\.routing\.allocation\.(exclude|include|require)\.(.+)$/

export const clusterGates: readonly NodeGate[] = [
  rightCluster('A node of production in the lab, or the other way round.'),
  {
    name: 'cluster_is_green_or_settled',
    prevents: 'Moving shards about while copies of them are missing and being made.',
    waivable: 'reason',
    check: ({ health, explanations }) => {
      if (health.status === 'red') return refuse('the cluster is red: ops run triage says why')
      const busy = health.initializingShards + health.relocatingShards + health.delayedUnassignedShards
      if (busy > 0)
        return refuse(
          `${health.initializingShards} initializing, ${health.relocatingShards} relocating, ${health.delayedUnassignedShards} delayed`,
        )
      const moving = explanations
        .filter(({ canAllocate }) => !settledAnswers.has(canAllocate))
        .map(({ index, shard, canAllocate }) => `${index}[${shard}] is ${canAllocate}`)
      return refuseAny(
        moving,
        health.unassignedShards === 0
          ? health.status
          : `${health.status}, ${health.unassignedShards} copies find no place and wait for nothing`,
      )
    },
  },
  {
    name: 'master_is_stable',
    prevents: 'A node that joins in the middle of an election.',
    waivable: 'never',
    check: ({ master: { elected, stable, symptom } }) => {
      if (elected === null) return refuse('no master is elected')
      const evidence = `${elected} is master; ${symptom || stable}`
      return stable === 'green' || stable === 'unknown' ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'voting_configuration_is_settled',
    prevents: 'Changing who votes while somebody else does.',
    waivable: 'never',
    check: ({ coordination: { committed, accepted, exclusions } }) => {
      if (exclusions.length > 0)
        return refuse(`voting exclusions: ${exclusions.map(({ nodeName }) => nodeName).join(', ')}`)
      return [...committed].sort().join() === [...accepted].sort().join()
        ? pass(`${committed.length} voting nodes`)
        : refuse('a change of the voting configuration is under way')
    },
  },
  {
    name: 'masters_stay_odd',
    prevents: 'A cluster that pays for one more master and survives not one more failure.',
    waivable: 'reason',
    check: ({ wanted, nodes }) => {
      const now = nodes.filter(({ roles }) => roles.includes('master')).length
      const more = wanted.filter(({ group }) => group === 'es_master').length
      if (more === 0) return pass(`${now} masters, none is added`)
      const evidence = `${now} masters and ${more} new ones make ${now + more}`
      return (now + more) % 2 === 1 ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'no_snapshot_is_running',
    prevents: 'Shards that cannot move because they are being copied into a snapshot.',
    waivable: 'reason',
    check: ({ snapshots }) =>
      refuseAny(
        snapshots.map(({ repository, snapshot }) => `${repository}/${snapshot} is running`),
        'no snapshot is running',
      ),
  },
  {
    name: 'no_node_is_marked_for_shutdown',
    prevents: 'Filling a new node and draining another at once, each for somebody else.',
    waivable: 'reason',
    check: ({ shutdowns, nodes }) => refuseAny(sayShutdowns(shutdowns, nodes), 'no shutdown record'),
  },
  {
    name: 'allocation_is_enabled',
    prevents: 'A new node that stays empty because somebody has forbidden moves.',
    waivable: 'never',
    check: ({ settings: { persistent, transient } }) =>
      refuseAny(
        ['cluster.routing.allocation.enable', 'cluster.routing.rebalance.enable']
          .map(name => ({ name, value: transient[name] ?? persistent[name] ?? 'all' }))
          .filter(({ value }) => value !== 'all')
          .map(({ name, value }) => `${name} is ${value}`),
        'allocation and rebalancing are at their defaults',
      ),
  },
  {
    name: 'no_filter_keeps_the_node_empty',
    prevents: 'Waiting for shards on a node that a forgotten filter keeps out.',
    waivable: 'never',
    check: ({ settings: { persistent, transient }, wanted }) => {
      const filters = Object.entries({ ...persistent, ...transient }).flatMap(([name, value]) => {
        const [, kind, attribute] = filterName.exec(name) ?? []
        return kind === undefined || value === '' ? [] : [{ name, kind, attribute, value }]
      })
      const shutOut = filters.flatMap(({ name, kind, attribute, value }) =>
        wanted
          .filter(host => {
            const own =
              attribute === '_name'
                ? host.name
                : ['_ip', '_host'].includes(attribute ?? '')
                  ? host.address
                  : null
            // Of an attribute nobody can say before the node is there.
            if (own === null) return kind !== 'exclude'
            const matches = matchesAny(value)(own)
            return kind === 'exclude' ? matches : !matches
          })
          .map(host => `${name} is ${value}, which keeps ${host.name} out`),
      )
      return refuseAny(
        shutOut,
        filters.length === 0 ? 'no allocation filter' : `${filters.length} filters, none against it`,
      )
    },
  },
  {
    name: 'cluster_is_not_short_of_breath',
    prevents: 'Moving shards on nodes that reject work already.',
    waivable: 'reason',
    check: ({ pressure: [earlier, later] }) =>
      refuseAny(growthOf(earlier, later), `${later.length} nodes reject nothing`),
  },
  {
    name: 'consumers_of_kafka_keep_up',
    prevents: 'A slower cluster on top of a lag that already grows.',
    waivable: 'reason',
    check: ({ lags }) => judgeLags(lags),
  },
  noRunLeftSettings(
    "Taking a dead run's temporary setting for the wanted one, and giving that back at the end.",
  ),
]
