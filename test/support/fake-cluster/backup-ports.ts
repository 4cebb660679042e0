// SnapshotsPort and IndicesPort of the fake, put together from what its files do to the state.
import type { IndicesPort } from '../../../src/ports/indices.ts'
import type { SnapshotsPort } from '../../../src/ports/snapshots.ts'
import * as catalog from './catalog.ts'
import { readContent, readHashes, takeSample } from './documents.ts'
import * as repository from './repository.ts'
import * as restore from './restore.ts'
import * as snapshots from './snapshots.ts'
import type { FakeState } from './state.ts'

export interface Access {
  ask<T>(answer: (state: FakeState) => T): Promise<T>
  /** Saved; its answer may be lost by its name. */
  write<T>(call: string, change: (state: FakeState) => T): Promise<T>
  /** Until the state is that old. */
  sleepUntil(atMs: number): Promise<void>
}

export const openSnapshots = ({ ask, write, sleepUntil }: Access): SnapshotsPort => ({
  repositories: () => ask(repository.readRepositories),
  verify: name => ask(state => repository.verify(state, name)),
  register: (one, check) => write('snapshots.register', state => repository.register(state, one, check)),
  list: name => ask(state => repository.readSnapshots(state, name)),
  progress: (name, snapshot) => ask(state => snapshots.readProgress(state, name, snapshot)),
  work: () => ask(repository.readWork),
  create: request => write('snapshots.create', state => snapshots.createSnapshot(state, request)),
  remove: async (name, gone) =>
    sleepUntil(await write('snapshots.remove', state => snapshots.beginDeletion(state, name, gone))),
  cleanUp: name => write('snapshots.cleanUp', state => repository.cleanUp(state, name)),
  restore: request => write('snapshots.restore', state => restore.beginRestore(state, request)),
  restores: () => ask(restore.readRestores),
  recoveries: indices => ask(state => restore.readRecoveries(state, indices)),
})

export const openIndices = ({ ask, write }: Access): IndicesPort => ({
  find: patterns => ask(state => catalog.findIndices(state, patterns)),
  settings: names => ask(state => catalog.readSettings(state, names)),
  content: indices =>
    ask(state => indices.map(name => readContent(catalog.readable(state, name), state.atMs))),
  sample: (index, count, seed) => ask(state => takeSample(catalog.readable(state, index), count, seed)),
  hashes: (index, ids) => ask(state => readHashes(catalog.readable(state, index), ids)),
  remove: indices => write('indices.remove', state => catalog.removeIndices(state, indices)),
  replaceByAlias: change => write('indices.replaceByAlias', state => catalog.replaceByAlias(state, change)),
  shardBudget: () => ask(restore.readBudget),
})
