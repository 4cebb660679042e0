// Spoils one copy of a shard on one node, and has it read: a node that is stopped reads it at its start, an index on a running
// one is closed and opened.
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { OpsError } from '../../errors/index.ts'
import { type Connection, connect, patiently } from '../elasticsearch/http.ts'
import type { LabNode } from '../layout.ts'
import { nodePaths } from '../paths.ts'
import { findNode } from '../service.ts'
import type { Lab } from '../state.ts'
import { forget, remember, requirePlanted } from './planted.ts'
import {
  chooseSegment,
  flipByte,
  listSegments,
  parseShard,
  planFlip,
  removeVerdicts,
  unflipByte,
} from './segments.ts'

const kept = z.object({ index: z.string(), file: z.string(), offset: z.number(), was: z.number() })

export const corruptTarget = (shard: string, node: LabNode): string => `${shard} ${node.name}`

/** Says which file. */
export async function corruptShard(lab: Lab, text: string, node: LabNode): Promise<string> {
  const { index, shard } = parseShard(text)
  using elastic = connect(lab, 'elastic')
  const { ask } = patiently(elastic)
  const running = findNode(lab, node) !== undefined
  // What is in the translog alone is in no file of Lucene.
  if (running) await ask('POST', `/${index}/_flush?force=true`)
  const directory = await directoryOf(lab, ask, { index, shard, node })
  const chosen = chooseSegment(listSegments(directory))
  if (chosen === undefined) {
    throw new OpsError('USAGE', {
      message: `${node.name} has no file of documents of ${index}[${shard}]`,
      hint: `GET /_cat/shards/${index} says which nodes have it`,
    })
  }
  const flip = planFlip(join(directory, chosen.name))
  remember(lab.paths, 'shard-corrupt', corruptTarget(text, node), { index, ...flip })
  flipByte(flip)
  if (running) await readAnew(ask, index)
  return `${relative(nodePaths(lab.state.nodesRoot, node.name).root, flip.file)}, byte ${flip.offset}`
}

/** Says whether the damage was still there; a copy that was made anew has none. */
export async function mendShard(lab: Lab, text: string, node: LabNode): Promise<boolean> {
  const target = corruptTarget(text, node)
  const { index, ...flip } = kept.parse(requirePlanted(lab.paths, 'shard-corrupt', target).before)
  const wasThere = unflipByte(flip)
  if (wasThere) removeVerdicts(dirname(flip.file))
  using elastic = connect(lab, 'elastic')
  if (wasThere) await elastic.ask('POST', '/_cluster/reroute?retry_failed=true&metric=none')
  forget(lab.paths, 'shard-corrupt', target)
  return wasThere
}

async function directoryOf(
  { state }: Lab,
  ask: Connection['ask'],
  { index, shard, node }: { index: string; shard: number; node: LabNode },
): Promise<string> {
  const found = await ask('GET', `/${index}/_settings/index.uuid?flat_settings=true`)
  const uuid = found[index]?.settings['index.uuid'] as string
  return join(nodePaths(state.nodesRoot, node.name).data, 'indices', uuid, String(shard), 'index')
}

async function readAnew(ask: Connection['ask'], index: string): Promise<void> {
  await ask('POST', `/${index}/_close?wait_for_active_shards=0`)
  await ask('POST', `/${index}/_open?wait_for_active_shards=0`)
}
