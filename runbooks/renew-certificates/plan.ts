// Which certificates would be renewed, and what that means for their servers, as data. Pure.
import { type PlanBody, sayTime } from '#sdk'
import { sayEndpoint } from '../audit-secrets/endpoints.ts'
import { daysBetween, sayDays } from '../audit-secrets/finding.ts'
import { type Due, decideDue, isRenewable } from './decide-due.ts'
import type { RenewFacts } from './facts.ts'
import type { RenewParams } from './params.ts'

export type Target = {
  readonly host: string
  readonly service: string
  readonly address: string
  readonly port: number
  readonly caFile: string | null
  /** Of the one that is served before. */
  readonly serial: string
  readonly hasEnded: boolean
}

export type RenewDetails = {
  readonly targets: readonly Target[]
  /** How the cluster was; it is to be no worse after each host. */
  readonly cluster: { readonly status: string; readonly nodes: number } | null
}

const secondsPerHost = 15

export function planRenewal(facts: RenewFacts, params: RenewParams): PlanBody<RenewDetails> {
  const due = decideDue(facts, params)
  const targets = due.map(toTarget)
  const ofKafka = targets.filter(({ service }) => service === 'kafka')
  const left = facts.endpoints.filter(one => !isRenewable(one))
  return {
    expectedSeconds: targets.length * secondsPerHost,
    effects: due.map(one => sayDue(one, facts.nowMs)),
    notes: [
      ...(due.length === 0 ? [sayNothingDue(facts, params)] : []),
      ...(due.length === 0
        ? []
        : [
            'there is no way back, and none is needed: the key stays, the same authority signs, and the certificate before is not kept',
          ]),
      ...(ofKafka.length === 0
        ? []
        : [
            'Kafka reads a new certificate at its next restart: ops run rolling-restart --service kafka afterwards',
          ]),
      ...left.map(
        one => `${sayEndpoint(one)} is not renewed here: no role makes the certificate of ${one.service}`,
      ),
    ],
    fingerprint: { targets: targets.map(({ host, port, serial }) => `${host}:${port} ${serial}`) },
    details: {
      targets,
      cluster: facts.cluster === null ? null : { status: facts.cluster.status, nodes: facts.cluster.nodes },
    },
  }
}

const toTarget = ({ endpoint, serial, hasEnded }: Due): Target => {
  const { host, service, address, port, caFile } = endpoint
  return { host, service, address, port, caFile, serial, hasEnded }
}

function sayDue({ endpoint, serial, notAfterMs, hasEnded }: Due, nowMs: number): string {
  const left = hasEnded ? 'it has ended' : `${sayDays(daysBetween(nowMs, notAfterMs))} left`
  return `renew the certificate of ${endpoint.service} on ${endpoint.host} (serial ${serial}, ${left}), and ${sayReading(endpoint.service)}`
}

function sayReading(service: string): string {
  if (service === 'elasticsearch') return 'wait until it has noticed'
  return service === 'vault' ? 'reload it, which does not seal it' : 'leave its restart to rolling-restart'
}

function sayNothingDue({ endpoints }: RenewFacts, { days }: RenewParams): string {
  const ends = endpoints.flatMap(({ answer }) => answer.certificate?.notAfterMs ?? [])
  const first = ends.length === 0 ? 'none is shown' : `the first ends at ${sayTime(Math.min(...ends))}`
  return `no certificate ends within ${sayDays(days)}: ${first}`
}
