// Gates and approvals as they were judged for the plan that counted in the end. Pure.
import type { JournalRecord } from '../../ports/journal.ts'
import { namesOf, textOf } from '../read.ts'

export interface GateRow {
  readonly gate: string
  readonly verdict: 'refused' | 'waived' | 'passed'
  readonly evidence: string
  /** Why it was waived. */
  readonly reason: string
}

export interface ApprovalRow {
  readonly atMs: number
  readonly what: 'requested' | 'given'
  readonly by: string
  readonly gates: readonly string[]
  readonly planHash: string
}

export interface Judgement {
  /** Refused first, then waived, then passed. */
  readonly gates: readonly GateRow[]
  readonly approvals: readonly ApprovalRow[]
}

const ranks = { refused: 0, waived: 1, passed: 2 } as const

export function judge(records: readonly JournalRecord[]): Judgement {
  const planned = records.findLastIndex(({ type }) => type === 'run.planned')
  const gates = records.slice(planned + 1).flatMap(({ type, gate, evidence, reason }) => {
    const verdict = type.startsWith('gate.') ? type.slice('gate.'.length) : ''
    if (!isVerdict(verdict)) return []
    return [{ gate: textOf(gate), verdict, evidence: textOf(evidence), reason: textOf(reason) }]
  })
  return {
    gates: gates.sort((a, b) => ranks[a.verdict] - ranks[b.verdict]),
    approvals: records.flatMap(record => {
      if (record.type !== 'approval.requested' && record.type !== 'approval.given') return []
      return [
        {
          atMs: Date.parse(record.at),
          what: record.type === 'approval.given' ? 'given' : 'requested',
          by: textOf(record.by ?? record.of),
          gates: namesOf(record.gates),
          planHash: textOf(record.planHash),
        } as const,
      ]
    }),
  }
}

const isVerdict = (word: string): word is GateRow['verdict'] => word in ranks
