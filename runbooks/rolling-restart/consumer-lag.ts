// How far the consumers of Kafka are behind, and whether that grows. Pure, but for the reading.
import { type GateFinding, type Look, pass, refuse, refuseAny, toOpsError } from '#sdk'

export interface GroupLag {
  readonly group: string
  readonly records: number
  /** Records that were written to its topics so far. */
  readonly written: number
}

/** A lag below this is what any group has that reads in batches. */
const toleratedRecords = 10_000

/** Of every group that has ever committed. */
export async function readLags({ kafka }: Pick<Look, 'kafka'>): Promise<readonly GroupLag[]> {
  const groups = await kafka.groups()
  const committed = await Promise.all(
    groups.map(async ({ group }) => ({ group, offsets: await kafka.committed(group) })),
  )
  const topics = [...new Set(committed.flatMap(({ offsets }) => offsets.map(({ topic }) => topic)))]
  const ends = new Map((await kafka.ranges(topics)).map(range => [keyOf(range), range]))
  return committed
    .filter(({ offsets }) => offsets.some(({ offset }) => offset !== null))
    .map(({ group, offsets }) => {
      const known = offsets.flatMap(one => {
        const range = ends.get(keyOf(one))
        return one.offset === null || range === undefined ? [] : [{ offset: one.offset, range }]
      })
      return {
        group,
        records: known.reduce((sum, { offset, range }) => sum + Math.max(0, range.end - offset), 0),
        written: known.reduce((sum, { range }) => sum + range.end, 0),
      }
    })
}

const keyOf = ({ topic, partition }: { topic: string; partition: number }): string => `${topic}-${partition}`

/** Of two readings: groups that are behind and have fallen back by more than a tenth of what came in. */
export function growingLags(
  before: readonly GroupLag[],
  after: readonly GroupLag[],
): readonly { readonly group: string; readonly records: number; readonly grown: number }[] {
  return after.flatMap(({ group, records, written }) => {
    const earlier = before.find(one => one.group === group)
    if (earlier === undefined || records <= toleratedRecords) return []
    const grown = records - earlier.records
    return grown > (written - earlier.written) / 10 ? [{ group, records, grown }] : []
  })
}

/** Reads once; the second reading is taken when it is asked for. */
export async function beginLagReading(
  look: Pick<Look, 'kafka' | 'ansible'>,
): Promise<() => Promise<LagReadings>> {
  const { hosts } = await look.ansible.inventory()
  if (!hosts.some(({ groups }) => groups.includes('kafka'))) return async () => null
  try {
    const before = await readLags(look)
    return async () => {
      try {
        return { before, after: await readLags(look) }
      } catch (thrown) {
        return { problem: toOpsError(thrown).message }
      }
    }
  } catch (thrown) {
    const { message } = toOpsError(thrown)
    return async () => ({ problem: message })
  }
}

/** Two readings some time apart, or why there are none; `null` where the inventory has no Kafka. */
export type LagReadings =
  | { readonly before: readonly GroupLag[]; readonly after: readonly GroupLag[] }
  | { readonly problem: string }
  | null

/** Whether how far apart the readings are can matter: a group below the tolerance is well, however fast it got there. */
export const dependsOnGap = (readings: LagReadings): boolean =>
  readings !== null &&
  ('problem' in readings || readings.after.some(({ records }) => records > toleratedRecords))

export function judgeLags(readings: LagReadings): GateFinding {
  if (readings === null) return pass('no Kafka in the inventory')
  if ('problem' in readings)
    return refuse(`nobody knows how far the consumers are behind: ${readings.problem}`)
  const { before, after } = readings
  return refuseAny(
    growingLags(before, after).map(
      ({ group, records, grown }) => `${group} is ${records} records behind, ${grown} more than a moment ago`,
    ),
    after.length === 0
      ? 'no consumer group'
      : after.map(({ group, records }) => `${group} is ${records} records behind`).join(', '),
  )
}
