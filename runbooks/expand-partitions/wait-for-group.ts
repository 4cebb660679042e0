// Waits until a consumer group is stable, and more where that is asked. Reads only.
import { type ConsumerGroup, durationMs, type GroupMember, OpsError, type Run } from '#sdk'

const pollMs = 500

export const waitUntilStable = (run: Run, group: string, giveUp: string): Promise<void> =>
  waitForGroup(run, group, durationMs(giveUp), () => null)

export const readMembers = async ({ kafka }: Run, group: string): Promise<readonly GroupMember[]> =>
  (await kafka.groups()).find(one => one.group === group)?.members ?? []

export function waitForGroup(
  run: Run,
  group: string,
  limitMs: number,
  explain: (found: ConsumerGroup) => string | null,
): Promise<void> {
  return run.wait({
    subject: group,
    title: 'settles',
    everyMs: pollMs,
    stallMs: limitMs,
    ceilingMs: 2 * limitMs,
    poll: async () => {
      const found = (await run.kafka.groups()).find(one => one.group === group)
      const members = found?.members.length ?? 0
      const text = found === undefined ? 'nobody reads in it' : `${found.state} with ${members} members`
      if (found?.state !== 'Stable') return { progress: text, text }
      const unread = explain(found)
      return unread === null ? { done: undefined } : { progress: unread, text: `${text}, ${unread}` }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `${group} does not read every partition: ${lastSeen}`,
        hint: `see its consumers; nothing is lost while they are away; then: ops resume ${run.id}`,
      }),
  })
}
