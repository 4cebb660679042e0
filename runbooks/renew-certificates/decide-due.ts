// Which certificates are renewed, in which order. Pure.
import { daysBetween } from '../audit-secrets/finding.ts'
import type { RenewEndpoint, RenewFacts } from './facts.ts'
import type { RenewParams } from './params.ts'

export interface Due {
  readonly endpoint: RenewEndpoint
  readonly serial: string
  readonly notAfterMs: number
  readonly hasEnded: boolean
}

/** No role of ours makes the certificate of a Kibana. */
export const isRenewable = ({ service }: Pick<RenewEndpoint, 'service'>): boolean => service !== 'kibana'

/** Those that end first have their turn first. */
export function decideDue({ endpoints, nowMs }: RenewFacts, { days }: RenewParams): readonly Due[] {
  return endpoints
    .filter(isRenewable)
    .flatMap(endpoint => {
      const { certificate } = endpoint.answer
      if (certificate === null || daysBetween(nowMs, certificate.notAfterMs) >= days) return []
      const { serial, notAfterMs } = certificate
      return [{ endpoint, serial, notAfterMs, hasEnded: notAfterMs <= nowMs }]
    })
    .sort((a, b) => a.notAfterMs - b.notAfterMs)
}
