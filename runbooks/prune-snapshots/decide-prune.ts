// Which snapshots of one repository may go: grandfather, father, son. Pure; whatever the policy says, the newest good one stays, so do
// those that `ops` has not taken and those that are being taken.
import type { SnapshotInfo } from '#sdk'

export interface Policy {
  readonly daily: number
  readonly weekly: number
  readonly monthly: number
  readonly minGood: number
  readonly failedDays: number
}

export type Candidate = Pick<SnapshotInfo, 'name' | 'state' | 'startedAtMs'> & {
  /** `ops` has taken it: its metadata says so. */
  readonly ours: boolean
  /** It was found whole when it was taken: there is a manifest of it. */
  readonly proven: boolean
}

export interface Verdict {
  readonly name: string
  readonly because: string
}

export interface PruneDecision {
  /** Newest first. */
  readonly keep: readonly Verdict[]
  readonly remove: readonly Verdict[]
}

const dayMs = 86_400_000

const isGood = ({ ours, proven, state }: Candidate): boolean => ours && proven && state === 'SUCCESS'
const isWhole = ({ ours, state }: Candidate): boolean => ours && state === 'SUCCESS'
const isBad = ({ ours, state }: Candidate): boolean => ours && (state === 'PARTIAL' || state === 'FAILED')

/**
 * 1. Never: what is not ours, what is being taken, what this version cannot read.
 * 2. The newest good one, and as many good ones as the policy asks for at least; where there are fewer, nothing whole goes.
 * 3. One for each of the latest days, weeks and months that have one: the newest good one of it, else the newest whole one.
 * 4. What is not whole goes when it is old and a good one is newer.
 */
export function decidePrune(candidates: readonly Candidate[], policy: Policy, nowMs: number): PruneDecision {
  const newestFirst = [...candidates].sort(
    (a, b) => b.startedAtMs - a.startedAtMs || (a.name < b.name ? 1 : -1),
  )
  const good = newestFirst.filter(isGood)
  const reasons = chooseKept(newestFirst.filter(isWhole), good, policy)
  const keep: Verdict[] = []
  const remove: Verdict[] = []
  for (const one of newestFirst) {
    const because = explainNever(one) ?? reasons.get(one.name) ?? explainBad(one, good, policy, nowMs)
    if (because !== null) keep.push({ name: one.name, because })
    else
      remove.push({
        name: one.name,
        because: isBad(one) ? `it is ${one.state} and old` : 'the policy keeps others',
      })
  }
  return { keep, remove }
}

function explainNever(one: Candidate): string | null {
  if (!one.ours) return 'ops has not taken it'
  if (one.state === 'IN_PROGRESS') return 'it is being taken'
  return isWhole(one) || isBad(one) ? null : `it is ${one.state}`
}

function chooseKept(
  whole: readonly Candidate[],
  good: readonly Candidate[],
  { daily, weekly, monthly, minGood }: Policy,
): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>()
  const keep = (one: Candidate, because: string) => {
    if (!reasons.has(one.name)) reasons.set(one.name, because)
  }
  for (const [at, one] of good.slice(0, minGood).entries())
    keep(one, at === 0 ? 'it is the newest good one' : `it is one of the ${minGood} newest good ones`)
  if (good.length < minGood)
    for (const one of whole) keep(one, `there are only ${good.length} good ones, ${minGood} are to be kept`)
  for (const [periodOf, count, what] of [
    [dayOf, daily, 'day'],
    [weekOf, weekly, 'week'],
    [monthOf, monthly, 'month'],
  ] as const) {
    const periods = [...Map.groupBy(whole, ({ startedAtMs }) => periodOf(startedAtMs))].slice(0, count)
    for (const [period, own] of periods) {
      const chosen = own.find(isGood) ?? own[0]
      if (chosen !== undefined) keep(chosen, `it is that of ${what} ${period}`)
    }
  }
  return reasons
}

function explainBad(
  one: Candidate,
  good: readonly Candidate[],
  policy: Policy,
  nowMs: number,
): string | null {
  if (!isBad(one)) return null
  if (nowMs - one.startedAtMs <= policy.failedDays * dayMs) return `it is ${one.state}, and not old yet`
  return good.some(({ startedAtMs }) => startedAtMs > one.startedAtMs)
    ? null
    : `it is ${one.state}, and no good one is newer`
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
const monthOf = (ms: number): string => dayOf(ms).slice(0, 7)

/** By its Monday. 1970 began with a Thursday. */
const weekOf = (ms: number): string => {
  const day = Math.floor(ms / dayMs)
  return dayOf((day - ((day + 3) % 7)) * dayMs)
}
