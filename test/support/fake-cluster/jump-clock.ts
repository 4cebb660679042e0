// A clock for tests without waiting: sleeping moves it on at once. Good for one sleeper at a time; it knows no order
// among several.
import type { Clock } from '../../../src/ports/clock.ts'

export class JumpClock implements Clock {
  #ms: number

  constructor(startMs = Date.parse('2025-04-10T08:00:00Z')) {
    this.#ms = startMs
  }

  now(): Date {
    return new Date(this.#ms)
  }

  monotonicMs(): number {
    return this.#ms
  }

  async sleep(ms: number): Promise<void> {
    this.#ms += Math.max(0, ms)
  }
}
