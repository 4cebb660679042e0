// From what was seen to what is to be said of it: the gravest first. Pure.
import type { AuditedSecret, AuditFacts } from './facts.ts'
import { type Finding, severities } from './finding.ts'
import { judgeCertificate } from './judge-certificate.ts'
import { judgeSecret, nameIn } from './judge-secret.ts'
import { judgeVault } from './judge-vault.ts'
import type { AuditParams } from './params.ts'

export function decideFindings(
  { vault, secrets, endpoints, nowMs }: AuditFacts,
  { days }: AuditParams,
): readonly Finding[] {
  const findings = [
    // Who has no secrets to keep needs no Vault.
    ...(secrets.length === 0 ? [] : judgeVault(vault, nowMs)),
    ...secrets.flatMap(secret =>
      judgeSecret(secret, { nowMs, claimed: claimedBy(secrets), roles: vault.roles }),
    ),
    ...endpoints.flatMap(endpoint => judgeCertificate(endpoint, days, nowMs)),
  ]
  const rank = ({ severity }: Finding): number => severities.indexOf(severity)
  return findings.sort((a, b) => rank(a) - rank(b))
}

/** Who is some declared secret, or is about to be. */
const claimedBy = (secrets: readonly AuditedSecret[]): ReadonlySet<string> =>
  new Set(
    secrets.flatMap(({ secret, document, pending }) =>
      [document?.principal, pending?.principal].flatMap(name => (name == null ? [] : [nameIn(secret, name)])),
    ),
  )

export const countBy = (findings: readonly Finding[]): { critical: number; warning: number; ok: number } => {
  const of = (wanted: Finding['severity']): number =>
    findings.filter(({ severity }) => severity === wanted).length
  return { critical: of('critical'), warning: of('warning'), ok: of('ok') }
}
