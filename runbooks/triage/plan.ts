// What is wrong, as data: the plan of a triage is its answer. Pure.
import { type Leftover, type PlanBody, sayFew } from '#sdk'
import { decideDiagnosis } from './diagnose.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { TriageFacts } from './facts.ts'
import { sayDiagnosis, sayHeadline } from './say.ts'

export type TriageDetails = {
  readonly diagnosis: Diagnosis
  /** Nobody of the cluster has answered anything. */
  readonly unreachable: boolean
}

export function planTriage(facts: TriageFacts): PlanBody<TriageDetails> {
  const diagnosis = decideDiagnosis(facts)
  return {
    expectedSeconds: 0,
    effects: [],
    headline: sayHeadline(diagnosis),
    notes: [...sayDiagnosis(diagnosis), ...facts.leftovers.map(sayLeftover)],
    // Which cluster is looked at; what is found may change between a plan and its run.
    fingerprint: { cluster: facts.inventory.clusterUuid ?? facts.inventory.clusterName ?? diagnosis.cluster },
    details: { diagnosis, unreachable: isUnreachable(facts) },
    shown: { diagnosis },
  }
}

const sayLeftover = ({ run, name, targets }: Leftover): string =>
  `left behind by run ${run}: ${name} of ${sayFew(targets, 3)}; ops resume ${run}, or ops abort ${run}`

const isUnreachable = ({ master, identity, endpoints }: TriageFacts): boolean =>
  master === null && identity === null && endpoints.every(one => one.identity === null)
