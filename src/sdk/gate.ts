// A gate is a named sentence that must be true before anything is touched. Gates are pure: facts in, verdict out.
import type { JsonObject } from '../ports/json.ts'

export interface GateFinding {
  readonly pass: boolean
  /** What was seen, in one line that a person can check. */
  readonly evidence: string
}

export interface Gate<Facts, Params> {
  /** A sentence in snake_case, such as `one_master_at_a_time`. */
  readonly name: string
  /** The outage that this gate prevents, in one sentence. */
  readonly prevents: string
  /** `never`: cannot be waived. `approval`: data may be lost, another person must approve. `reason`: a reason will do. */
  readonly waivable: 'never' | 'reason' | 'approval'
  readonly check: (facts: Facts, params: Params) => GateFinding
  /** Whether it has anything to say in a run with these parameters. Default: always. */
  readonly applies?: (params: Params) => boolean
}

export interface GateVerdict extends JsonObject {
  readonly gate: string
  readonly verdict: 'pass' | 'refuse' | 'waived'
  readonly evidence: string
  /** Only where waived. */
  readonly reason?: string
}

export const pass = (evidence: string): GateFinding => ({ pass: true, evidence })
export const refuse = (evidence: string): GateFinding => ({ pass: false, evidence })

/** Passes when `troubles` is empty; else refuses and lists at most `show` of them. */
export function refuseAny(troubles: readonly string[], fine: string, show = 5): GateFinding {
  if (troubles.length === 0) return pass(fine)
  const more = troubles.length > show ? ` and ${troubles.length - show} more` : ''
  return refuse(troubles.slice(0, show).join('; ') + more)
}
