// How late a due time starts, so that machines with the same schedules do not all begin at once. The same for one due time
// whoever computes it, so that two schedulers agree.
import { createHash } from 'node:crypto'

export function jitterMs(job: string, dueAt: Date, jitterSeconds: number): number {
  if (jitterSeconds === 0) return 0
  const digest = createHash('sha256').update(`${job}@${dueAt.toISOString()}`).digest()
  return (digest.readUInt32BE(0) % (jitterSeconds + 1)) * 1000
}
