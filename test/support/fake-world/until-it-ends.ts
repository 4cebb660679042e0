// One command of `ops` on fakes, to its end or to its death.
import type { FakeProcess } from './fake-world.ts'

/** A process is gone when its command has ended, however it ended. */
export async function untilItEnds<T>({ life }: FakeProcess, work: () => Promise<T>): Promise<T | 'killed'> {
  try {
    return await Promise.race([life.died, work()])
  } finally {
    life.kill()
  }
}
