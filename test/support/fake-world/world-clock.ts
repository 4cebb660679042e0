// A clock for worlds in which many things sleep at once. When nothing else is left to do, time jumps to the earliest
// sleeper; two sleepers never wake out of order, and no test waits.
import type { Clock } from '../../../src/ports/clock.ts'

interface Sleeper {
  readonly wakeMs: number
  readonly wake: () => void
}

export class WorldClock implements Clock {
  #ms: number
  #sleepers: Sleeper[] = []
  #turning = false

  constructor(startMs = Date.parse('2025-04-10T08:00:00Z')) {
    this.#ms = startMs
  }

  now = (): Date => new Date(this.#ms)

  monotonicMs = (): number => this.#ms

  /** Lets time pass without anybody sleeping. */
  pass(ms: number): void {
    this.#ms += ms
  }

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const sleeper = { wakeMs: this.#ms + Math.max(0, ms), wake: resolve }
      this.#sleepers.push(sleeper)
      signal?.addEventListener(
        'abort',
        () => {
          this.#sleepers = this.#sleepers.filter(one => one !== sleeper)
          resolve()
        },
        { once: true },
      )
      this.#turn()
    })
  }

  /** One sleeper a turn of the event loop: all that the last one caused has happened by then. */
  #turn(): void {
    if (this.#turning) return
    this.#turning = true
    setImmediate(() => {
      this.#turning = false
      const next = this.#sleepers.reduce<Sleeper | null>(
        (first, one) => (first === null || one.wakeMs < first.wakeMs ? one : first),
        null,
      )
      if (next === null) return
      this.#sleepers = this.#sleepers.filter(one => one !== next)
      this.#ms = Math.max(this.#ms, next.wakeMs)
      next.wake()
      if (this.#sleepers.length > 0) this.#turn()
    })
  }
}
