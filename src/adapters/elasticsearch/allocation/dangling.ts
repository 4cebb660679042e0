// Indices on disks that the cluster state does not know. Importing one takes what is on the disks as it is; it must never go over an
// index of the same name.
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { OpsError } from '#errors'
import type { DanglingIndex } from '../../../ports/allocation.ts'
import { acknowledged } from '../cluster-settings.ts'
import { readUuids } from '../indices/facts.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'

const danglingAnswer = z.object({
  dangling_indices: z
    .array(
      z.object({
        index_name: z.string(),
        index_uuid: z.string(),
        creation_date_millis: z.coerce.number(),
        node_ids: z.array(z.string()),
      }),
    )
    .default([]),
})
const nodesAnswer = z.object({ nodes: z.record(z.string(), z.object({ name: z.string() })).default({}) })

export async function listDangling(pool: Pool): Promise<readonly DanglingIndex[]> {
  const found = parse(danglingAnswer, await pool.read({ method: 'GET', path: '/_dangling' })).dangling_indices
  if (found.length === 0) return []
  const query = { local: 'true', filter_path: 'nodes.*.name' }
  const { nodes } = parse(
    nodesAnswer,
    await pool.read({ method: 'GET', path: '/_cluster/state/nodes', query }),
  )
  return found.map(({ index_name, index_uuid, creation_date_millis, node_ids }) => ({
    name: index_name,
    uuid: index_uuid,
    createdAtMs: creation_date_millis,
    nodes: node_ids.map(id => nodes[id]?.name ?? id),
  }))
}

const importMs = 30_000
const pauseMs = 200

export async function importDangling(pool: Pool, uuid: string): Promise<void> {
  const name = (await listDangling(pool)).find(one => one.uuid === uuid)?.name
  if (name === undefined)
    throw new OpsError('CLUSTER_REJECTED', {
      message: `no member has a dangling index with the uuid ${uuid}`,
      hint: 'see GET _dangling: the node that has it may be away',
    })
  const there = (await readUuids(pool, encodeURIComponent(name))).get(name)
  if (there !== undefined && there !== uuid)
    throw new OpsError('CLUSTER_REJECTED', {
      message: `an index has the name ${name} already (${there})`,
      hint: 'rename or delete one of the two',
    })
  const answer = await pool.write({
    method: 'POST',
    path: `/_dangling/${encodeURIComponent(uuid)}`,
    viaMaster: 'change',
    query: { accept_data_loss: 'true' },
  })
  acknowledged(parse(z.object({ acknowledged: z.boolean() }), answer).acknowledged, name)
  await appears(pool, name, uuid)
}

async function appears(pool: Pool, name: string, uuid: string): Promise<void> {
  const endMs = performance.now() + importMs
  while ((await readUuids(pool, encodeURIComponent(name))).get(name) !== uuid) {
    if (performance.now() > endMs)
      throw new OpsError('OUTCOME_UNKNOWN', {
        message: `the import of ${name} was accepted, and it is not in the cluster state after ${importMs / 1000} s`,
        hint: 'see GET _dangling and GET _cat/indices before it is imported again',
      })
    await sleep(pauseMs)
  }
}
