// One address that the inventory need not have, asked for itself with the login of the cluster. Reads only, and never takes one answer
// for that of another node.
import { z } from 'zod'
import type { ClusterIdentity, EndpointAnswer } from '../../../ports/elasticsearch.ts'
import { askEveryEndpoint, readIdentity } from '../identity.ts'
import type { ConnectOptions } from '../options.ts'
import { parse } from '../parse.ts'
import { openPool } from '../pool.ts'
import { openWire } from '../wire.ts'

export async function identifyAddress(url: string, options: ConnectOptions): Promise<EndpointAnswer> {
  const endpoint = { host: hostOf(url), url }
  if (!URL.canParse(url)) return { ...endpoint, identity: null, problem: 'this is no address' }
  const wire = openWire(endpoint, options)
  try {
    const [answer] = await askEveryEndpoint([wire])
    return answer ?? { ...endpoint, identity: null, problem: 'no answer' }
  } catch (thrown) {
    return { ...endpoint, identity: null, problem: thrown instanceof Error ? thrown.message : String(thrown) }
  } finally {
    await wire.close()
  }
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).hostname : url)

const nodesAnswer = z.object({ nodes: z.record(z.string(), z.object({ name: z.string() })).default({}) })

/** Whichever cluster it belongs to: the caller compares. */
export async function readMembersAt(
  url: string,
  { clusterName: _name, clusterUuid: _uuid, ...options }: ConnectOptions,
): Promise<{ readonly identity: ClusterIdentity; readonly members: readonly string[] }> {
  const pool = openPool({ ...options, endpoints: [{ host: hostOf(url), url }] })
  try {
    const identity = await readIdentity(pool)
    const answer = await pool.read({
      method: 'GET',
      path: '/_cluster/state/nodes',
      query: { local: 'true', filter_path: 'nodes.*.name' },
    })
    const members = Object.values(parse(nodesAnswer, answer).nodes).map(({ name }) => name)
    return { identity, members: members.sort() }
  } finally {
    await pool.close()
  }
}
