// The table: what must be true for an audit to be worth its name. Everything else that it meets is a finding.
import { type Gate, pass, refuse } from '#sdk'
import type { AuditFacts } from '../facts.ts'
import type { AuditParams } from '../params.ts'

export const gates: readonly Gate<AuditFacts, AuditParams>[] = [
  {
    name: 'there_is_something_to_audit',
    prevents: 'An audit that finds nothing wrong, day after day, because it looks at nothing.',
    waivable: 'never',
    check: ({ secrets, endpoints }) =>
      secrets.length + endpoints.length === 0
        ? refuse('ops.config.ts declares no secret, and no port of the inventory speaks TLS')
        : pass(`${secrets.length} secrets, ${endpoints.length} ports with TLS`),
  },
]
