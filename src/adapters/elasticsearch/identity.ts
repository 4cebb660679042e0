// Which cluster an endpoint belongs to. It must never let a request go to another cluster than the inventory says.
import { z } from 'zod'
import type { ClusterIdentity, EndpointAnswer } from '../../ports/elasticsearch.ts'
import { otherCluster, readReason } from './errors.ts'
import type { Endpoint } from './options.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'
import type { Wire } from './wire.ts'

const root = { method: 'GET', path: '/' } as const

const rootAnswer = z
  .object({
    name: z.string(),
    cluster_name: z.string(),
    cluster_uuid: z.string(),
    version: z.object({ number: z.string() }),
  })
  .transform(
    (answer): ClusterIdentity => ({
      clusterName: answer.cluster_name,
      clusterUuid: answer.cluster_uuid,
      version: answer.version.number,
      answeredBy: answer.name,
    }),
  )

/** What the inventory says; the uuid of the first answer counts where it says none. */
export interface Expected {
  readonly name: string | undefined
  uuid: string | undefined
}

/**
 * Why the endpoint cannot be used yet, or `null` when it belongs to the cluster.
 * @throws OpsError CLUSTER_OTHER
 */
export function checkIdentity(endpoint: Endpoint, body: unknown, expected: Expected): string | null {
  const found = parse(rootAnswer, { status: 200, body, request: root })
  if (expected.name !== undefined && found.clusterName !== expected.name)
    throw otherCluster(endpoint, 'cluster name', found.clusterName, expected.name)
  if (found.clusterUuid === '_na_') return `${endpoint.host} has not joined a cluster yet`
  expected.uuid ??= found.clusterUuid
  if (found.clusterUuid !== expected.uuid)
    throw otherCluster(endpoint, 'cluster uuid', found.clusterUuid, expected.uuid)
  return null
}

export async function readIdentity(pool: Pool): Promise<ClusterIdentity> {
  return parse(rootAnswer, await pool.read(root))
}

export async function askEveryEndpoint(wires: readonly Wire[]): Promise<readonly EndpointAnswer[]> {
  return Promise.all(wires.map(askEndpoint))
}

async function askEndpoint(wire: Wire): Promise<EndpointAnswer> {
  const reply = await wire.send(root)
  if (reply.kind !== 'answer') return { ...wire.endpoint, identity: null, problem: reply.problem }
  const found = rootAnswer.safeParse(reply.body)
  if (reply.status === 200 && found.success) return { ...wire.endpoint, identity: found.data, problem: null }
  const { reason } = readReason(reply.body)
  const problem =
    reply.status === 401 ? 'refuses the user or its password' : `HTTP ${reply.status} ${reason}`.trim()
  return { ...wire.endpoint, identity: null, problem }
}
