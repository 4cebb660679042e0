// Taking and deleting snapshots in the fake: a shard after the other on each node, at the speed of the state. What its
// repository cannot end is gone from the list, as on a server.
import type { JsonObject } from '../../../src/ports/json.ts'
import type { SnapshotProgress, SnapshotRequest } from '../../../src/ports/snapshots.ts'
import { nextId } from './indices.ts'
import { refuse } from './refuse.ts'
import { snapshotNamed, storeOf, writableStore } from './repository.ts'
import { bytesOfShard, isLive, primaryOf } from './shards.ts'
import type { FakeIndex, FakeState } from './state.ts'
import type { FakeFrozenIndex, FakeFrozenShard, FakeSnapshot, FakeStore } from './stores.ts'

/** What one shard takes besides its bytes. */
const shardMs = 200

export function createSnapshot(state: FakeState, request: SnapshotRequest): void {
  const { repository, name, globalState, metadata } = request
  const store = writableStore(state, repository)
  if (request.indices.length === 0) refuse('BUG', `the snapshot ${name} was asked for without any index`)
  if (store.snapshots.some(one => one.name === name))
    refuse('SNAPSHOT_EXISTS', `[${repository}:${name}] snapshot with the same name already exists`)
  if (!/^[^A-Z\s,#/\\*?"<>|_][^A-Z\s,#/\\*?"<>|]*$/.test(name))
    refuse('CLUSTER_REJECTED', `[${repository}:${name}] invalid_snapshot_name_exception`)
  const indices = [...request.indices].sort().map(index => freeze(state, store, index))
  const snapshot: FakeSnapshot = {
    name,
    uuid: nextId(state, 'snapshot'),
    version: state.nodes[0]?.version ?? '',
    globalState,
    metadata: structuredClone(metadata) as JsonObject,
    state: 'IN_PROGRESS',
    startedAtMs: state.atMs,
    endedAtMs: null,
    indices,
  }
  store.snapshots.push(snapshot)
  state.stateVersion += 1
  workOn(state, store, snapshot)
}

function freeze(state: FakeState, store: FakeStore, name: string): FakeFrozenIndex {
  const index = state.indices.find(one => one.name === name)
  if (index === undefined) return refuse('CLUSTER_REJECTED', `no such index [${name}]`)
  const { uuid, createdAtMs, replicas, tier, settings, aliases, mappingHash, bytes, documents } = index
  return structuredClone({
    name,
    uuid,
    createdAtMs,
    replicas,
    tier,
    settings,
    aliases,
    mappingHash,
    docs: Math.floor(index.docs),
    bytes,
    documents,
    shards: index.shards.map(shard => freezeShard(state, store, index, shard.number)),
  })
}

function freezeShard(state: FakeState, store: FakeStore, index: FakeIndex, number: number): FakeFrozenShard {
  const shard = index.shards[number]
  const primary = shard && primaryOf(shard)
  if (!primary || !isLive(primary))
    return refuse('CLUSTER_REJECTED', `Indices don't have primary shards [${index.name}]`)
  const before = store.snapshots
    .flatMap(({ indices }) => indices)
    .findLast(({ uuid, shards }) => uuid === index.uuid && shards[number]?.state === 'done')
  const bytes = bytesOfShard(index)
  const share = before === undefined ? 1 : 1 - Math.min(1, before.docs / Math.max(1, Math.floor(index.docs)))
  return {
    number,
    bytes,
    newBytes: Math.round(bytes * share),
    node: state.nodes.find(({ id }) => id === primary.node)?.name ?? '',
    state: 'initializing',
    reason: null,
    endsAtMs: null,
    corrupt: false,
  }
}

const running = (state: FakeState) =>
  Object.values(state.stores).flatMap(store =>
    store.snapshots.filter(one => one.state === 'IN_PROGRESS').map(snapshot => ({ store, snapshot })),
  )

export const snapshotTimes = (state: FakeState): number[] => [
  ...running(state).flatMap(({ snapshot }) =>
    snapshot.indices.flatMap(({ shards }) =>
      shards.flatMap(shard => (shard.state === 'started' && shard.endsAtMs) || []),
    ),
  ),
  ...state.deletions.map(({ endsAtMs }) => endsAtMs),
]

/** Does what is due; says whether anything was. */
export function settleSnapshots(state: FakeState): boolean {
  let busy = false
  for (const { store, snapshot } of running(state)) busy = workOn(state, store, snapshot) || busy
  for (const deletion of state.deletions.filter(({ endsAtMs }) => endsAtMs <= state.atMs)) {
    state.deletions = state.deletions.filter(one => one !== deletion)
    const store = storeOf(state, deletion.repository)
    store.snapshots = store.snapshots.filter(({ name }) => !deletion.snapshots.includes(name))
    state.stateVersion += 1
    busy = true
  }
  return busy
}

function workOn(state: FakeState, store: FakeStore, snapshot: FakeSnapshot): boolean {
  let busy = false
  const isDown = (name: string) => !state.nodes.some(node => node.name === name && node.joined)
  const working = new Set<string>()
  for (const index of snapshot.indices)
    for (const shard of index.shards) {
      if (shard.state === 'done' || shard.state === 'failed') continue
      if (isDown(shard.node)) {
        busy = end(shard, 'node shutdown')
        continue
      }
      if (working.has(shard.node)) continue
      if (shard.state === 'started' && shard.endsAtMs !== null && shard.endsAtMs <= state.atMs) {
        busy = end(shard, whyItFails(store, index, shard))
        continue
      }
      const stalled = store.trouble.stalls.some(one => one === '*' || one === index.name)
      if (!stalled) working.add(shard.node)
      const endsAtMs = stalled ? null : (shard.endsAtMs ?? state.atMs + msOf(state, shard))
      if (shard.state === 'started' && shard.endsAtMs === endsAtMs) continue
      Object.assign(shard, { state: 'started', endsAtMs })
      busy = true
    }
  return finish(state, store, snapshot) || busy
}

const msOf = ({ snapshotBytesPerSecond }: FakeState, { newBytes }: FakeFrozenShard) =>
  shardMs + Math.round((newBytes / snapshotBytesPerSecond) * 1000)

function end(shard: FakeFrozenShard, reason: string | null): true {
  Object.assign(shard, { state: reason === null ? 'done' : 'failed', reason, endsAtMs: null })
  return true
}

function whyItFails({ trouble }: FakeStore, index: FakeFrozenIndex, shard: FakeFrozenShard): string | null {
  const names = ['*', index.name, `${index.name}[${shard.number}]`]
  if (trouble.missingOn.includes(shard.node)) return `the location is not accessible on ${shard.node}`
  if (trouble.notWritable) return 'AccessDeniedException'
  if (trouble.full) return 'IOException[No space left on device]'
  return trouble.losesBlobs.some(one => names.includes(one)) ? 'NoSuchFileException' : null
}

function finish(state: FakeState, store: FakeStore, snapshot: FakeSnapshot): boolean {
  const shards = snapshot.indices.flatMap(index => index.shards)
  if (shards.some(shard => shard.state === 'initializing' || shard.state === 'started')) return false
  const failed = shards.filter(shard => shard.state === 'failed')
  for (const { newBytes } of failed) leave(store, newBytes)
  // Its last files cannot be written: it never was.
  if (store.trouble.full || store.trouble.notWritable)
    store.snapshots = store.snapshots.filter(one => one !== snapshot)
  snapshot.state = failed.length > 0 ? 'PARTIAL' : 'SUCCESS'
  snapshot.endedAtMs = state.atMs
  state.stateVersion += 1
  return true
}

function leave({ orphans }: FakeStore, bytes: number): void {
  orphans.bytes += Math.round(bytes / 2)
  orphans.blobs += 1
}

/** Begins; the last one of these is gone at the time that it gives. A running one is stopped first. */
export function beginDeletion(state: FakeState, repository: string, names: readonly string[]): number {
  const store = writableStore(state, repository)
  if (store.trouble.notWritable)
    refuse('REPOSITORY_BROKEN', `[${repository}] failed to delete snapshots (repository_exception)`)
  const found = store.snapshots.filter(({ name }) => names.includes(name))
  const restored = state.restores.find(one => one.repository === repository && names.includes(one.snapshot))
  if (restored !== undefined)
    refuse('CLUSTER_BUSY', `[${repository}:${restored.snapshot}] cannot delete snapshot during a restore`)
  if (found.length === 0) return state.atMs
  for (const snapshot of found)
    if (snapshot.state === 'IN_PROGRESS') Object.assign(snapshot, { state: 'FAILED', endedAtMs: state.atMs })
  const endsAtMs = state.atMs + state.deletionMs
  state.deletions.push({ repository, snapshots: found.map(({ name }) => name), endsAtMs })
  state.stateVersion += 1
  return endsAtMs
}

/** As the server has it: one that ended without every shard is called SUCCESS here too. */
export function readProgress(state: FakeState, repository: string, name: string): SnapshotProgress {
  const snapshot = snapshotNamed(state, repository, name)
  const shards = snapshot.indices.flatMap(index => index.shards)
  const count = (wanted: FakeFrozenShard['state']) => shards.filter(shard => shard.state === wanted).length
  const sum = (bytes: (shard: FakeFrozenShard) => number) =>
    Math.round(shards.reduce((total, shard) => total + bytes(shard), 0))
  return {
    state: { IN_PROGRESS: 'STARTED', SUCCESS: 'SUCCESS', PARTIAL: 'SUCCESS', FAILED: 'FAILED' }[
      snapshot.state
    ],
    shards: {
      initializing: count('initializing'),
      started: count('started'),
      finalizing: 0,
      done: count('done'),
      failed: count('failed'),
      total: shards.length,
    },
    totalBytes: sum(({ bytes }) => bytes),
    incrementalBytes: sum(({ newBytes }) => newBytes),
    processedBytes: sum(shard => processedOf(state, shard)),
    indices: snapshot.indices.map(({ name: index, bytes, shards: all }) => ({
      index,
      shards: all.length,
      bytes: Math.round(bytes),
    })),
  }
}

function processedOf(state: FakeState, shard: FakeFrozenShard): number {
  if (shard.state === 'done') return shard.newBytes
  if (shard.state !== 'started' || shard.endsAtMs === null) return 0
  const left = (shard.endsAtMs - state.atMs) / msOf(state, shard)
  return shard.newBytes * Math.max(0, 1 - left)
}

/** Indices that a running snapshot reads may not be closed or deleted. */
export function refuseWhileSnapshotted(state: FakeState, names: readonly string[]): void {
  const taken = running(state).flatMap(({ snapshot }) => snapshot.indices.map(({ name }) => name))
  const held = names.filter(name => taken.includes(name))
  if (held.length > 0) refuse('CLUSTER_BUSY', `Cannot change indices that are being snapshotted: ${held}`)
}
