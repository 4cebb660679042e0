// One record written with acks=all to every broker that should be up, and read back, every few seconds.
import { type Run, toOpsError } from '#sdk'

export interface KafkaCanary {
  /** Rounds in a row that have failed. */
  readonly failures: number
  end(): Promise<void>
}

const everyMs = 5000

export function startKafkaCanary(run: Run, leaders: () => readonly number[]): KafkaCanary {
  const { id, clock, kafka, signal } = run
  const ended = new AbortController()
  let failures = 0
  const loop = async (): Promise<void> => {
    for (let round = 0; !ended.signal.aborted && !signal.aborted; round++) {
      const asked = leaders()
      try {
        await kafka.canary(`${id}-${round}`, asked)
        failures = 0
      } catch (thrown) {
        // A broker that was begun with meanwhile is no failure; a leader that moves is not one yet, three rounds are.
        const still = new Set(leaders())
        if (toOpsError(thrown).code !== 'BUG' && asked.every(broker => still.has(broker))) failures += 1
      }
      await clock.sleep(everyMs, ended.signal)
    }
  }
  const running = loop()
  return {
    get failures() {
      return failures
    },
    end: async () => {
      ended.abort()
      await running
      if (!signal.aborted) await kafka.removeCanary()
    },
  }
}
