// Everything that an audit looks at, read once. Reads only, and goes on whatever does not answer.
import type { Look, ServedAnswer } from '#sdk'
import { findEndpoints, type NamedEndpoint } from './endpoints.ts'
import { type ConsumerFacts, lookAtConsumers } from './look-at-consumers.ts'
import { lookAtSecret, type SecretFacts, type SecretLook } from './look-at-secret.ts'
import { lookAtVault, type VaultFacts } from './look-at-vault.ts'

export interface AuditedSecret extends SecretFacts {
  readonly consumers: readonly ConsumerFacts[]
}

export interface AuditedEndpoint extends NamedEndpoint {
  readonly answer: ServedAnswer
}

export interface AuditFacts {
  readonly nowMs: number
  readonly vault: VaultFacts
  readonly secrets: readonly AuditedSecret[]
  readonly endpoints: readonly AuditedEndpoint[]
}

export async function lookAtAudit(look: Look): Promise<AuditFacts> {
  const { hosts } = await look.ansible.inventory()
  const vault = await lookAtVault(look)
  const looks: SecretLook[] = []
  for (const secret of look.secrets) looks.push(await lookAtSecret(look, secret, vault.problem === null))
  const consumers = await lookAtConsumers(look, looks)
  return {
    nowMs: look.clock.now().getTime(),
    vault,
    secrets: looks.map(({ facts }) => ({ ...facts, consumers: consumers.get(facts.secret.id) ?? [] })),
    endpoints: await lookAtEndpoints(look, findEndpoints(hosts)),
  }
}

export const lookAtEndpoints = (
  { servedCertificates }: Pick<Look, 'servedCertificates'>,
  endpoints: readonly NamedEndpoint[],
): Promise<readonly AuditedEndpoint[]> =>
  Promise.all(
    endpoints.map(async endpoint => ({ ...endpoint, answer: await servedCertificates.look(endpoint) })),
  )
