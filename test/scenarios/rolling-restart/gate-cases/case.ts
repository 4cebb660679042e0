// One case of a gate: what is different from a calm cluster, what the gate says to it, and words of its evidence.
import type { RestartParams } from '../../../../runbooks/rolling-restart/params.ts'
import type { FactsDraft } from '../calm-facts.ts'

export interface GateCase {
  readonly gate: string
  /** Completes the sentence "passes when" or "refuses when". */
  readonly when: string
  readonly says: 'pass' | 'refuse'
  readonly evidence: RegExp
  readonly change?: (facts: FactsDraft) => void
  readonly params?: Partial<RestartParams>
}

type Given = Pick<GateCase, 'change' | 'params'>['change'] | Pick<GateCase, 'change' | 'params'>

/** Cases of one gate: `passes(when, evidence, change)` and `refuses(when, evidence, change)`. */
export function casesOf(gate: string) {
  const say =
    (says: GateCase['says']) =>
    (when: string, evidence: RegExp, given: Given = {}): GateCase => ({
      gate,
      when,
      says,
      evidence,
      ...(typeof given === 'function' ? { change: given } : given),
    })
  return { passes: say('pass'), refuses: say('refuse') }
}

/** The item at `at`, for a change in place. */
export function item<T>(list: readonly T[], at = 0): T {
  const found = list.at(at)
  if (found === undefined) throw new Error(`the list has no item ${at}`)
  return found
}

/** The one with this name, for a change in place. */
export function named<T extends { name: string }>(list: readonly T[], name: string): T {
  const found = list.find(one => one.name === name)
  if (found === undefined) throw new Error(`nothing is called ${name}`)
  return found
}
