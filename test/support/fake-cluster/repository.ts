// Repositories of the fake: what is registered, what lies there, and what is wrong with it. A place keeps what it has when
// its registration is taken off.
import type { Repository, RepositoryWork, SnapshotInfo } from '../../../src/ports/snapshots.ts'
import { spoil } from './documents.ts'
import { refuse } from './refuse.ts'
import type { FakeNode, FakeState } from './state.ts'
import type { FakeRepository, FakeSnapshot, FakeStore, StoreAction } from './stores.ts'

const isReadOnly = ({ settings }: FakeRepository) => settings.readonly === 'true'

export function repositoryNamed(state: FakeState, name: string): FakeRepository {
  const found = state.repositories.find(one => one.name === name)
  return found ?? refuse('REPOSITORY_MISSING', `[${name}] missing (repository_missing_exception)`)
}

/** The place behind a registration; made when it is first asked for. */
export function storeOf(state: FakeState, name: string): FakeStore {
  const { settings } = repositoryNamed(state, name)
  const place = settings.location ?? [settings.bucket, settings.base_path].join('/')
  state.stores[place] ??= emptyStore()
  return state.stores[place]
}

const emptyStore = (): FakeStore => ({
  snapshots: [],
  trouble: {
    missingOn: [],
    notWritable: false,
    full: false,
    unreadable: false,
    stalls: [],
    losesBlobs: [],
  },
  orphans: { bytes: 0, blobs: 0 },
})

/** @throws OpsError REPOSITORY_BROKEN when its table of contents cannot be read */
export function readableStore(state: FakeState, name: string): FakeStore {
  const store = storeOf(state, name)
  if (store.trouble.unreadable)
    refuse('REPOSITORY_BROKEN', `[${name}] Could not read repository data (repository_exception)`)
  return store
}

/** @throws OpsError REPOSITORY_BROKEN when it is registered read-only */
export function writableStore(state: FakeState, name: string): FakeStore {
  const store = readableStore(state, name)
  if (isReadOnly(repositoryNamed(state, name)))
    refuse('REPOSITORY_BROKEN', `[${name}] repository is readonly`)
  return store
}

export function snapshotNamed(state: FakeState, repository: string, name: string): FakeSnapshot {
  const found = readableStore(state, repository).snapshots.find(one => one.name === name)
  return (
    found ?? refuse('SNAPSHOT_MISSING', `[${repository}:${name}] is missing (snapshot_missing_exception)`)
  )
}

export const readRepositories = ({ repositories }: FakeState): Repository[] =>
  repositories.map(one => ({
    name: one.name,
    type: one.type,
    settings: { ...one.settings },
    readOnly: isReadOnly(one),
  }))

const takesPart = ({ joined, roles }: FakeNode) =>
  joined && roles.some(role => role === 'master' || role.startsWith('data'))

export function verify(state: FakeState, name: string): string[] {
  const { trouble } = writableOrRead(state, name)
  const nodes = state.nodes.filter(takesPart).map(node => node.name)
  const bad =
    trouble.notWritable || trouble.full ? nodes : nodes.filter(one => trouble.missingOn.includes(one))
  if (bad.length > 0)
    refuse('REPOSITORY_BROKEN', `[${name}] is not accessible on ${bad.join(', ')} (repository_verification)`)
  return nodes
}

/** A read-only one is verified by reading it. */
const writableOrRead = (state: FakeState, name: string): FakeStore => {
  const store = readableStore(state, name)
  if (!isReadOnly(repositoryNamed(state, name))) return store
  return { ...store, trouble: { ...store.trouble, notWritable: false, full: false } }
}

/** As the server does: one that turns out not to work is not registered, and what was there before stays. */
export function register(state: FakeState, repository: Repository, check: boolean): void {
  const { name, type, settings, readOnly } = repository
  refuseWhileUsed(state, name)
  const { readonly: _, ...others } = settings
  const entry = { name, type, settings: readOnly ? { ...others, readonly: 'true' } : others }
  const before = state.repositories
  state.repositories = [...before.filter(one => one.name !== name), entry]
  try {
    if (check) verify(state, name)
  } catch (refused) {
    state.repositories = before
    throw refused
  }
  state.stateVersion += 1
}

function refuseWhileUsed(state: FakeState, name: string): void {
  const used =
    readWork(state).some(({ repository }) => repository === name) ||
    state.restores.some(({ repository }) => repository === name)
  if (used)
    refuse('CLUSTER_BUSY', `[${name}] trying to modify or unregister repository that is currently used`)
}

export function readWork(state: FakeState): RepositoryWork[] {
  const running = state.repositories.flatMap(({ name }) =>
    storeOf(state, name)
      .snapshots.filter(snapshot => snapshot.state === 'IN_PROGRESS')
      .map(snapshot => ({ kind: 'create' as const, repository: name, snapshots: [snapshot.name] })),
  )
  return [
    ...state.world.snapshots.map(({ repository, snapshot }) => ({
      kind: 'create' as const,
      repository,
      snapshots: [snapshot],
    })),
    ...running,
    ...state.deletions.map(({ repository, snapshots }) => ({
      kind: 'delete' as const,
      repository,
      snapshots: [...snapshots],
    })),
  ]
}

export function cleanUp(state: FakeState, name: string): { bytes: number; blobs: number } {
  const store = writableStore(state, name)
  if (readWork(state).some(({ repository }) => repository === name))
    refuse('CLUSTER_BUSY', `cannot cleanup [${name}] while something else works on it`)
  const { orphans } = store
  store.orphans = { bytes: 0, blobs: 0 }
  return orphans
}

export function readSnapshots(state: FakeState, repository: string): SnapshotInfo[] {
  return [...readableStore(state, repository).snapshots]
    .sort((a, b) => a.startedAtMs - b.startedAtMs)
    .map(snapshot => describe(repository, snapshot))
}

function describe(repository: string, snapshot: FakeSnapshot): SnapshotInfo {
  const { indices, name, uuid, state, version, globalState, metadata, startedAtMs, endedAtMs } = snapshot
  const shards = indices.flatMap(index => index.shards.map(shard => ({ index: index.name, ...shard })))
  const failed = shards.filter(shard => shard.state === 'failed')
  return {
    repository,
    name,
    uuid,
    state,
    version,
    indices: indices.map(index => index.name),
    featureStates: [],
    globalState,
    startedAtMs,
    endedAtMs,
    // Nothing is counted before the end.
    shards:
      endedAtMs === null
        ? { total: 0, successful: 0, failed: 0 }
        : { total: shards.length, successful: shards.length - failed.length, failed: failed.length },
    failures:
      endedAtMs === null
        ? []
        : failed.map(({ index, number, reason }) => ({ index, shard: number, reason: reason ?? '' })),
    metadata: structuredClone(metadata) as SnapshotInfo['metadata'],
  }
}

export function actOnStore(state: FakeState, action: StoreAction): void {
  switch (action.do) {
    case 'store':
      Object.assign(storeOf(state, action.repository).trouble, action.trouble)
      break
    case 'corrupt':
      for (const shard of frozen(state, action).shards)
        if (shard.number === action.shard) shard.corrupt = true
      break
    case 'spoil-snapshot':
      spoil(frozen(state, action).documents, action.document, action.how)
      break
    case 'spoil-document': {
      const found = state.indices.find(({ name }) => name === action.index)
      if (found) spoil(found.documents, action.document, action.how)
      break
    }
  }
}

function frozen(state: FakeState, at: { repository: string; snapshot: string; index: string }) {
  const snapshot = storeOf(state, at.repository).snapshots.find(({ name }) => name === at.snapshot)
  const found = snapshot?.indices.find(({ name }) => name === at.index)
  if (found === undefined) throw new Error(`${at.repository}/${at.snapshot} has no index ${at.index}`)
  return found
}
