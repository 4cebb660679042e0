// How far the members are, as one line: done, under way, to come. The three differ in shape, not only in colour. Pure.
import type { MemberDisplay } from './member-state.ts'
import type { Paint } from './paint.ts'

const longest = 80

export function progressBar(
  members: ReadonlyMap<string, MemberDisplay>,
  width: number,
  paint: Paint,
): string {
  const length = Math.min(width, longest)
  const phases = [...members.values()].map(({ phase }) => phase)
  const share = (count: number): number => Math.round((length * count) / Math.max(1, phases.length))
  const done = share(phases.filter(phase => phase === 'done').length)
  const notWaiting = share(phases.filter(phase => phase !== 'waiting').length)
  return [
    paint('green', '━'.repeat(done)),
    paint('yellow', '╍'.repeat(Math.max(0, notWaiting - done))),
    paint('dim', '─'.repeat(length - Math.max(done, notWaiting))),
  ].join('')
}
