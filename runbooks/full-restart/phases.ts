// How long each part of the way took, over every process that had a hand in it. What it takes is done again by each.
import type { Run } from '#sdk'

export interface Phases {
  take<T>(what: string, work: () => Promise<T>): Promise<T>
}

export function startPhases(run: Run): Phases {
  return {
    take: async (what, work) => {
      const beganMs = await run.note(`${what}: began`, async () => run.clock.now().getTime())
      const result = await work()
      const endedMs = run.clock.now().getTime()
      const seconds = Math.round((endedMs - beganMs) / 100) / 10
      await run.mark(`phase: ${what}`, 'remark', { text: `${what}: ${seconds} s`, phase: what, seconds })
      return result
    },
  }
}
