// Indices that are restored together: begun once, found again after a crash, and deleted exactly. What this run has not made is
// never touched: names hold the run's id, or the name was free and the index is as old as the snapshot.
import { type IndexFacts, OpsError, type RestoreRequest, type Run, sayFew } from '#sdk'
import type { IndexSize } from './source.ts'

export type SnapshotRef = {
  readonly repository: string
  readonly name: string
  readonly uuid: string
  readonly startedAtMs: number
}

export interface Batch {
  /** Of its steps. */
  readonly key: string
  readonly from: SnapshotRef
  readonly indices: readonly IndexSize[]
  /** Put before every name; empty for their own names. */
  readonly prefix: string
  readonly replicas: number | null
  /** Settings that are left out. */
  readonly without: readonly string[]
}

export type Made = {
  /** As it is called in the snapshot. */
  readonly index: string
  /** As it is called now. */
  readonly name: string
  readonly uuid: string
  /** As the repository has it. Nodes measure what they hold too seldom: what was just filled may still read as empty. */
  readonly bytes: number
}

/** Lifecycle: a restored index keeps its age, so its last phase would delete it at once. Pipelines: nothing is to be indexed. */
export const withoutForCopies: readonly string[] = [
  'index.lifecycle.*',
  'index.routing.allocation.*',
  'index.default_pipeline',
  'index.final_pipeline',
  'index.blocks.*',
]

/** For real: it is written to again, on its own tier. Filters by node may name nodes that are gone. */
export const withoutInPlace: readonly string[] = [
  'index.lifecycle.*',
  'index.blocks.read_only_allow_delete',
  ...['require', 'include', 'exclude'].flatMap(kind =>
    ['_name', '_ip', '_host', '_id'].map(by => `index.routing.allocation.${kind}.${by}`),
  ),
  'index.routing.allocation.initial_recovery.*',
]

const nameIn = ({ prefix }: Batch, index: string): string => `${prefix}${index}`

/** What this run has made of the batch and is still there. */
export async function findMade(run: Run, batch: Batch): Promise<readonly Made[]> {
  const found = await findNames(run, batch)
  return batch.indices.flatMap(({ index, bytes }) => {
    const one = found.find(({ name }) => name === nameIn(batch, index))
    return one === undefined || !isOurs(batch, one) ? [] : [{ index, name: one.name, uuid: one.uuid, bytes }]
  })
}

const isOurs = ({ prefix, from }: Batch, { createdAtMs }: IndexFacts): boolean =>
  prefix !== '' || createdAtMs <= from.startedAtMs

async function findNames(run: Run, batch: Batch): Promise<readonly IndexFacts[]> {
  const names = new Set(batch.indices.map(({ index }) => nameIn(batch, index)))
  // Asked by name, an alias answers too.
  return (await run.indices.find([...names])).filter(({ name }) => names.has(name))
}

/** Begins the restore unless it has been begun. Whatever the answer was, the indices say whether it has. */
export async function beginRestore(run: Run, batch: Batch): Promise<readonly Made[]> {
  await checkFree(run, batch)
  if ((await findMade(run, batch)).length === 0) await restoreOnce(run, batch)
  return findMade(run, batch)
}

/** Once, before the first attempt: what is there then is not ours. */
async function checkFree(run: Run, batch: Batch): Promise<void> {
  if (batch.prefix !== '') return
  const taken = await run.note(`${batch.key}.taken`, async () =>
    (await findNames(run, batch)).map(({ name }) => name),
  )
  if (taken.length === 0) return
  throw new OpsError('INDEX_EXISTS', {
    message: `made since the plan: ${sayFew(taken)}`,
    hint: 'nothing was restored over it; see who has made it, then plan anew',
  })
}

function restoreOnce(run: Run, batch: Batch): Promise<number> {
  const { key, from, indices, prefix } = batch
  return run.step({
    // What an earlier process has deleted again is restored by the next one.
    key: `${key}.restore.${run.fencing}`,
    title: `restore ${sayIndices(batch)} of ${from.name}${prefix === '' ? '' : ` as ${prefix}*`}`,
    before: indices.map(({ index }) => nameIn(batch, index)),
    observe: async () => {
      const { length } = await findMade(run, batch)
      return length === 0 ? { state: 'not-done' } : { state: 'done', result: length }
    },
    apply: async () => {
      await run.snapshots.restore(requestOf(batch))
      return indices.length
    },
    // A request that comes late makes the next one fail on the name, and is then found.
    retries: 1,
  })
}

const requestOf = ({ from, indices, prefix, replicas, without }: Batch): RestoreRequest => ({
  repository: from.repository,
  snapshot: from.name,
  indices: indices.map(({ index }) => index),
  prefix,
  replicas,
  settings: {},
  without,
  globalState: false,
})

const sayIndices = ({ indices: [first, ...others] }: Batch): string =>
  others.length === 0 ? (first?.index ?? 'nothing') : `${others.length + 1} indices`

/** Exactly what is there of it, by uuid. Says what was deleted. */
export async function removeMade(run: Run, batch: Batch): Promise<readonly string[]> {
  const made = await findMade(run, batch)
  if (made.length === 0) return []
  const names = made.map(({ name }) => name)
  await run.step({
    key: `${batch.key}.remove.${run.fencing}`,
    title: `delete ${sayFew(names, 3)}`,
    before: made.map(({ name, uuid }) => ({ name, uuid })),
    observe: async () =>
      (await findMade(run, batch)).length === 0 ? { state: 'done', result: names } : { state: 'not-done' },
    apply: async () => {
      await run.indices.remove(made.map(({ name, uuid }) => ({ name, uuid })))
      return names
    },
    retries: 2,
  })
  return names
}
