// Everything that gates and plan look at: what every port serves, who can sign, and how the cluster is. Reads only.
import { type ClusterHealth, type Look, toOpsError } from '#sdk'
import { findEndpoints } from '../audit-secrets/endpoints.ts'
import { type AuditedEndpoint, lookAtEndpoints } from '../audit-secrets/facts.ts'

export interface RenewEndpoint extends AuditedEndpoint {
  /** Directory of the authority on the controller; `null`: its inventory does not say. */
  readonly authorityDir: string | null
}

export interface RenewFacts {
  readonly nowMs: number
  readonly source: string
  readonly endpoints: readonly RenewEndpoint[]
  /** `null`: there is none in the inventory, or it does not answer. */
  readonly cluster: (Pick<ClusterHealth, 'status' | 'nodes'> & { readonly name: string }) | null
}

export async function lookAtRenewal(
  look: Look,
  { hosts: pattern }: { readonly hosts?: string | undefined },
): Promise<RenewFacts> {
  const { hosts, source } = await look.ansible.inventory()
  const chosen = pattern === undefined ? null : await look.ansible.matchHosts(pattern)
  const asked = hosts.filter(({ name }) => chosen?.includes(name) ?? true)
  const endpoints = await lookAtEndpoints(look, findEndpoints(asked))
  return {
    nowMs: look.clock.now().getTime(),
    source,
    endpoints: endpoints.map(endpoint => {
      const dir = asked.find(({ name }) => name === endpoint.host)?.vars.tls_ca_dir
      return { ...endpoint, authorityDir: typeof dir === 'string' && dir !== '' ? dir : null }
    }),
    cluster: await lookAtCluster(look),
  }
}

async function lookAtCluster({ elasticsearch }: Look): Promise<RenewFacts['cluster']> {
  try {
    const { clusterName } = await elasticsearch.identity()
    const { status, nodes } = await elasticsearch.health({ timeoutMs: 10_000 })
    return { status, nodes, name: clusterName }
  } catch (thrown) {
    if (toOpsError(thrown).code === 'BUG') throw thrown
    return null
  }
}
