// Tries until it is well. What went wrong is told by the process that has seen it; the next one tries anew, and never believes the steps
// of an attempt that failed.
import type { Json, OpsError, Run } from '#sdk'

/** `attempt` says what was wrong, `null` when nothing was; everything in it is keyed by its number. */
export async function untilWell<T extends Json>(
  run: Run,
  key: string,
  attempt: (number: number) => Promise<T | null>,
  explain: (why: T) => OpsError,
): Promise<void> {
  for (let number = 1; ; number++) {
    const why = await run.note(`${key}.attempt.${number}`, () => attempt(number))
    if (why === null) return
    const toldBy = await run.note(`${key}.attempt.${number}.told`, async () => run.fencing)
    if (toldBy === run.fencing) throw explain(why)
  }
}
