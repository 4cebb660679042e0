// Proof that no group skipped a record of the new partitions: where each of them began, and that it has come past everything that
// lay there. Reads only.
import { durationMs, OpsError, type Run, sayFew } from '#sdk'
import { newPartitions } from './make-partitions.ts'
import type { ExpandParams } from './params.ts'
import type { ExpandDetails, PlannedGroup } from './plan.ts'
import { shouldRead } from './readers.ts'
import { type GroupOffset, readOffsets } from './reading.ts'
import type { Guarded } from './stand-still.ts'

const pollMs = 1000

/** Where a group began: its first offset in each new partition, as early as anybody looked. */
type Begun = Readonly<Record<string, number>>

interface Skip {
  readonly group: string
  readonly partition: string
  readonly offset: number
}

const shown = 8

export async function proveRead(
  run: Run,
  details: ExpandDetails,
  params: ExpandParams,
  guarded: ReadonlyMap<string, Guarded>,
): Promise<void> {
  await run.safePoint()
  const skipped: Skip[] = []
  for (const one of details.groups) {
    const { group } = one
    const { committed, before } = guarded.get(group) ?? { committed: false, before: {} }
    skipped.push(...listSkipped(group, before))
    const open = one.guard !== 'earliest' && !committed
    const begun = { ...(await run.note(`${group}.begun`, () => firstOffsets(run, details, group))) }
    if (open || (await shouldRead(run, one))) {
      const read = await waitUntilPast(run, details, one, params, begun)
      await run.mark(`${group}.read`, 'remark', { text: sayRead(details, one, begun, read), group, ...read })
    }
    if (open) skipped.push(...listSkipped(group, begun))
  }
  if (skipped.length > 0) throw mayHaveSkipped(run, details.topic, skipped)
}

function mayHaveSkipped({ id }: Run, topic: string, skipped: readonly Skip[]): OpsError {
  const said = skipped.map(
    ({ group, partition, offset }) => `${group}, ${topic}-${partition}: 0 to ${offset - 1}`,
  )
  const commands = [...Map.groupBy(skipped, ({ group }) => group)].map(([group, own]) => {
    const partitions = [...new Set(own.map(({ partition }) => partition))].join()
    return `kafka-consumer-groups.sh --group ${group} --topic ${topic}:${partitions} --reset-offsets --to-offset 0 --execute`
  })
  return new OpsError('STOP_CONDITION', {
    message: `records may have been skipped: ${sayFew(said, shown, '; ')}`,
    hint: `to read them again, stop the group's consumers and set it back: ${commands.join('; ')}; then: ops abort ${id}`,
  })
}

async function firstOffsets(run: Run, details: ExpandDetails, group: string): Promise<Begun> {
  const numbers = newPartitions(details)
  const offsets = await offsetsIn(run, details, group)
  return Object.fromEntries(
    offsets
      .filter(({ partition }) => numbers.includes(partition))
      .map(({ partition, offset }) => [String(partition), offset]),
  )
}

async function offsetsIn(run: Run, { topic }: ExpandDetails, group: string): Promise<readonly GroupOffset[]> {
  return (await readOffsets(run, [group], [topic])).committed.get(group) ?? []
}

const listSkipped = (group: string, begun: Begun): Skip[] =>
  Object.entries(begun).flatMap(([partition, offset]) => (offset === 0 ? [] : [{ group, partition, offset }]))

type Read = { readonly records: number; readonly partitions: number }

/** Everything that lies in the new partitions now is behind the group's offsets later. First offsets that come late are added. */
async function waitUntilPast(
  run: Run,
  details: ExpandDetails,
  { group }: PlannedGroup,
  { settle }: ExpandParams,
  begun: Record<string, number>,
): Promise<Read> {
  const { topic } = details
  const numbers = newPartitions(details)
  const ends = await run.note(`${group}.ends`, async () =>
    (await run.kafka.ranges([topic]))
      .filter(({ partition, end, start }) => numbers.includes(partition) && end > start)
      .map(({ partition, end }) => ({ partition, end })),
  )
  await run.wait({
    subject: group,
    title: 'reads the new partitions',
    everyMs: pollMs,
    stallMs: durationMs(settle),
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const offsets = new Map(
        (await offsetsIn(run, details, group)).map(({ partition, offset }) => [partition, offset]),
      )
      for (const [partition, offset] of offsets)
        if (partition >= details.from) begun[String(partition)] ??= offset
      const behind = ends.filter(({ partition, end }) => (offsets.get(partition) ?? 0) < end)
      if (behind.length === 0) return { done: undefined }
      const done = ends.map(({ partition }) => offsets.get(partition) ?? 0)
      return { progress: done, text: `${behind.length} of ${numbers.length} not read to where they were` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${group} does not read the new partitions: ${lastSeen}`,
        hint: `ops run kafka-lag says why; then: ops resume ${run.id}`,
      }),
  })
  return { records: ends.reduce((sum, { end }) => sum + end, 0), partitions: numbers.length }
}

function sayRead(
  { topic }: ExpandDetails,
  { group, guard }: PlannedGroup,
  begun: Begun,
  { records, partitions }: Read,
): string {
  const all = `${group} has read the ${records} records that were in the ${partitions} new partitions of ${topic}`
  const late = Object.values(begun).some(offset => offset > 0)
  if (guard === 'stop') return `${all}, from offset 0, which was committed while it stood still`
  return late ? `${all}, from the start by its own setting` : `${all}, from offset 0`
}
