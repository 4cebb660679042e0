// Looks that may fail one by one without ending the triage: what was not seen is a line, never an error.
import { OpsError, toOpsError } from '#sdk'

export interface Eyes {
  /** `null` where it could not be seen. `cost` is how many requests it takes as a rule. */
  see<T>(what: string, cost: number, look: () => Promise<T>): Promise<T | null>
  /** What could not be seen, and why. */
  readonly blind: readonly string[]
  readonly requests: number
  /** Says of something that it was left out, and why. */
  leaveOut(what: string, because: string): void
}

const longest = 200

export function openEyes(): Eyes {
  const blind: string[] = []
  let requests = 0
  return {
    blind,
    get requests() {
      return requests
    },
    leaveOut: (what, because) => void blind.push(`${what}: ${because}`),
    async see(what, cost, look) {
      requests += cost
      try {
        return await look()
      } catch (thrown) {
        blind.push(`${what}: ${sayTrouble(thrown)}`)
        return null
      }
    },
  }
}

/** A fault of `ops` is told apart, so that it never passes for one of the cluster. */
function sayTrouble(thrown: unknown): string {
  const { code, message } = toOpsError(thrown)
  const text = message.length > longest ? `${message.slice(0, longest)}…` : message
  return thrown instanceof OpsError ? `${text} (${code})` : `a fault of ops itself: ${text}`
}
