// The runbook on a given way to diagnose: the triage's own, but for tests that have one of theirs.
import { defineRunbook } from '#sdk'
import { applyReroute } from './apply.ts'
import { type Diagnose, lookAtCluster } from './facts.ts'
import { gates } from './gates/index.ts'
import { params } from './params.ts'
import { planReroute } from './plan.ts'
import { removeCopies } from './restore-indices.ts'

export const rerouteWith = (diagnose: Diagnose) =>
  defineRunbook({
    id: 'reroute',
    summary: 'Heal a red or yellow cluster by the remedies of its triage, the safest first',
    example: 'ops run reroute --max-risk reversible',
    params,
    locks: ({ identity }) => [`es:${identity.clusterName}`],
    look: (look, given) => lookAtCluster(look, given, diagnose),
    gates,
    plan: planReroute,
    apply: (run, { details }, given) => applyReroute(run, details, given, diagnose),
    undo: run => removeCopies(run),
  })
