// Every runbook, by id. Loaded only when its code is needed, so that `ops --help` stays quick.
import type { Runbook } from '../src/sdk/runbook.ts'

// biome-ignore lint/suspicious/noExplicitAny: facts and details differ from runbook to runbook
type Loaded = Runbook<any, any, any>

export const runbooks: Readonly<Record<string, () => Promise<Loaded>>> = {
  deploy: async () => (await import('./deploy/runbook.ts')).default,
  'expand-partitions': async () => (await import('./expand-partitions/runbook.ts')).default,
  'kafka-lag': async () => (await import('./kafka-lag/runbook.ts')).default,
  reassign: async () => (await import('./reassign/runbook.ts')).default,
  'rolling-restart': async () => (await import('./rolling-restart/runbook.ts')).default,
}
