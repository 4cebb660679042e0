// Restores in the fake: indices appear at once with their primaries unassigned, and fill over time. A shard that fails
// leaves the list of recoveries and the list of restores; only its copy says so.
import type { RestoreRequest, RunningRestore, ShardRecovery } from '../../../src/ports/snapshots.ts'
import { allocate } from './copies.ts'
import { deleteIndex, nextId, unassigned } from './indices.ts'
import { matches } from './patterns.ts'
import { refuse } from './refuse.ts'
import { snapshotNamed } from './repository.ts'
import { eachCopy, effective } from './shards.ts'
import type { FakeCopy, FakeIndex, FakeShard, FakeState } from './state.ts'
import type { FakeFrozenIndex, FakeFrozenShard, FakeSnapshot } from './stores.ts'

export function beginRestore(state: FakeState, request: RestoreRequest): void {
  const { repository, prefix } = request
  const snapshot = snapshotNamed(state, repository, request.snapshot)
  refuseSnapshot(state, snapshot)
  if (request.indices.length === 0)
    refuse('BUG', `a restore of ${snapshot.name} was asked for without any index`)
  const frozen = request.indices.map(name => chosen(snapshot, name, request))
  const newShards = frozen.reduce(
    (sum, { shards, replicas }) => sum + shards.length * ((request.replicas ?? replicas) + 1),
    0,
  )
  refuseShards(state, newShards)
  for (const index of frozen) {
    const name = `${prefix}${index.name}`
    const over = state.indices.find(one => one.name === name)
    if (over !== undefined) deleteIndex(state, name)
    state.indices.push(makeIndex(state, index, request, over))
  }
  state.restores.push({
    repository,
    snapshot: snapshot.name,
    indices: frozen.map(({ name }) => `${prefix}${name}`),
  })
  state.stateVersion += 1
  allocate(state)

  function chosen(from: FakeSnapshot, name: string, { prefix: before }: RestoreRequest): FakeFrozenIndex {
    const found = from.indices.find(one => one.name === name)
    if (found === undefined) return refuse('CLUSTER_REJECTED', `no such index [${name}] in [${from.name}]`)
    if (found.shards.some(shard => shard.state !== 'done'))
      refuse('RESTORE_FAILED', `index [${name}] wasn't fully snapshotted - cannot restore`)
    const over = state.indices.find(one => one.name === `${before}${name}`)
    if (over?.state === 'open')
      refuse('INDEX_EXISTS', `cannot restore index [${over.name}] because an open index has the same name`)
    return found
  }
}

function refuseSnapshot(state: FakeState, { name, state: at, version }: FakeSnapshot): void {
  if (at === 'IN_PROGRESS')
    refuse('RESTORE_FAILED', `[${name}] cannot restore a snapshot that is being taken`)
  const own = state.nodes[0]?.version ?? ''
  if (versionNumber(version) > versionNumber(own))
    refuse('RESTORE_FAILED', `[${name}] was created with version [${version}], this cluster has [${own}]`)
}

const versionNumber = (version: string): number =>
  version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0)

/** @throws OpsError CLUSTER_REJECTED when so many more shards are more than the limit */
export function refuseShards(state: FakeState, more: number): void {
  const { perNode, dataNodes, open } = readBudget(state)
  if (open + more <= perNode * dataNodes) return
  refuse(
    'CLUSTER_REJECTED',
    `this action would add [${more}] shards, but this cluster currently has [${open}]/[${perNode * dataNodes}] maximum normal shards open`,
  )
}

export function readBudget(state: FakeState): { perNode: number; dataNodes: number; open: number } {
  const open = state.indices
    .filter(index => index.state === 'open')
    .reduce((sum, { shards, replicas }) => sum + shards.length * (replicas + 1), 0)
  const isData = (roles: string[]) => roles.some(role => role.startsWith('data'))
  return {
    perNode: Number(effective(state, 'cluster.max_shards_per_node') ?? 1000),
    dataNodes: state.nodes.filter(({ joined, roles }) => joined && isData(roles)).length,
    open,
  }
}

function makeIndex(
  state: FakeState,
  frozen: FakeFrozenIndex,
  request: RestoreRequest,
  over: FakeIndex | undefined,
): FakeIndex {
  const replicas = request.replicas ?? frozen.replicas
  const kept = Object.entries(frozen.settings).filter(([name]) => !matches(name, request.without))
  const settings = { ...Object.fromEntries(kept), ...request.settings }
  const reason = over ? 'EXISTING_INDEX_RESTORED' : 'NEW_INDEX_RESTORED'
  return {
    name: `${request.prefix}${frozen.name}`,
    uuid: nextId(state, 'uuid'),
    createdAtMs: frozen.createdAtMs,
    replicas,
    autoExpand: null,
    state: 'open',
    searchableSnapshot: false,
    tier: tierOf(state, frozen, request),
    settings,
    blocks: Object.keys(settings)
      .filter(name => name.startsWith('index.blocks.') && settings[name] === 'true')
      .map(name => name.slice('index.blocks.'.length)),
    docs: frozen.docs,
    bytes: frozen.bytes,
    written: false,
    restored: true,
    // Under another name it would stand beside the index that has the alias.
    aliases: request.prefix === '' ? [...frozen.aliases] : [],
    mappingHash: frozen.mappingHash,
    documents: structuredClone(frozen.documents),
    shards: frozen.shards.map(shard => makeShard(shard, request, replicas, reason)),
  }
}

function tierOf(state: FakeState, { tier }: FakeFrozenIndex, { settings, without }: RestoreRequest): string {
  const wanted = settings['index.routing.allocation.include._tier_preference']?.split(',') ?? []
  const found = wanted.find(one => state.nodes.some(({ roles }) => roles.includes(one)))
  if (found !== undefined) return found
  return matches('index.routing.allocation.include._tier_preference', without) ? 'data_content' : tier
}

function makeShard(
  { number, bytes, corrupt }: FakeFrozenShard,
  { repository, snapshot }: RestoreRequest,
  replicas: number,
  reason: string,
): FakeShard {
  const copies = Array.from({ length: replicas + 1 }, (_, at): FakeCopy => {
    const source = at === 0 ? { repository, snapshot, bytes, corrupt, state: 'waiting' as const } : null
    return { ...unassigned(reason), primary: at === 0, source }
  })
  return { number, inSync: [], copies, acked: 0 }
}

type ShardAt = RunningRestore['shards'][number]

/** Every primary of the restore, as the master's list has it. */
function shardsOf(state: FakeState, names: readonly string[]): ShardAt[] {
  return state.indices
    .filter(({ name }) => names.includes(name))
    .flatMap(({ name, shards }) =>
      shards.map(({ number, copies }) => {
        const primary = copies.find(copy => copy.primary)
        return { index: name, shard: number, state: primary ? stateOf(primary) : 'FAILURE' }
      }),
    )
}

function stateOf({ state, source }: FakeCopy): string {
  if (source?.state === 'failed') return 'FAILURE'
  return state === 'STARTED' || state === 'RELOCATING' ? 'SUCCESS' : 'INIT'
}

export const readRestores = (state: FakeState): RunningRestore[] =>
  state.restores.map(({ repository, snapshot, indices }) => ({
    repository,
    snapshot,
    state: 'STARTED',
    shards: shardsOf(state, indices),
  }))

/** Ended ones leave the list, the failed ones too; says whether any did. */
export function settleRestores(state: FakeState): boolean {
  const before = state.restores.length
  state.restores = state.restores.filter(({ indices }) =>
    shardsOf(state, indices).some(shard => shard.state === 'INIT'),
  )
  return state.restores.length < before
}

export function readRecoveries(state: FakeState, names: readonly string[]): ShardRecovery[] {
  const found: ShardRecovery[] = []
  eachCopy(state, (copy, shard, index) => {
    if (!names.includes(index.name) || copy.state === 'UNASSIGNED') return
    found.push({ index: index.name, shard: shard.number, ...describe(state, copy) })
  })
  return found
}

function describe(state: FakeState, copy: FakeCopy): Omit<ShardRecovery, 'index' | 'shard'> {
  const { primary, recovery, source } = copy
  const done = copy.state !== 'INITIALIZING'
  const length = Math.max(1, (recovery?.endMs ?? 0) - (recovery?.beginMs ?? 0))
  const share = done || recovery === null ? 1 : Math.min(1, (state.atMs - recovery.beginMs) / length)
  const total = Math.round(recovery?.bytes ?? 0)
  return {
    primary,
    type: typeOf(copy),
    stage: done ? 'DONE' : share === 0 ? 'INIT' : 'INDEX',
    fromSnapshot: source?.snapshot ?? null,
    recoveredBytes: Math.floor(total * share),
    totalBytes: total,
  }
}

function typeOf({ primary, source, recovery }: FakeCopy): string {
  if (source !== null) return 'SNAPSHOT'
  if (recovery === null) return primary ? 'EMPTY_STORE' : 'PEER'
  return primary ? 'EXISTING_STORE' : 'PEER'
}
