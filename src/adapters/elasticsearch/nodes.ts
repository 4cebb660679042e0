// The nodes that are in the cluster and answer. Two reads are joined, since `_nodes` does not give the ephemeral id.
// A node that is in only one of them is on its way in or out, or hangs: it must never be reported as there.
import { z } from 'zod'
import type { MemberInfo, NodeInfo } from '../../ports/elasticsearch.ts'
import { parse } from './parse.ts'
import type { Pool } from './pool.ts'

const infoAnswer = z.object({
  nodes: z
    .record(
      z.string(),
      z.object({
        name: z.string(),
        host: z.string(),
        version: z.string(),
        roles: z.array(z.string()).default([]),
        attributes: z.record(z.string(), z.string()).default({}),
        http: z.object({ publish_address: z.string() }).optional(),
        jvm: z.object({ start_time_in_millis: z.number() }),
        process: z.object({ mlockall: z.boolean() }).optional(),
        plugins: z.array(z.object({ name: z.string(), version: z.string() })).default([]),
      }),
    )
    .default({}),
})
const stateAnswer = z.object({
  nodes: z.record(z.string(), z.object({ name: z.string(), ephemeral_id: z.string() })).default({}),
})

const infoFields = [
  'name',
  'host',
  'version',
  'roles',
  'attributes',
  'http.publish_address',
  'jvm.start_time_in_millis',
  'process.mlockall',
  'plugins.name',
  'plugins.version',
]

/** Attributes that the server gives itself; they say nothing about zones or racks. */
const internal = /^(xpack|ml|transform)\./

export async function readNodes(pool: Pool): Promise<readonly NodeInfo[]> {
  const [info, joined] = await Promise.all([
    pool.read({
      method: 'GET',
      path: '/_nodes/http,jvm,process,plugins',
      query: { timeout: '5s', filter_path: infoFields.map(field => `nodes.*.${field}`).join(',') },
    }),
    readMembers(pool),
  ])
  const members = new Map(joined.map(member => [member.id, member]))
  return Object.entries(parse(infoAnswer, info).nodes).flatMap(([id, node]) => {
    const ephemeralId = members.get(id)?.ephemeralId
    if (ephemeralId === undefined) return []
    return {
      id,
      ephemeralId,
      name: node.name,
      host: node.host,
      httpAddress: node.http?.publish_address ?? null,
      version: node.version,
      roles: node.roles,
      attributes: Object.fromEntries(Object.entries(node.attributes).filter(([key]) => !internal.test(key))),
      startedAtMs: node.jvm.start_time_in_millis,
      mlockall: node.process?.mlockall ?? false,
      plugins: node.plugins.map(({ name, version }) => `${name}@${version}`).sort(),
    }
  })
}

export async function readMembers(pool: Pool): Promise<readonly MemberInfo[]> {
  const answer = await pool.read({
    method: 'GET',
    path: '/_cluster/state/nodes',
    viaMaster: 'read',
    query: { filter_path: 'nodes.*.name,nodes.*.ephemeral_id' },
  })
  const { nodes } = parse(stateAnswer, answer)
  return Object.entries(nodes).map(([id, node]) => ({ id, ephemeralId: node.ephemeral_id, name: node.name }))
}
