// Renew certificates: those that end before long are signed anew, host by host, and seen on their ports.
import { defineRunbook } from '#sdk'
import { applyRenewal } from './apply.ts'
import { lookAtRenewal } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planRenewal } from './plan.ts'

export default defineRunbook({
  id: 'renew-certificates',
  summary: 'Renew the certificates that end before long, one host at a time, and see them served',
  example: 'ops plan renew-certificates --days 30',
  params,
  locks: ({ source, cluster }) => [
    `hosts:${source}`,
    // Nobody restarts nodes meanwhile.
    ...(cluster === null ? [] : [`es:${cluster.name}`]),
  ],
  look: lookAtRenewal,
  gates,
  plan: planRenewal,
  apply: (run, { details }, given) => applyRenewal(run, details, given),
})
