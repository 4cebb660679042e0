// Says what was found, keeps it, and ends failed where a person is needed now. It touches nothing that it has looked at.
import { OpsError, type Run, sayFew } from '#sdk'
import { countBy } from './decide-findings.ts'
import { sayFinding } from './finding.ts'
import { keepAudit } from './keep-audit.ts'
import type { AuditDetails } from './plan.ts'

export async function applyAudit(run: Run, details: AuditDetails): Promise<void> {
  const { findings } = details
  await keepAudit(run, details)
  for (const [at, finding] of findings.entries())
    if (finding.severity !== 'ok')
      await run.mark(`finding.${at}`, 'remark', { text: sayFinding(finding), ...finding })
  const { critical, warning, ok } = countBy(findings)
  await run.mark('summary', 'remark', { text: `${critical} critical, ${warning} warnings, ${ok} fine` })
  const worst = findings.filter(({ severity }) => severity === 'critical')
  const [first] = worst
  if (first === undefined) return
  throw new OpsError('AUDIT_FOUND', {
    message: `${critical} of ${findings.length} findings cannot wait: ${sayFew(
      worst.map(({ about, sentence }) => `${about}: ${sentence}`),
      3,
    )}`,
    hint: first.hint ?? 'see all of them: ops plan audit-secrets',
  })
}
