// What is there before the stop and after the start, to be compared: documents of every index, ends of every log. Reads only.
import { exitCodes, OpsError, type Run, sayCount, sayFew, toOpsError } from '#sdk'
import { readPatiently } from '../dr-drill/method.ts'
import { isSystem } from '../restore/patterns.ts'
import type { Before, IndexDocs, LogEnd } from './before.ts'
import type { FullDetails } from './plan.ts'

const namesEach = 50
const patienceMs = 120_000
const blocks = ['index.blocks.write', 'index.blocks.read_only']

/** Closed indices have nothing to count, and those of the system belong to nobody who could miss anything. */
export async function readContent(run: Run, { elasticsearch }: FullDetails): Promise<readonly IndexDocs[]> {
  if (elasticsearch === null) return []
  const found = (await run.indices.find(['*'])).filter(({ name, open }) => open && !isSystem(name))
  const docs = new Map<string, number>()
  for (let at = 0; at < found.length; at += namesEach) {
    const names = found.slice(at, at + namesEach).map(({ name }) => name)
    for (const one of await contentOf(run, names)) docs.set(one.index, one.docs)
  }
  return found.flatMap(({ name, uuid, settings }) => {
    const count = docs.get(name)
    const frozen = blocks.some(block => settings[block] === 'true')
    const managed = settings['index.lifecycle.name'] !== undefined
    return count === undefined ? [] : [{ name, uuid, docs: count, frozen, managed }]
  })
}

/** What `ops` may not read it cannot compare, and one such index must not hide the others. */
async function contentOf({ indices }: Run, names: readonly string[]) {
  try {
    return await indices.content(names)
  } catch (thrown) {
    if (toOpsError(thrown).code !== 'CLUSTER_FORBIDDEN') throw thrown
    if (names.length === 1) return []
    const found: Awaited<ReturnType<Run['indices']['content']>>[number][] = []
    for (const name of names) found.push(...(await contentOf({ indices } as Run, [name])))
    return found
  }
}

export async function readEnds(run: Run, { kafka }: FullDetails): Promise<readonly LogEnd[]> {
  if (kafka === null) return []
  const topics = [...new Set((await run.kafka.partitions()).map(({ topic }) => topic))]
  return (await run.kafka.ranges(topics)).map(({ topic, partition, end }) => ({ topic, partition, end }))
}

interface Earlier {
  /** While everything still ran. */
  readonly quiet: readonly IndexDocs[]
  /** When nothing of ours wrote any more. */
  readonly before: Before
}

/**
 * Nothing may be fewer. More is there where somebody writes past ingest; in an index that takes no writes that cannot be.
 * @throws OpsError DATA_LOST, CONTENT_DIFFERS
 */
export async function compareContent(
  run: Run,
  details: FullDetails,
  { quiet, before }: Earlier,
): Promise<void> {
  const told = await run.note('compared', async () => {
    const now = await readPatiently(run, 'counts', patienceMs, () => readContent(run, details))
    const ends = await readPatiently(run, 'reads the ends of the logs', patienceMs, () =>
      readEnds(run, details),
    )
    return explainContent({ quiet, before }, now, ends)
  })
  for (const [at, text] of told.proven.entries()) await run.mark(`compared.${at}`, 'remark', { text })
  if (told.lost.length === 0) return
  // A later process was begun by somebody who knows.
  if ((await run.note('lost.told', async () => run.fencing)) === run.fencing)
    throw new OpsError('DATA_LOST', {
      message: `after the start: ${sayFew(told.lost)}`,
      hint: `find out what the disks of the nodes went through; ops resume ${run.id} starts ingest none the less`,
      exitCode: exitCodes.needsHuman,
    })
}

export type Told = { readonly lost: readonly string[]; readonly proven: readonly string[] }

/** Pure. */
export function explainContent(
  { quiet, before }: Earlier,
  now: readonly IndexDocs[],
  ends: readonly LogEnd[],
): Told {
  const found = new Map(now.map(one => [one.name, one]))
  const lost = before.docs.flatMap(one => explainFewer(one, found.get(one.name)))
  const deleted = before.docs.filter(one => one.managed && !found.has(one.name))
  const idle = new Map(quiet.map(({ name, docs }) => [name, docs]))
  const unwritten = before.docs.filter(
    ({ name, docs, frozen }) => found.has(name) && (frozen || idle.get(name) === docs),
  )
  const grown = unwritten.filter(({ name, docs }) => (found.get(name)?.docs ?? 0) > docs)
  const endsNow = new Map(ends.map(one => [`${one.topic}-${one.partition}`, one.end]))
  const shorter = before.ends.flatMap(({ topic, partition, end }) => {
    const name = `${topic}-${partition}`
    const at = endsNow.get(name)
    if (at === undefined) return [`${name} is gone`]
    return at < end ? [`${name} ends at ${at} and ended at ${end}: ${end - at} records are gone`] : []
  })
  const total = before.docs.reduce((sum, { docs }) => sum + docs, 0)
  return {
    lost: [...lost, ...shorter],
    proven: [
      ...(before.docs.length > 0 && lost.length === 0
        ? [
            `${before.docs.length} indices hold no fewer than the ${sayCount(total)} documents of before; ${unwritten.length - grown.length} that nobody wrote to hold exactly as many`,
          ]
        : []),
      ...grown.map(
        ({ name, docs }) =>
          `${name} was not written to before and has ${(found.get(name)?.docs ?? 0) - docs} more: somebody writes past ingest`,
      ),
      ...deleted.map(
        ({ name, docs }) =>
          `${name} with ${sayCount(docs)} documents is gone: see whether its lifecycle was due`,
      ),
      ...(before.ends.length > 0 && shorter.length === 0
        ? [`${before.ends.length} logs end where they ended, or later`]
        : []),
    ],
  }
}

function explainFewer(before: IndexDocs, now: IndexDocs | undefined): readonly string[] {
  if (now === undefined && before.managed) return []
  if (now === undefined || now.uuid !== before.uuid) return [`${before.name} is gone`]
  return now.docs < before.docs
    ? [`${before.name} has ${sayCount(now.docs)} documents, ${sayCount(before.docs)} before`]
    : []
}
