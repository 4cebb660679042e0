// An index that a node has on its disk and the cluster knows nothing of: deleted while the node was away, and so many others
// after it that the cluster has forgotten that there ever was one. Undone, the index is in the cluster again.
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import { type Connection, connect, patiently } from '../elasticsearch/http.ts'
import { httpPort, type LabNode } from '../layout.ts'
import { isOpen } from '../process/ports.ts'
import { startNode, stopNode } from '../service.ts'
import type { Lab } from '../state.ts'
import { waitFor } from '../wait.ts'
import { forget, remember, requirePlanted } from './planted.ts'

/** `cluster.indices.tombstones.size`, as it is without a setting; one more, for the index itself. */
const graves = 501
/** Names that fit into one line of a request. */
const atOnce = 150
const template = 'lab-grave'
const mostRounds = 4
/** As long as an index may wait to be made, and as long as what was to be written waits for nothing. */
const bulkPatience = '5s'
const stallMs = 90_000

const kept = z.object({ uuid: z.string(), node: z.string() })

/** Says how many indices were made and deleted for it. */
export async function makeDangling(lab: Lab, index: string, node: LabNode): Promise<number> {
  using elastic = connect(lab, 'elastic')
  const { ask } = patiently(elastic)
  await requireCopy(ask, index, node)
  const found = await ask('GET', `/${index}/_settings/index.uuid?flat_settings=true`)
  const uuid = found[index].settings['index.uuid'] as string
  await ask('POST', `/${index}/_flush?force=true`)
  remember(lab.paths, 'dangling', index, { uuid, node: node.name })
  await stopNode(lab, node, stallMs)
  await ask('DELETE', `/${index}`)
  const buried = await fillGraveyard(ask, uuid)
  await startNode(lab, node)
  await waitForNode(lab, ask, node)
  return buried
}

/** Takes the index into the cluster again, unless somebody has done so, or has deleted it for good. */
export async function endDangling(lab: Lab, index: string): Promise<void> {
  const { uuid } = kept.parse(requirePlanted(lab.paths, 'dangling', index).before)
  using elastic = connect(lab, 'elastic')
  const { ask } = patiently(elastic)
  const { dangling_indices: dangling } = await ask('GET', '/_dangling')
  const isThere = (dangling as { index_uuid: string }[]).some(one => one.index_uuid === uuid)
  if (isThere) await ask('POST', `/_dangling/${uuid}?accept_data_loss=true`)
  forget(lab.paths, 'dangling', index)
}

/** Deletes so many indices that the cluster forgets this one. */
async function fillGraveyard(ask: Connection['ask'], uuid: string): Promise<number> {
  for (let round = 0; round < mostRounds; round += 1) {
    if (!(await isRemembered(ask, uuid))) return round * graves
    await bury(ask, round)
  }
  throw new OpsError('LAB_FAILED', {
    message: `the cluster still remembers what was deleted after ${mostRounds * graves} other indices`,
    hint: 'see cluster.indices.tombstones.size',
  })
}

/**
 * Indices that no node will ever hold: making one is nothing but a line in the state of the cluster. They are made by writing
 * to them, for a server makes all that a bulk request names at once; what was to be written is nowhere, and is not meant to be.
 */
async function bury(ask: Connection['ask'], round: number): Promise<void> {
  const settings = { number_of_replicas: 0, 'index.routing.allocation.require._name': 'nobody' }
  await ask('PUT', `/_index_template/${template}`, {
    index_patterns: [`${template}-*`],
    priority: 1000,
    template: { settings },
  })
  const lines = Array.from(
    { length: graves },
    (_, at) => `${JSON.stringify({ create: { _index: `${template}-${round}-${at}` } })}\n{}\n`,
  )
  await ask('POST', `/_bulk?timeout=${bulkPatience}`, lines.join(''), 120_000)
  const made = (await ask('GET', `/_cat/indices/${template}-*?format=json&h=index`)) as { index: string }[]
  for (let from = 0; from < made.length; from += atOnce) {
    const names = made.slice(from, from + atOnce).map(({ index }) => index)
    await ask('DELETE', `/${names.join(',')}`)
  }
  await ask('DELETE', `/_index_template/${template}`)
}

async function isRemembered(ask: Connection['ask'], uuid: string): Promise<boolean> {
  const path = '/_cluster/state/metadata?filter_path=metadata.index-graveyard'
  return JSON.stringify(await ask('GET', path)).includes(uuid)
}

async function requireCopy(ask: Connection['ask'], index: string, node: LabNode): Promise<void> {
  const copies = (await ask('GET', `/_cat/shards/${index}?format=json&h=node`)) as { node: string | null }[]
  if (copies.some(copy => copy.node === node.name)) return
  throw new OpsError('USAGE', {
    message: `${node.name} has no copy of ${index}`,
    hint: `GET /_cat/shards/${index} says which nodes have one`,
  })
}

const waitForNode = (lab: Lab, ask: Connection['ask'], node: LabNode): Promise<void> =>
  waitFor({
    stallMs: stallMs + lab.state.bootDelaySeconds * 1000,
    look: async () => {
      if (!(await isOpen(node.address, httpPort))) return { progress: 'closed' }
      const nodes = (await ask('GET', '/_cat/nodes?format=json&h=name')) as { name: string }[]
      return nodes.some(one => one.name === node.name) ? { result: undefined } : { progress: 'open' }
    },
    onStall: () =>
      new OpsError('STALLED', { message: `${node.name} does not join again`, hint: 'ops lab status' }),
  })
