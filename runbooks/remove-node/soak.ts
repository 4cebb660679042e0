// A node that has just become empty is watched before it is stopped: it must hold nothing for a while, and the cluster be as well as before.
import { durationMs, OpsError, type Run } from '#sdk'
import { copiesHeld, type Member } from './drain.ts'
import type { RemoveParams } from './params.ts'
import type { RemoveDetails } from './plan.ts'

const everyMs = 2000
const looksAtLeast = 2
const rankOf = (status: string): number => ['green', 'yellow', 'red'].indexOf(status)

export async function soakEmpty(
  run: Run,
  { status }: Pick<RemoveDetails, 'status'>,
  members: readonly Member[],
  { soak, giveUp }: Pick<RemoveParams, 'soak' | 'giveUp'>,
): Promise<void> {
  const names = members.map(({ name }) => name).join(', ')
  const ids = new Set(members.map(({ id }) => id))
  let sinceMs = run.clock.monotonicMs()
  let looks = 0
  await run.wait({
    subject: names,
    title: 'holds nothing',
    everyMs,
    stallMs: durationMs(giveUp),
    ceilingMs: Number.POSITIVE_INFINITY,
    interruptible: true,
    poll: async () => {
      const [held, health] = [
        await copiesHeld(run, ids),
        await run.elasticsearch.health({ timeoutMs: 10_000 }),
      ]
      const nowMs = run.clock.monotonicMs()
      if (held > 0 || rankOf(health.status) > rankOf(status)) {
        sinceMs = nowMs
        looks = 0
        return { progress: { held, status: health.status }, text: `${held} copies, cluster ${health.status}` }
      }
      looks += 1
      const forMs = nowMs - sinceMs
      if (looks >= looksAtLeast && forMs >= durationMs(soak)) return { done: undefined }
      return { progress: looks, text: `for ${Math.round(forMs / 1000)} s` }
    },
    orElse: lastSeen =>
      new OpsError('DRAIN_STALLED', {
        message: `${names} cannot be let go: ${lastSeen}; before the drain the cluster was ${status} and it was to hold nothing`,
        hint: `ops run triage says why; then: ops resume ${run.id} · to keep the node: ops abort ${run.id}`,
      }),
  })
}
