// Restore: brings indices back from a snapshot, beside what is there or for real, and proves that they are what they were.
import { defineRunbook } from '#sdk'
import { applyRestore } from './apply.ts'
import { lookAtRestore } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planRestore } from './plan.ts'

export default defineRunbook({
  id: 'restore',
  summary: 'Bring indices back from a snapshot and prove that they are what they were',
  example: "ops run restore --indices 'crm.app-2025.04.*'",
  params,
  locks: ({ identity, kafkaId, asked }, { into }) => [
    `repo:${asked.repository}`,
    // Nobody restarts nodes while an index that is in use is put in place.
    ...(into === 'place' ? [`es:${identity.clusterName}`] : []),
    ...(kafkaId === null ? [] : [`kafka:${kafkaId}`]),
  ],
  look: lookAtRestore,
  gates,
  plan: planRestore,
  apply: (run, { details }, given) => applyRestore(run, details, given),
})
