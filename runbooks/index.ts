// Every runbook, by id. Loaded only when its code is needed, so that `ops --help` stays quick.
import type { Runbook } from '../src/sdk/runbook.ts'

// biome-ignore lint/suspicious/noExplicitAny: facts and details differ from runbook to runbook
type Loaded = Runbook<any, any, any>

export const runbooks: Readonly<Record<string, () => Promise<Loaded>>> = {
  'add-node': async () => (await import('./add-node/runbook.ts')).default,
  'audit-secrets': async () => (await import('./audit-secrets/runbook.ts')).default,
  deploy: async () => (await import('./deploy/runbook.ts')).default,
  'dr-drill': async () => (await import('./dr-drill/runbook.ts')).default,
  'expand-partitions': async () => (await import('./expand-partitions/runbook.ts')).default,
  'full-restart': async () => (await import('./full-restart/runbook.ts')).default,
  'kafka-lag': async () => (await import('./kafka-lag/runbook.ts')).default,
  'offsite-copy': async () => (await import('./offsite-copy/runbook.ts')).default,
  'offsite-fetch': async () => (await import('./offsite-fetch/runbook.ts')).default,
  'prune-snapshots': async () => (await import('./prune-snapshots/runbook.ts')).default,
  reassign: async () => (await import('./reassign/runbook.ts')).default,
  'remove-node': async () => (await import('./remove-node/runbook.ts')).default,
  'renew-certificates': async () => (await import('./renew-certificates/runbook.ts')).default,
  'replace-node': async () => (await import('./replace-node/runbook.ts')).default,
  reroute: async () => (await import('./reroute/runbook.ts')).default,
  restore: async () => (await import('./restore/runbook.ts')).default,
  'rolling-restart': async () => (await import('./rolling-restart/runbook.ts')).default,
  'rotate-secrets': async () => (await import('./rotate-secrets/runbook.ts')).default,
  snapshot: async () => (await import('./snapshot/runbook.ts')).default,
  triage: async () => (await import('./triage/runbook.ts')).default,
  'verify-snapshots': async () => (await import('./verify-snapshots/runbook.ts')).default,
}
