// Indices of the fake as IndicesPort sees them: found, replaced, deleted. It deletes by uuid only.
import type { IndexFacts, IndexSettings, IndicesPort } from '../../../src/ports/indices.ts'
import { deleteIndex } from './indices.ts'
import { matches } from './patterns.ts'
import { refuse } from './refuse.ts'
import { refuseWhileSnapshotted } from './snapshots.ts'
import type { FakeIndex, FakeState } from './state.ts'

export const findIndices = (state: FakeState, patterns: readonly string[]): IndexFacts[] =>
  state.indices
    .filter(({ name }) => matches(name, patterns))
    .map(describe)
    .sort((a, b) => (a.name < b.name ? -1 : 1))

const describe = (index: FakeIndex): IndexFacts => ({
  name: index.name,
  uuid: index.uuid,
  open: index.state === 'open',
  createdAtMs: index.createdAtMs,
  shards: index.shards.length,
  replicas: index.replicas,
  aliases: [...index.aliases].sort(),
  settings: { ...index.settings },
  mappingHash: index.mappingHash,
})

export const readSettings = (
  { indices }: FakeState,
  names: readonly string[],
): ReadonlyMap<string, IndexSettings> =>
  new Map(
    indices.map(({ name, settings }) => [
      name,
      Object.fromEntries(Object.entries(settings).filter(([key]) => matches(key, names))),
    ]),
  )

/** @throws OpsError CLUSTER_BUSY where a part of it does not answer, CLUSTER_REJECTED where it is missing or closed */
export function readable(state: FakeState, name: string): FakeIndex {
  const index = named(state, name)
  if (index.state === 'close') refuse('CLUSTER_REJECTED', `closed index [${name}] (index_closed_exception)`)
  const absent = index.shards.find(({ copies }) => !copies.some(copy => copy.state === 'STARTED'))
  if (absent) refuse('CLUSTER_BUSY', `no copy of [${name}][${absent.number}] answers`)
  return index
}

export function named(state: FakeState, name: string): FakeIndex {
  const found = state.indices.find(one => one.name === name || one.aliases.includes(name))
  return found ?? refuse('CLUSTER_REJECTED', `no such index [${name}] (index_not_found_exception)`)
}

export function removeIndices(
  state: FakeState,
  indices: readonly { readonly name: string; readonly uuid: string }[],
): { readonly passedOver: readonly string[] } {
  const isThere = (one: { name: string; uuid: string }) =>
    state.indices.some(({ name, uuid }) => name === one.name && uuid === one.uuid)
  const there = indices.filter(isThere)
  refuseWhileSnapshotted(
    state,
    there.map(({ name }) => name),
  )
  const passedOver = indices.filter(one => !isThere(one)).map(({ name }) => name)
  for (const { name } of there) deleteIndex(state, name)
  return { passedOver }
}

export function replaceByAlias(
  state: FakeState,
  { alias, uuid, to }: Parameters<IndicesPort['replaceByAlias']>[0],
): void {
  const old = state.indices.find(({ name }) => name === alias)
  if (old !== undefined && uuid === null)
    refuse('INDEX_EXISTS', `an index has the name of the alias [${alias}]`)
  if (uuid !== null && old?.uuid !== uuid)
    refuse('PLAN_CHANGED', `the index [${alias}] is gone or another one now`)
  const target = named(state, to)
  if (old !== undefined) {
    refuseWhileSnapshotted(state, [alias])
    deleteIndex(state, alias)
  }
  for (const index of state.indices) index.aliases = index.aliases.filter(one => one !== alias)
  target.aliases.push(alias)
  state.stateVersion += 1
}
