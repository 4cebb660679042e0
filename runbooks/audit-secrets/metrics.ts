// What was seen as numbers for Prometheus; `ops schedule metrics` writes them out. Pure.
import type { AuditFacts } from './facts.ts'
import { dayMs, type Finding, severities } from './finding.ts'
import { isStale } from './judge-consumer.ts'

export type Metric = {
  readonly name: string
  readonly help: string
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]
}

const daysOf = (ms: number): number => Math.round((ms / dayMs) * 10) / 10

export function measureAudit(
  { nowMs, vault, secrets, endpoints }: AuditFacts,
  findings: readonly Finding[],
): readonly Metric[] {
  return [
    {
      name: 'ops_secret_audit_timestamp_seconds',
      help: 'When the secrets were last looked at.',
      samples: [{ labels: {}, value: Math.floor(nowMs / 1000) }],
    },
    {
      name: 'ops_secret_vault_answers',
      help: '1 where Vault could be read.',
      samples: [{ labels: {}, value: vault.problem === null ? 1 : 0 }],
    },
    {
      name: 'ops_secret_findings',
      help: 'Findings of the last audit.',
      samples: severities.map(severity => ({
        labels: { severity },
        value: findings.filter(one => one.severity === severity).length,
      })),
    },
    {
      name: 'ops_secret_age_days',
      help: 'Days since the secret was last rotated.',
      samples: secrets.flatMap(({ secret, rotatedAtMs }) =>
        rotatedAtMs === null ? [] : [{ labels: { secret: secret.id }, value: daysOf(nowMs - rotatedAtMs) }],
      ),
    },
    {
      name: 'ops_secret_max_age_days',
      help: 'A secret must not be older.',
      samples: secrets.map(({ secret: { id, rotateAfterDays } }) => ({
        labels: { secret: id },
        value: rotateAfterDays,
      })),
    },
    {
      name: 'ops_secret_consumers',
      help: 'Hosts that use the secret and have answered.',
      samples: secrets.map(({ secret, consumers }) => ({
        labels: { secret: secret.id },
        value: consumers.filter(({ status }) => status !== null).length,
      })),
    },
    {
      name: 'ops_secret_consumers_stale',
      help: 'Of these: hosts with another secret than they should have, or a process older than its file.',
      samples: secrets.map(({ secret, consumers }) => ({
        labels: { secret: secret.id },
        value: consumers.filter(isStale).length,
      })),
    },
    {
      name: 'ops_certificate_days_left',
      help: 'Days until the certificate that is served ends.',
      samples: endpoints.flatMap(({ host, port, answer: { certificate } }) =>
        certificate === null
          ? []
          : [{ labels: { host, port: `${port}` }, value: daysOf(certificate.notAfterMs - nowMs) }],
      ),
    },
  ]
}
