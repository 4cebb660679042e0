// Where the time of a rotation goes: consumers that restart and are watched, and everything else.
import type { Clock } from '#sdk'

export class Stopwatch {
  readonly #clock: Clock
  readonly #beganMs: number
  #consumersMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#beganMs = clock.monotonicMs()
  }

  /** What is done meanwhile is waiting for consumers. */
  async whileConsumers<T>(deed: () => Promise<T>): Promise<T> {
    const beganMs = this.#clock.monotonicMs()
    try {
      return await deed()
    } finally {
      this.#consumersMs += this.#clock.monotonicMs() - beganMs
    }
  }

  say(): string {
    const allMs = this.#clock.monotonicMs() - this.#beganMs
    const restMs = allMs - this.#consumersMs
    const share = allMs === 0 ? 0 : Math.round((restMs * 100) / allMs)
    return `${seconds(allMs)} s, of which ${seconds(this.#consumersMs)} s were waiting for consumers; everything else took ${seconds(restMs)} s (${share} %)`
  }
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10
