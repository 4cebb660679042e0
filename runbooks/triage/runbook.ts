// Triage: looks at a cluster that is not as it should be, and says what is wrong, the true cause first, and what mends it.
import { defineRunbook } from '#sdk'
import { applyTriage } from './apply.ts'
import { lookAtTriage, type TriageFacts } from './facts.ts'
import { type GateFacts, gates } from './gates/index.ts'
import { params } from './params.ts'
import { planTriage, type TriageDetails } from './plan.ts'

export default defineRunbook<typeof params, TriageFacts & GateFacts, TriageDetails>({
  id: 'triage',
  summary: 'Say why a cluster is red or yellow, the true cause first, and change nothing',
  example: 'ops plan triage',
  params,
  // Who only looks keeps nobody from working, and must not wait for anybody.
  locks: () => [],
  look: async (look, { evidence }) => ({
    ...(await lookAtTriage(look)),
    evidenceFile:
      evidence === undefined
        ? null
        : { path: evidence, isThere: (await look.evidence.readFile(evidence)) !== null },
  }),
  gates,
  plan: planTriage,
  apply: (run, { details }, params) => applyTriage(run, details, params),
})
