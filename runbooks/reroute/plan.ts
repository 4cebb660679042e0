// What a run would do first, what may follow, and what it will not do, as data. Pure.
import type { PlanBody } from '#sdk'
import { chooseDeed, compareRemedies, isMeant } from './choose.ts'
import type { RerouteFacts } from './facts.ts'
import type { RerouteParams } from './params.ts'
import { sayDeed, sayLeft, sayWhy } from './say.ts'

export type RerouteDetails = { readonly clusterUuid: string }

const mostCauses = 20
const secondsOfARemedy = 60

export function planReroute(facts: RerouteFacts, params: RerouteParams): PlanBody<RerouteDetails> {
  const { diagnosis, identity } = facts
  const { deed, passedOver } = chooseDeed(diagnosis, [], params, facts)
  const causes = diagnosis.causes.filter(cause => isMeant(cause, params))
  const refused = new Set(passedOver.map(({ remedy }) => remedy))
  const later = causes
    .flatMap(({ remedies }) => remedies)
    .filter(one => !refused.has(one) && deed?.remedies.some(({ text }) => text === one.text) !== true)
    .sort(compareRemedies)
  return {
    expectedSeconds: deed === null ? 0 : secondsOfARemedy * (1 + later.length),
    effects:
      deed === null
        ? []
        : [
            `first: ${sayDeed(deed)} (${deed.remedies[0]?.risk})`,
            ...later.map(({ text, risk }) => `if that is not enough: ${text} (${risk})`),
          ],
    notes: [
      `${facts.diagnosis.status}: ${diagnosis.copies.unassigned} of ${diagnosis.copies.total} copies are unassigned`,
      ...causes.slice(0, mostCauses).map(sayLeft),
      'after every remedy the cluster is looked at again, and the next follows from that',
      ...passedOver.map(({ remedy, because }) => `not done: ${sayWhy(remedy, because)}`),
    ],
    fingerprint: {
      cluster: identity.clusterUuid,
      causes: causes.map(({ id, remedies }) => `${id}: ${remedies.map(one => one.do).join(' ')}`),
    },
    details: { clusterUuid: identity.clusterUuid },
  }
}
