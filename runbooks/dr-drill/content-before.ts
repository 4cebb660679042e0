// What is in the indices before the loss, to be compared afterwards: how many documents, and some of them by hash. Reads only.
import { type DocumentHash, type Run, sayCount, sayFew, toOpsError } from '#sdk'
import { holdsWrites } from './facts.ts'

export type IndexBefore = {
  readonly name: string
  readonly docs: number
  readonly samples: readonly DocumentHash[]
}

const samplesEach = 20

export async function readContentBefore({ indices }: Run, samples: boolean): Promise<readonly IndexBefore[]> {
  const names = (await indices.find(['*']))
    .filter(one => one.open && holdsWrites(one.name))
    .map(({ name }) => name)
  const found: IndexBefore[] = []
  for (const name of names) {
    const one = await readIndex(indices, name, samples).catch(orForbidden)
    if (one !== null) found.push(one)
  }
  return found
}

async function readIndex(
  indices: Run['indices'],
  name: string,
  samples: boolean,
): Promise<IndexBefore | null> {
  const [content] = await indices.content([name])
  if (content === undefined) return null
  return { name, docs: content.docs, samples: samples ? await indices.sample(name, samplesEach, 1) : [] }
}

/** What `ops` may not read it cannot compare. */
function orForbidden(thrown: unknown): null {
  if (toOpsError(thrown).code === 'CLUSTER_FORBIDDEN') return null
  throw thrown
}

/** What is not there any more, one sentence each. Indices that have grown are as they should be. */
export async function compareWithBefore(
  { indices }: Run,
  before: readonly IndexBefore[],
): Promise<{ readonly proven: readonly string[]; readonly troubles: readonly string[] }> {
  const there = new Set((await indices.find(['*'])).map(({ name }) => name))
  const troubles: string[] = []
  for (const { name, docs, samples } of before) {
    if (!there.has(name)) {
      troubles.push(`${name} is gone`)
      continue
    }
    const [content] = await indices.content([name])
    if ((content?.docs ?? 0) < docs)
      troubles.push(`${name} has ${sayCount(content?.docs ?? 0)} documents, ${sayCount(docs)} before`)
    const now = new Map(
      (
        await indices.hashes(
          name,
          samples.map(({ id }) => id),
        )
      ).map(({ id, hash }) => [id, hash]),
    )
    const bad = samples.filter(({ id, hash }) => now.get(id) !== hash).map(({ id }) => id)
    if (bad.length > 0) troubles.push(`${name}: documents are gone or others: ${sayFew(bad, 3)}`)
  }
  const docs = before.reduce((sum, one) => sum + one.docs, 0)
  const samples = before.reduce((sum, one) => sum + one.samples.length, 0)
  const text = `${before.length} indices: no fewer than the ${sayCount(docs)} documents of before, ${samples} of them compared by hash`
  return { proven: troubles.length === 0 ? [text] : [], troubles }
}
