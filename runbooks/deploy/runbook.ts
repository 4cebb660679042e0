// Deploy: brings every host to what the inventory says, and restarts no running node but through a rolling restart.
import { defineRunbook } from '#sdk'
import { applyDeploy } from './apply.ts'
import { lookAtPlatform } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planDeploy } from './plan.ts'

export default defineRunbook({
  id: 'deploy',
  summary: 'Bring every host to what the inventory says, system by system',
  example: 'ops run deploy -i inventory/lab',
  params,
  locks: ({ clusterName, inventory }) => [`es:${clusterName}`, `hosts:${inventory.source}`],
  look: lookAtPlatform,
  gates,
  plan: planDeploy,
  apply: (run, { details }, given) => applyDeploy(run, details, given),
})
