// Decisions of allocation deciders as the server writes them. Those that say yes are left out.
import { z } from 'zod'
import type { Decision } from '../../../ports/allocation.ts'
import { withoutTrace } from './without-trace.ts'

export const decisions = z
  .array(z.object({ decider: z.string(), decision: z.string(), explanation: z.string().default('') }))
  .default([])

const words: Readonly<Record<string, Decision['decision']>> = { NO: 'no', THROTTLE: 'throttle' }

export const against = (found: z.output<typeof decisions>): readonly Decision[] =>
  found.flatMap(({ decider, decision: said, explanation }) => {
    const decision = words[said]
    return decision === undefined ? [] : [{ decider, decision, explanation: withoutTrace(explanation) }]
  })
