// A new cluster on nodes whose data is gone, and the way back from wherever a drill has stopped. It forms a new cluster only
// where every data directory is empty.
import { z } from 'zod'
import { OpsError, type Run, toOpsError } from '#sdk'
import { lookAtDisks, stateOf } from './lose.ts'
import { startNodes, waitUntilJoined } from './nodes.ts'
import type { DrillParams } from './params.ts'
import type { NodesDetails } from './plan.ts'
import { playOn, playStep } from './play.ts'

const clusterUuid = z.object({ cluster_uuid: z.string().min(1) })

/** Done again it finds the cluster that it has made. Says its uuid. */
export async function rebuild(
  run: Run,
  key: string,
  { hosts, uuid }: NodesDetails,
  { stall }: DrillParams,
): Promise<string> {
  const [first = ''] = hosts
  const results = await playStep(run, {
    key: `${key}.rebuild`,
    title: `form a new cluster of ${hosts.length} empty nodes`,
    ...{ playbook: 'drill_rebuild.yml', hosts: [first], vars: { ops_lost_cluster: uuid } },
  })
  const formed = clusterUuid.safeParse(results[first]).data?.cluster_uuid ?? uuid
  if (formed === uuid)
    throw new OpsError('STEP_FAILED', {
      message: 'the lab does not say which cluster it has formed',
      hint: 'ops lab status, and Ansible’s own output of drill_rebuild.yml',
    })
  await run.elasticsearch.adopt(formed)
  await waitUntilJoined(run, hosts, stall)
  for (const host of hosts) await run.mark(`${host}.back`, 'node.back', { node: host })
  return formed
}

/** Whatever is up stays up. Empty disks everywhere: a new cluster; else whoever is down is started with what it has. */
export async function bringBack(run: Run, details: NodesDetails, params: DrillParams): Promise<void> {
  const { hosts } = details
  const down = await listDown(run, hosts)
  if (down.length === 0 && (await answers(run))) return
  const nothingLeft =
    down.length === hosts.length && (await lookAtDisks(run, 'way back', hosts)).empty.length === hosts.length
  if (nothingLeft || down.length === 0) return void (await rebuild(run, 'back', details, params))
  await startNodes(run, 'back', down, 'elasticsearch')
  await waitUntilJoined(run, hosts, params.stall)
  for (const host of down) await run.mark(`${host}.back`, 'node.back', { node: host })
}

export async function listDown(run: Run, hosts: readonly string[]): Promise<readonly string[]> {
  const seen = await playOn(run, 'way back', {
    playbook: 'service_status.yml',
    hosts,
    vars: { ops_service: 'elasticsearch' },
  })
  return hosts.filter(host => stateOf(seen[host]) !== 'running')
}

async function answers({ elasticsearch }: Run): Promise<boolean> {
  return elasticsearch.identity().then(
    () => true,
    thrown => {
      if (toOpsError(thrown).code === 'BUG') throw thrown
      return false
    },
  )
}
