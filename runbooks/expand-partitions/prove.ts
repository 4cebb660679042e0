// Proof that no group skipped a record of the new partitions: where each of them began, and that it has come past everything that
// lay there. Reads only.
import { durationMs, OpsError, type Run } from '#sdk'
import { newPartitions } from './make-partitions.ts'
import type { ExpandParams } from './params.ts'
import type { ExpandDetails, PlannedGroup } from './plan.ts'
import { shouldRead } from './readers.ts'
import { type GroupOffset, readOffsets } from './reading.ts'

const pollMs = 1000

/** Where a group began: its first offset in each new partition, as early as anybody looked. */
type Begun = Readonly<Record<string, number>>

export async function proveRead(run: Run, details: ExpandDetails, params: ExpandParams): Promise<void> {
  const { topic } = details
  const skipped: string[] = []
  for (const one of details.groups) {
    const { group } = one
    const begun = await run.note(`${group}.begun`, () => firstOffsets(run, details, group))
    if (one.guard === 'none') skipped.push(...explainSkipped(topic, group, begun))
    if (!(await shouldRead(run, one))) continue
    const read = await waitUntilPast(run, details, one, params)
    await run.mark(`${group}.read`, 'remark', { text: sayRead(details, one, begun, read), group, ...read })
  }
  if (skipped.length === 0) return
  throw new OpsError('STOP_CONDITION', {
    message: `records may have been skipped: ${skipped.slice(0, 8).join('; ')}${skipped.length > 8 ? ` and ${skipped.length - 8} more` : ''}`,
    hint: `to read them again, stop the group's consumers and set it back: kafka-consumer-groups.sh --group GROUP --topic ${topic}:${details.from} --reset-offsets --to-offset 0 --execute`,
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

const explainSkipped = (topic: string, group: string, begun: Begun): string[] =>
  Object.entries(begun).flatMap(([partition, offset]) =>
    offset === 0 ? [] : [`${group}, ${topic}-${partition}: 0 to ${offset - 1}`],
  )

type Read = { readonly records: number; readonly partitions: number }

/** Everything that lies in the new partitions now is behind the group's offsets later. */
async function waitUntilPast(
  run: Run,
  details: ExpandDetails,
  { group }: PlannedGroup,
  { settle }: ExpandParams,
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
