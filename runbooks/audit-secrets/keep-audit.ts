// Keeps the last audit as evidence: what was found, and its numbers for Prometheus. There is one; its history is the journal's.
import { z } from 'zod'
import type { Json, Run } from '#sdk'
import type { AuditDetails } from './plan.ts'

const key = 'audit-secrets'
const keptBy = z.object({ run: z.string() })

export function keepAudit(run: Run, { seenAt, findings, metrics }: AuditDetails): Promise<null> {
  return run.step({
    key: 'keep',
    title: 'keep what was found',
    observe: async () =>
      keptBy.safeParse(await run.evidence.get('audit', key)).data?.run === run.id
        ? { state: 'done', result: null }
        : { state: 'not-done' },
    apply: async () => {
      const body = { at: seenAt, run: run.id, findings, metrics } as unknown as Json
      await run.evidence.put('audit', key, new Date(seenAt), body)
      return null
    },
    retries: 1,
  })
}
