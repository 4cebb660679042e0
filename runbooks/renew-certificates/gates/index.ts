// The table: what must be true before a certificate is made anew.
import { type Gate, pass, refuse, refuseAny, sayTime } from '#sdk'
import { sayEndpoint } from '../../audit-secrets/endpoints.ts'
import { dayMs } from '../../audit-secrets/finding.ts'
import { decideDue } from '../decide-due.ts'
import type { RenewFacts } from '../facts.ts'
import type { RenewParams } from '../params.ts'

export const gates: readonly Gate<RenewFacts, RenewParams>[] = [
  {
    name: 'every_port_shows_its_certificate',
    prevents:
      'A certificate that ends unnoticed, because its server was down on the day when all others were renewed.',
    waivable: 'reason',
    check: ({ endpoints }) =>
      endpoints.length === 0
        ? refuse('no port of these hosts speaks TLS')
        : refuseAny(
            endpoints
              .filter(({ answer }) => answer.certificate === null)
              .map(one => `${sayEndpoint(one)}: ${one.answer.problem}`),
            `${endpoints.length} ports`,
          ),
  },
  {
    name: 'inventory_names_the_authority',
    prevents: 'A renewal that stops at half of the hosts because nobody can sign for the others.',
    waivable: 'never',
    check: (facts, params) =>
      refuseAny(
        decideDue(facts, params)
          .filter(({ endpoint }) => endpoint.authorityDir === null)
          .map(({ endpoint }) => `${endpoint.host} has no tls_ca_dir`),
        'every host that is due has one',
      ),
  },
  {
    name: 'certificates_are_of_this_authority',
    prevents:
      'Taking away the certificate of another authority, the only one that clients of that server trust.',
    waivable: 'never',
    check: (facts, params) =>
      refuseAny(
        decideDue(facts, params)
          .filter(({ endpoint, hasEnded }) => endpoint.answer.problem !== null && !hasEnded)
          .map(({ endpoint }) => `${sayEndpoint(endpoint)}: ${endpoint.answer.problem}`),
        'clients accept every one that is due',
      ),
  },
  {
    name: 'authority_outlives_what_it_signs',
    prevents: 'New certificates that nobody accepts any more as soon as their authority ends.',
    waivable: 'reason',
    check: ({ endpoints, nowMs }, { days }) => {
      const ends = endpoints.flatMap(({ answer }) => answer.authorityEndsAtMs ?? [])
      const first = Math.min(...ends)
      return first < nowMs + days * dayMs
        ? refuse(`it ends at ${sayTime(first)}: make a new one first`)
        : pass(ends.length === 0 ? 'no CA file is named' : `it ends at ${sayTime(first)}`)
    },
  },
  {
    name: 'cluster_is_not_red',
    prevents: 'Another fault on top of one that is being looked for.',
    waivable: 'reason',
    check: (facts, params) => {
      const isMeant = decideDue(facts, params).some(({ endpoint }) => endpoint.service === 'elasticsearch')
      if (!isMeant) return pass('no certificate of Elasticsearch is due')
      if (facts.cluster === null) return refuse('the cluster does not answer')
      const { status, nodes } = facts.cluster
      return status === 'red' ? refuse('the cluster is red') : pass(`${status}, ${nodes} nodes`)
    },
  },
]
