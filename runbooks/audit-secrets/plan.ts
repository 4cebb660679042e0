// What was found, as data: the plan of an audit is its answer. Pure.
import type { PlanBody } from '#sdk'
import { decideFindings } from './decide-findings.ts'
import type { AuditFacts } from './facts.ts'
import { type Finding, sayFinding } from './finding.ts'
import { type Metric, measureAudit } from './metrics.ts'
import type { AuditParams } from './params.ts'

export type AuditDetails = {
  readonly seenAt: string
  readonly findings: readonly Finding[]
  readonly metrics: readonly Metric[]
}

export function planAudit(facts: AuditFacts, params: AuditParams): PlanBody<AuditDetails> {
  const findings = decideFindings(facts, params)
  return {
    expectedSeconds: 0,
    effects: [],
    notes: findings.map(sayFinding),
    // What is looked at; what is found may change between a plan and its run.
    fingerprint: {
      secrets: facts.secrets.map(({ secret: { id, path } }) => `${id} ${path}`),
      endpoints: facts.endpoints.map(({ host, port }) => `${host}:${port}`),
    },
    details: {
      seenAt: new Date(facts.nowMs).toISOString(),
      findings,
      metrics: measureAudit(facts, findings),
    },
  }
}
