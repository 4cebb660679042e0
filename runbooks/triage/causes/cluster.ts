// What holds for the cluster as a whole: blocks, full disks, switches left over, limits of shards. Pure.
import { sayFew } from '#sdk'
import type { Cause } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { clearOfCluster, scopesOf } from './filters.ts'
import { allocationEnable, diskRemedies, enableAgain, sayDisabled, sayDisks, stageOf } from './places.ts'
import { advise, clearIndexSetting, lendClusterSetting, waitFor } from './remedies.ts'
import { makeCause } from './sighting.ts'

const minuteMs = 60_000
const readOnly = ['cluster.blocks.read_only', 'cluster.blocks.read_only_allow_delete'] as const
const flood = 'read_only_allow_delete'
const floodSetting = 'index.blocks.read_only_allow_delete'

const floodBlocked = ({ indexBlocks }: TriageFacts): readonly string[] =>
  Object.entries(indexBlocks ?? {}).flatMap(([index, blocks]) => (blocks.includes(flood) ? [index] : []))

const flooded = ({ disks, watermarks }: TriageFacts): readonly string[] =>
  (disks ?? []).filter(disk => stageOf(disk, watermarks) === 'flood').map(({ node }) => node)

export function decideBlocks(facts: TriageFacts): readonly Cause[] {
  const own = readOnly.flatMap(name =>
    scopesOf(name, facts).flatMap(({ value }) => (value === 'true' ? [name] : [])),
  )
  const blocks = (facts.blocks?.cluster ?? []).filter(text => !/^no master/i.test(text))
  const left = flooded(facts).length === 0 ? floodBlocked(facts) : []
  return [
    ...(own.length + blocks.length === 0
      ? []
      : [
          makeCause(
            'cluster_block',
            own.length > 0
              ? `${own.join(' and ')} is set: nobody can write to the cluster`
              : `the cluster is blocked: ${sayFew(blocks)}`,
            blocks.map(text => `block: ${text}`),
            own.length > 0
              ? own.flatMap(name => clearOfCluster(name, facts))
              : [advise('see what the block is for, and take away its cause', 'GET _cluster/state/blocks')],
          ),
        ]),
    ...(left.length === 0
      ? []
      : [
          makeCause(
            'cluster_block',
            `${sayFew(left, 3)} ${left.length === 1 ? 'is' : 'are'} read-only as if a disk were full, and none is`,
            [...sayDisks(facts), `${left.length} indices have ${floodSetting}`],
            [
              clearIndexSetting(floodSetting, left),
              waitFor(
                minuteMs,
                'wait: the cluster takes it off by itself once it has looked at the disks again',
              ),
            ],
          ),
        ]),
  ]
}

export function decideDisks(facts: TriageFacts): readonly Cause[] {
  const full = flooded(facts)
  if (full.length === 0) return []
  const blocked = floodBlocked(facts)
  return [
    makeCause(
      'disk_full',
      `the disk of ${sayFew(full)} is past flood stage${blocked.length > 0 ? `, and ${blocked.length} indices take no more writes` : ''}`,
      [...sayDisks(facts), ...(blocked.length > 0 ? [`read-only: ${sayFew(blocked)}`] : [])],
      // No watermark that is lent gives a disk past flood stage any room.
      diskRemedies(facts).filter(remedy => remedy.do !== 'lend-cluster-setting'),
    ),
  ]
}

/** Switched off, and so nothing that will be lost can be replaced: also where no copy is missing yet. */
export function decideDisabled(facts: TriageFacts, causes: readonly Cause[]): readonly Cause[] {
  const off = scopesOf(allocationEnable, facts).some(({ value }) => value !== 'all')
  if (!off || causes.some(({ id }) => id === 'allocation_disabled')) return []
  return [makeCause('allocation_disabled', sayDisabled(facts), [], enableAgain(facts))]
}

const most = 'cluster.max_shards_per_node'

/** Less than a shard a node is left: the next index may be one too many. */
export function decideLimit(facts: TriageFacts): readonly Cause[] {
  const { budget } = facts
  if (budget === null || budget.perNode <= 0 || budget.dataNodes === 0) return []
  const { open, perNode, dataNodes } = budget
  const allowed = perNode * dataNodes
  if (allowed - open >= dataNodes) return []
  const set = scopesOf(most, facts)
  return [
    makeCause(
      'cluster_shard_limit',
      `the cluster has ${open} shards and may have ${allowed}${set.length > 0 ? `, for ${most} is ${perNode}` : ''}: it takes no more indices, so tomorrow's writes fail`,
      [`${most} = ${perNode}, ${dataNodes} data nodes`],
      [
        // A limit that was set lower than the usual one was set by somebody.
        ...(perNode < usualMost ? clearOfCluster(most, facts) : []),
        advise('delete or close indices that nobody needs', 'GET _cat/indices?s=creation.date'),
        lendClusterSetting(
          most,
          `${Math.ceil((open * 1.1) / dataNodes) + 1}`,
          'allow a tenth more for a while',
        ),
      ],
    ),
  ]
}

const usualMost = 1000

/** Not green and nothing unassigned: copies are on their way. */
export function decideRecovering({ health, unassigned }: TriageFacts): readonly Cause[] {
  if (health === null || health.status === 'green' || unassigned === null || unassigned.length > 0) return []
  if (health.initializingShards === 0) return []
  const { initializingShards: copies } = health
  return [
    makeCause(
      'throttled',
      `${copies} ${copies === 1 ? 'copy is' : 'copies are'} being built at this moment: the cluster is on its way`,
      [`${health.relocatingShards} copies are being moved`],
      [waitFor(recoveryMs, 'wait: it goes on by itself; GET _cat/recovery?active_only says how far it is')],
    ),
  ]
}

const recoveryMs = 10 * 60_000
