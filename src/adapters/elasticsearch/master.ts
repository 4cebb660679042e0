// The elected master and the voting configuration. Reads only; elections are the cluster's own business.
import { z } from 'zod'
import { toOpsError } from '#errors'
import type { Coordination, MasterState } from '../../ports/elasticsearch.ts'
import { isMissing, missingApi, parse } from './parse.ts'
import type { Pool } from './pool.ts'
import type { Wire } from './wire.ts'

const stableAnswer = z.object({
  indicators: z.object({
    master_is_stable: z.object({
      status: z.enum(['green', 'yellow', 'red', 'unknown']),
      symptom: z.string(),
    }),
  }),
})
const catAnswer = z.array(z.object({ node: z.string() }))

export async function readMaster(pool: Pool): Promise<MasterState> {
  const [report, elected] = await Promise.all([
    pool.read({
      method: 'GET',
      path: '/_health_report/master_is_stable',
      query: { verbose: 'false' },
      accept: missingApi,
    }),
    readElected(pool),
  ])
  if (isMissing(report)) return { stable: 'unknown', symptom: 'the server has no _health_report', elected }
  const { status, symptom } = parse(stableAnswer, report).indicators.master_is_stable
  return { stable: status, symptom, elected }
}

/** Name of the elected master, `null` when no endpoint knows one. */
async function readElected(pool: Pool): Promise<string | null> {
  const query = { format: 'json', h: 'node' }
  try {
    const answer = await pool.read({ method: 'GET', path: '/_cat/master', viaMaster: 'read', query })
    const name = parse(catAnswer, answer)[0]?.node
    return name === undefined || name === '-' ? null : name
  } catch (thrown) {
    if (toOpsError(thrown).code === 'CLUSTER_BUSY') return null
    throw thrown
  }
}

const coordinationAnswer = z.object({
  metadata: z.object({
    cluster_coordination: z.object({
      last_committed_config: z.array(z.string()),
      last_accepted_config: z.array(z.string()),
      voting_config_exclusions: z.array(z.object({ node_id: z.string(), node_name: z.string() })),
    }),
  }),
})

export async function readCoordination(pool: Pool): Promise<Coordination> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_cluster/state/metadata',
    viaMaster: 'read',
    query: { filter_path: 'metadata.cluster_coordination' },
  })
  const found = parse(coordinationAnswer, answer).metadata.cluster_coordination
  return {
    committed: found.last_committed_config,
    accepted: found.last_accepted_config,
    exclusions: found.voting_config_exclusions.map(one => ({ nodeId: one.node_id, nodeName: one.node_name })),
  }
}

const versionAnswer = z.object({ version: z.number() })

/** Asks each address for its own state, not for the master's: one that lags behind says so. */
export function readAppliedVersions(wires: readonly Wire[]) {
  return Promise.all(
    wires.map(async wire => {
      const query = { local: 'true', filter_path: 'version' }
      const reply = await wire.send({ method: 'GET', path: '/_cluster/state/version', query })
      const found = reply.kind === 'answer' ? versionAnswer.safeParse(reply.body) : null
      return { host: wire.endpoint.host, version: found?.success ? found.data.version : null }
    }),
  )
}
