// How many consumer threads there are, and how many there should be for so many partitions. Pure.
import type { Fleet } from './consumers.ts'
import type { GroupReading } from './groups.ts'

/** Threads of each instance, as the group's members show them; as the inventory has them where they do not. */
export function threadsNow({ hosts, threads }: Fleet, members: number): number {
  const each = members / hosts.length
  return Number.isInteger(each) && each > 0 ? each : threads
}

/** As many more as there are partitions; never fewer than now, and none that would have nothing to read. */
export function chooseThreads(now: number, instances: number, from: number, to: number): number {
  const wanted = Math.ceil((now * to) / Math.max(1, from))
  return Math.max(now, Math.min(wanted, Math.ceil(to / instances)))
}

export interface ThreadPlan {
  readonly now: number
  readonly after: number
  readonly instances: number
}

export function planThreads(
  { fleet, members }: GroupReading,
  from: number,
  to: number,
  wanted: number | undefined,
): ThreadPlan | null {
  if (fleet === null) return null
  const now = threadsNow(fleet, members.length)
  const instances = fleet.hosts.length
  return { now, instances, after: wanted ?? chooseThreads(now, instances, from, to) }
}

/** Why some threads would read more than others, or nothing; `null` where all read the same. */
export function explainUneven({ after, instances }: ThreadPlan, to: number): string | null {
  const threads = after * instances
  if (threads > to)
    return `${threads} threads for ${to} partitions: ${threads - to} of them have nothing to read`
  if (to % threads === 0) return null
  return `${to} partitions over ${threads} threads: ${to % threads} of them read one more than the others`
}
