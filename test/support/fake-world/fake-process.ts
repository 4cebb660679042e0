// A process that can die in the middle of a run. Once dead it has no effect any more and never hears an answer: every
// call through its ports hangs for ever, as the calls of a killed process do.
import type { Clock } from '../../../src/ports/clock.ts'
import type { Journal } from '../../../src/ports/journal.ts'

/** When it dies: right before or right after its n-th record (from 1) is in the journal. */
export interface Cut {
  readonly record: number
  readonly when: 'before' | 'after'
}

export class Life {
  readonly pid: number
  readonly died: Promise<'killed'>
  readonly #cut: Cut | null
  readonly #die: (how: 'killed') => void
  #dead = false
  /** Records this process has written or was about to. */
  appends = 0

  constructor(pid: number, cut: Cut | null = null) {
    this.pid = pid
    this.#cut = cut
    const { promise, resolve } = Promise.withResolvers<'killed'>()
    this.died = promise
    this.#die = resolve
  }

  get isDead(): boolean {
    return this.#dead
  }

  kill(): void {
    this.#dead = true
    this.#die('killed')
  }

  journal(journal: Journal): Journal {
    const mortal = this.port(journal)
    const append: Journal['append'] = async (...record) => {
      if (this.#dead) return forever()
      this.appends += 1
      const cut = this.#cut?.record === this.appends ? this.#cut.when : null
      if (cut === 'before') this.kill()
      if (this.#dead) return forever()
      const written = await journal.append(...record)
      if (cut === 'after') this.kill()
      return this.#dead ? forever() : written
    }
    return new Proxy(mortal, {
      get: (target, key) => (key === 'append' ? append : Reflect.get(target, key, target)),
    })
  }

  clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      sleep: (ms, signal) => this.#answer(() => clock.sleep(ms, signal)),
    }
  }

  /** Any port all of whose functions return promises. */
  port<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key, target)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => this.#answer(() => value.apply(target, given) as Promise<unknown>)
      },
    })
  }

  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#dead) return forever()
    try {
      const answer = await ask()
      return this.#dead ? forever() : answer
    } catch (thrown) {
      if (this.#dead) return forever()
      throw thrown
    }
  }
}

const forever = (): Promise<never> => new Promise(() => {})
