// Judges a runbook's table of gates. Pure; a gate that throws refuses, it never passes.
import { OpsError } from '../errors/index.ts'
import type { Gate, GateVerdict } from '../sdk/gate.ts'

/** Reasons by gate name, as the user gave them with `--waive`. */
export type Waivers = ReadonlyMap<string, string>

export function judgeGates<Facts, Params>(
  table: readonly Gate<Facts, Params>[],
  facts: Facts,
  params: Params,
  waivers: Waivers,
): readonly GateVerdict[] {
  const gates = table.filter(({ applies }) => applies?.(params) ?? true)
  checkWaivers(gates, waivers)
  return gates.map(gate => {
    const { pass, evidence } = check(gate, facts, params)
    if (pass) return { gate: gate.name, verdict: 'pass', evidence }
    const reason = waivers.get(gate.name)
    if (reason === undefined) return { gate: gate.name, verdict: 'refuse', evidence }
    return { gate: gate.name, verdict: 'waived', evidence, reason }
  })
}

/** Names of waived gates behind which data may be lost, so that another person must approve. */
export function gatesToApprove(
  gates: readonly Gate<never, never>[],
  verdicts: readonly GateVerdict[],
): readonly string[] {
  const needing = new Set(gates.filter(({ waivable }) => waivable === 'approval').map(({ name }) => name))
  return verdicts
    .filter(({ gate, verdict }) => verdict === 'waived' && needing.has(gate))
    .map(({ gate }) => gate)
}

/** The first gate that refuses with its evidence, and the names of the others; `null` where none refuses. */
export function sayRefused(verdicts: readonly GateVerdict[]): string | null {
  const [first, ...more] = verdicts.filter(({ verdict }) => verdict === 'refuse')
  if (first === undefined) return null
  const also = more.length === 0 ? '' : ` (and ${more.map(({ gate }) => gate).join(', ')})`
  return `${first.gate}: ${first.evidence}${also}`
}

function check<Facts, Params>(gate: Gate<Facts, Params>, facts: Facts, params: Params) {
  try {
    return gate.check(facts, params)
  } catch (thrown) {
    return {
      pass: false,
      evidence: `could not be judged: ${thrown instanceof Error ? thrown.message : thrown}`,
    }
  }
}

function checkWaivers<Facts, Params>(gates: readonly Gate<Facts, Params>[], waivers: Waivers): void {
  for (const [name, reason] of waivers) {
    const gate = gates.find(candidate => candidate.name === name)
    if (gate === undefined) {
      throw new OpsError('USAGE', {
        message: `there is no gate ${name}`,
        hint: `gates: ${gates.map(candidate => candidate.name).join(', ')}`,
      })
    }
    if (gate.waivable === 'never') {
      throw new OpsError('USAGE', {
        message: `gate ${name} cannot be waived: ${gate.prevents}`,
        hint: 'mend what the gate names, then run again',
      })
    }
    if (reason.trim() === '') {
      throw new OpsError('USAGE', {
        message: `waiving ${name} needs a reason`,
        hint: `--waive ${name}="why"`,
      })
    }
  }
}
