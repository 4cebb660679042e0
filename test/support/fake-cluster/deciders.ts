// What each allocation decider says of one copy on one node, in the words of the server, computed from the state alone. It must never
// change the state.
import type { Decision } from '../../../src/ports/allocation.ts'
import { filterDecision } from './filters.ts'
import { bytesOfShard, eachCopy, effective, isJoined, isLive, nameOf, primaryOf } from './shards.ts'
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState } from './state.ts'
import { bytesToStayFree } from './watermarks.ts'

export interface Question {
  readonly index: FakeIndex
  readonly shard: FakeShard
  readonly copy: FakeCopy
  readonly node: FakeNode
}

type Verdict = readonly ['no' | 'throttle', string] | null
type Decider = (state: FakeState, question: Question) => Verdict

const no = (text: string): Verdict => ['no', text]

/** Everybody who does not say yes to the copy on this node. */
export function decideAllocation(state: FakeState, question: Question): Decision[] {
  return ask(state, question, allocationDeciders)
}

/** Nobody says anything else than yes. Asks the cheap ones first and stops at the first one that does. */
export function allows(state: FakeState, question: Question): boolean {
  for (const decide of cheapFirst) if (decide(state, question) !== null) return false
  return Object.values(forcedBy(state, question)).every(decide => decide(state, question) === null)
}

/** Everybody who does not let it stay where it is. */
export function decideRemaining(state: FakeState, question: Question): Decision[] {
  return ask(state, question, remainingDeciders)
}

/** The data of a primary is there: nearly nobody may keep it from coming back. */
export function decideReturn(state: FakeState, question: Question): Decision[] {
  return ask(state, question, { max_retry: maxRetry, ...forcedBy(state, question) })
}

export const refuses = (decisions: readonly Decision[]): boolean =>
  decisions.some(({ decision }) => decision === 'no')

function ask(state: FakeState, question: Question, deciders: Record<string, Decider>): Decision[] {
  return Object.entries({ ...deciders, ...forcedBy(state, question) }).flatMap(([decider, decide]) => {
    const verdict = decide(state, question)
    return verdict === null ? [] : [{ decider, decision: verdict[0], explanation: verdict[1] }]
  })
}

const nobody: Record<string, Decider> = {}

function forcedBy({ world }: FakeState, { index, node }: Question): Record<string, Decider> {
  if (world.forced.length === 0) return nobody
  const found = world.forced.filter(
    one => one.index === index.name && (one.node === undefined || one.node === node.name),
  )
  return Object.fromEntries(
    found.map(({ decider, decision, explanation }) => [decider, () => [decision, explanation] as const]),
  )
}

const number = (text: string | undefined, usual: number): number =>
  text === undefined ? usual : Number(text)

const maxRetry: Decider = (_state, { index, copy }) => {
  const most = number(index.settings['index.allocation.max_retries'], 5)
  if ((copy.failedAttempts ?? 0) < most) return null
  return no(
    `shard has exceeded the maximum number of retries [${most}] on failed allocation attempts - manually call [POST /_cluster/reroute?retry_failed] to retry, [unassigned_info[[reason=ALLOCATION_FAILED], failed_attempts[${copy.failedAttempts}], details[${copy.details ?? ''}]]]`,
  )
}

const sameShard: Decider = (_state, { shard, copy, node, index }) => {
  const holder = shard.copies.find(
    one => one !== copy && (one.node === node.id || one.relocatingTo === node.id),
  )
  if (holder === undefined && copy.node !== node.id) return null
  return no(
    `a copy of this shard is already allocated to this node [[${index.name}][${shard.number}], node[${node.id}], ${holder?.primary ? '[P]' : '[R]'}, s[${holder?.state ?? copy.state}]]`,
  )
}

const enable: Decider = (state, { index, copy, shard }) => {
  const ofIndex = index.settings['index.routing.allocation.enable']
  const value = ofIndex ?? effective(state, 'cluster.routing.allocation.enable') ?? 'all'
  const setting =
    ofIndex === undefined
      ? `cluster setting [cluster.routing.allocation.enable=${value}]`
      : `index setting [index.routing.allocation.enable=${value}]`
  if (value === 'none') return no(`no allocations are allowed due to ${setting}`)
  if (value === 'primaries' && !copy.primary) return no(`replica allocations are forbidden due to ${setting}`)
  const isNew = copy.primary && shard.inSync.length === 0
  if (value === 'new_primaries' && !isNew)
    return no(`non-new primary allocations are forbidden due to ${setting}`)
  return null
}

const dataTier: Decider = ({ nodes }, { index, node }) => {
  const tiers = tiersOf(index)
  const has = (one: FakeNode, tier: string) => one.roles.includes(tier) || one.roles.includes('data')
  const wanted = tiers.find(tier => nodes.some(one => one.joined && has(one, tier)))
  const preference = `index has a preference for tiers [${tiers.join(',')}]`
  if (wanted === undefined)
    return no(`${preference}, but no nodes for any of those tiers are available in the cluster`)
  return has(node, wanted) ? null : no(`${preference} and node does not meet the required [${wanted}] tier`)
}

const tiersOf = ({ settings, tier }: FakeIndex): string[] =>
  (settings['index.routing.allocation.include._tier_preference'] ?? tier).split(',')

const nodeShutdown: Decider = ({ shutdowns }, { node }) => {
  const record = shutdowns.find(({ nodeId, type }) => nodeId === node.id && type !== 'restart')
  return record === undefined ? null : no(`node [${node.id}] is preparing to be removed from the cluster`)
}

const nodeReplacement: Decider = (state, { node, copy }) => {
  const record = state.shutdowns.find(({ replacedBy }) => replacedBy === node.name)
  if (record === undefined || copy.node === record.nodeId || !isJoined(state, record.nodeId)) return null
  return no(
    `node [${node.id}] is replacing the vacating node [${nameOf(state, record.nodeId)}], only data currently allocated to the source node may be allocated to it until the replacement is complete`,
  )
}

const primaryFirst: Decider = (_state, { shard, copy }) => {
  const primary = primaryOf(shard)
  if (copy.primary || (primary && isLive(primary))) return null
  return no('primary shard for this replica is not yet active')
}

const nodeVersion: Decider = (state, { shard, copy, node }) => {
  const from = copy.primary && copy.node !== null ? copy.node : primaryOf(shard)?.node
  const version = state.nodes.find(({ id }) => id === from)?.version
  if (version === undefined || compareVersions(node.version, version) >= 0) return null
  return no(
    `cannot allocate replica shard to a node with version [${node.version}] since this is older than the primary version [${version}]`,
  )
}

function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map(text => text.split('.').map(Number))
  for (const at of [0, 1, 2]) {
    const difference = (a?.[at] ?? 0) - (b?.[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const restoreFailed: Decider = (_state, { index, copy }) => {
  if (copy.source?.state !== 'failed') return null
  return no(
    `shard has failed to be restored from the snapshot [${copy.source.repository}:${copy.source.snapshot}] - manually close or delete the index [${index.name}] in order to retry to restore the snapshot again or use the reroute API to force the allocation of an empty primary shard. Details: [${copy.details ?? 'a file cannot be read'}]`,
  )
}

const snapshotRuns: Decider = ({ stores }, { index, shard, copy }) => {
  if (!copy.primary || copy.node === null) return null
  const busy = Object.values(stores).some(({ snapshots }) =>
    snapshots.some(
      ({ state, indices }) =>
        state === 'IN_PROGRESS' &&
        indices.some(
          one =>
            one.uuid === index.uuid &&
            one.shards.some(found => found.number === shard.number && found.state === 'started'),
        ),
    ),
  )
  return busy
    ? ['throttle', `waiting for snapshotting of shard [${index.name}][${shard.number}] to complete`]
    : null
}

/** What is on its way to the node counts as if it were there. */
const diskLow: Decider = (state, { index, node }) => {
  const free = bytesToStayFree(state, node.totalBytes)
  if (free === null) return null
  const left = node.availableBytes - incomingBytes(state, node.id)
  if (left < free.low)
    return no(
      `the node is above the low watermark cluster setting [cluster.routing.allocation.disk.watermark.low=${free.lowText}], having less than the minimum required [${free.low}b] free space, actual free: [${left}b], actual used: [${usedPercent(node, left)}%]`,
    )
  const bytes = bytesOfShard(index)
  if (left - bytes >= free.low) return null
  return no(
    `allocating the shard to this node will bring the node above the low watermark cluster setting [cluster.routing.allocation.disk.watermark.low=${free.lowText}] and cause it to have less than the minimum required [${free.low}b] of free space (free: [${left}b], estimated shard size: [${bytes}b])`,
  )
}

const diskHigh: Decider = (state, { node }) => {
  const free = bytesToStayFree(state, node.totalBytes)
  if (free === null || node.availableBytes >= free.high) return null
  return no(
    `the shard cannot remain on this node because it is above the high watermark cluster setting [cluster.routing.allocation.disk.watermark.high=${free.highText}] and there is less than the required [${free.high}b] free space on node, actual free: [${node.availableBytes}b], actual used: [${usedPercent(node, node.availableBytes)}%]`,
  )
}

const usedPercent = ({ totalBytes }: FakeNode, free: number): string =>
  (100 - (100 * free) / totalBytes).toFixed(1)

function incomingBytes(state: FakeState, id: string): number {
  let bytes = 0
  eachCopy(state, ({ moving }) => {
    if (moving?.to === id) bytes += moving.bytes
  })
  return bytes
}

const shardsLimit: Decider = (state, { index, copy, node }) => {
  const ofIndex = number(index.settings['index.routing.allocation.total_shards_per_node'], -1)
  const ofCluster = number(effective(state, 'cluster.routing.allocation.total_shards_per_node'), -1)
  if (ofIndex < 0 && ofCluster < 0) return null
  let [here, all] = [0, 0]
  eachCopy(state, (one, _shard, its) => {
    if (one === copy || (one.node !== node.id && one.relocatingTo !== node.id)) return
    all += 1
    if (its === index) here += 1
  })
  if (ofCluster > 0 && all >= ofCluster)
    return no(
      `too many shards [${all}] allocated to this node, cluster setting [cluster.routing.allocation.total_shards_per_node=${ofCluster}]`,
    )
  if (ofIndex > 0 && here >= ofIndex)
    return no(
      `too many shards [${here}] allocated to this node for index [${index.name}], index setting [index.routing.allocation.total_shards_per_node=${ofIndex}]`,
    )
  return null
}

const awareness: Decider = (state, { shard, copy, node }) => {
  const names = effective(state, 'cluster.routing.allocation.awareness.attributes')?.split(',') ?? []
  for (const name of names) {
    const own = node.attributes[name]
    if (own === undefined)
      return no(
        `node does not contain the awareness attribute [${name}]; required attributes cluster setting [cluster.routing.allocation.awareness.attributes=${names.join(',')}]`,
      )
    const valueAt = (id: string | null) => state.nodes.find(one => one.id === id)?.attributes[name]
    const seen = state.nodes.flatMap(one => (one.joined && one.attributes[name]) || [])
    const forced =
      effective(state, `cluster.routing.allocation.awareness.force.${name}.values`)?.split(',') ?? []
    const values = new Set([...seen, ...forced])
    const most = Math.ceil(shard.copies.length / values.size)
    const others = shard.copies.filter(one => one !== copy && valueAt(one.relocatingTo ?? one.node) === own)
    if (others.length + 1 <= most) continue
    return no(
      `there are [${shard.copies.length}] copies of this shard and [${values.size}] values for attribute [${name}] ([${[...values].sort().join(', ')}] from nodes in the cluster and ${forced.length > 0 ? 'from forced awareness' : 'no forced awareness'}) so there may be at most [${most}] copies of this shard allocated to nodes with each value, but (including this copy) there would be [${others.length + 1}] copies allocated to nodes with [node.attr.${name}: ${own}]`,
    )
  }
  return null
}

/** Copies that come to a node from another one, at the same time. */
const throttling: Decider = (state, { node }) => {
  const setting = 'cluster.routing.allocation.node_concurrent_recoveries'
  const most = number(effective(state, setting), 2)
  if (incoming(state, node.id) < most) return null
  return [
    'throttle',
    `reached the limit of incoming shard recoveries [${most}], cluster setting [cluster.routing.allocation.node_concurrent_incoming_recoveries=${most}] (can also be set via [${setting}])`,
  ]
}

function incoming(state: FakeState, id: string): number {
  let count = 0
  eachCopy(state, ({ node, state: at, recovery, moving, primary }) => {
    const copies = at === 'INITIALIZING' && node === id && !primary && recovery !== null
    if (moving?.to === id || (copies && recovery.reused < recovery.bytes)) count += 1
  })
  return count
}

const filter: Decider = (state, { index, node }) => {
  const text = filterDecision(state, index, node)
  return text === null ? null : no(text)
}

const remainingDeciders: Record<string, Decider> = {
  filter,
  data_tier: dataTier,
  node_shutdown: nodeShutdown,
  disk_threshold: diskHigh,
  shards_limit: shardsLimit,
}

const allocationDeciders: Record<string, Decider> = {
  max_retry: maxRetry,
  replica_after_primary_active: primaryFirst,
  enable,
  node_version: nodeVersion,
  snapshot_in_progress: snapshotRuns,
  restore_in_progress: restoreFailed,
  node_shutdown: nodeShutdown,
  node_replacement: nodeReplacement,
  filter,
  same_shard: sameShard,
  disk_threshold: diskLow,
  throttling,
  shards_limit: shardsLimit,
  awareness,
  data_tier: dataTier,
}

const costly: readonly Decider[] = [diskLow, throttling, shardsLimit, snapshotRuns]
const cheapFirst: readonly Decider[] = [
  sameShard,
  dataTier,
  ...Object.values(allocationDeciders).filter(
    one => one !== sameShard && one !== dataTier && !costly.includes(one),
  ),
  ...costly,
]
