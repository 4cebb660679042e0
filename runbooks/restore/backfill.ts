// Sets consumers back to the start of the snapshot while they stand still. Once for the run: what they have read again by then
// is not read a third time.
import { OpsError, type Run, sayCount, sayTime } from '#sdk'
import { waitUntilEmpty } from '../expand-partitions/stand-still.ts'
import { type GroupGap, readGap } from './gap.ts'
import type { RestoreDetails } from './plan.ts'

export async function setBackConsumers(run: Run, { gaps, gapFromMs }: RestoreDetails): Promise<void> {
  for (const { group, topics } of gaps) {
    await waitUntilEmpty(run, group)
    // As it is now; journalled before it is done, so that a probe knows what was wanted.
    const gap = await run.note(`${group}.gap`, () =>
      readGap(run.kafka, { group, topics }, gapFromMs, run.clock.now().getTime()),
    )
    await setBack(run, gap)
    await run.mark(`${group}.gap`, 'remark', { text: sayGap(gap, gapFromMs) })
  }
}

async function setBack(run: Run, { group, setBack: wanted }: GroupGap): Promise<void> {
  if (wanted.length === 0) return
  const isSet = async (): Promise<boolean> => {
    const committed = await run.kafka.committed(group)
    return wanted.every(({ topic, partition, to }) =>
      committed.some(one => one.topic === topic && one.partition === partition && one.offset === to),
    )
  }
  await run.step({
    key: `${group}.set-back`,
    title: `set ${group} back in ${wanted.length} partitions`,
    before: wanted.map(({ topic, partition, from }) => ({ topic, partition, offset: from })),
    observe: async () => ((await isSet()) ? { state: 'done', result: wanted.length } : { state: 'not-done' }),
    apply: async () => {
      await run.kafka.commitOffsets(
        group,
        wanted.map(({ topic, partition, to }) => ({ topic, partition, offset: to })),
      )
      if (await isSet()) return wanted.length
      throw new OpsError('CLUSTER_BUSY', { message: `the offsets of ${group} cannot be read back yet` })
    },
    retries: 3,
  })
}

export function sayGap({ group, records, lostUntilMs, setBack }: GroupGap, fromMs: number): string {
  const again =
    setBack.length === 0
      ? `${group} has nothing to read again since ${sayTime(fromMs)}`
      : `${group} reads ${sayCount(records)} records again, those since ${sayTime(fromMs)}`
  if (lostUntilMs === null) return again
  return `${again}; of those before ${sayTime(lostUntilMs)} Kafka no longer has all: that part of the gap stays`
}
