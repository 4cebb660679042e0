// Ten quiet nodes of which one is to go, as remove-node sees them. Each case changes one thing; what follows from it is worked out anew.
import type { AskedCluster } from '../../../runbooks/remove-node/ask-cluster.ts'
import { decideFeasible } from '../../../runbooks/remove-node/decide-feasible.ts'
import type { RemoveFacts } from '../../../runbooks/remove-node/facts.ts'
import { type RemoveParams, params as schema } from '../../../runbooks/remove-node/params.ts'
import { worldOf } from '../../../runbooks/remove-node/world.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { calmFacts as calmRestart, type FactsDraft as RestartDraft } from '../rolling-restart/calm-facts.ts'

const gib = 2 ** 30

export interface RemoveDraft extends RestartDraft {
  /** `elasticsearch.members`, where it is not everybody who answers. */
  membersToo: string[]
  indexSettings: Record<string, Record<string, string>>
  /** Of every copy. */
  copyBytes: number
  asked: AskedCluster | null
  openShards: number
  writeProblem: string | null
}

const tierOf = (index: string): string => (index.endsWith('-old') ? 'data_warm' : 'data_hot')

export function removeFacts(change: (draft: RemoveDraft) => void = () => {}): RemoveFacts {
  const restart = calmRestart() as RestartDraft
  const draft: RemoveDraft = {
    ...restart,
    targets: ['es-data05'],
    membersToo: [],
    indexSettings: Object.fromEntries(
      restart.map.indices.map(({ name }) => [
        name,
        { 'index.routing.allocation.include._tier_preference': tierOf(name) },
      ]),
    ),
    copyBytes: 10 * gib,
    asked: null,
    openShards: 8,
    writeProblem: null,
  }
  change(draft)
  const { nodes, map, settings, watermarks, targets, disk } = draft
  const indices = Object.entries(draft.indexSettings).map(([name, own]) => ({ name, settings: own }))
  const names = new Map(nodes.map(({ id, name }) => [id, name]))
  const copies = map.indices.flatMap(({ name: index, shards }) =>
    shards.flatMap(({ number: shard, copies: all }) =>
      all.map(({ node, primary, state }) => ({
        ...{ index, shard, primary, state, docs: 1, bytes: draft.copyBytes },
        node: names.get(node ?? '') ?? null,
      })),
    ),
  )
  const rooms = disk.map(({ node, totalBytes, availableBytes }) => ({
    ...{ node, nodeId: `id-${node}`, roles: [], attributes: {}, shards: 0, shardBytes: 0 },
    ...{ totalBytes, availableBytes },
  }))
  const world = worldOf({ nodes, rooms, copies, map, settings, indices, watermarks, targets })
  const feasibility = decideFeasible(world)
  const { identity, endpoints, health, master, coordination, capabilities, shutdowns, snapshots } = draft
  return {
    ...{ nowMs: draft.nowMs, source: 'inventory/test', targets, identity, endpoints, health, master },
    ...{ coordination, nodes, map, settings, capabilities, shutdowns, snapshots, indices, world },
    ...{ feasibility, leftovers: draft.leftovers },
    inventory: { ...draft.inventory, hosts: draft.inventory.nodes.map(({ name }) => name) },
    named: nodes.map(({ name }) => name).filter(name => !targets.includes(name)),
    members: [...nodes.map(({ name }) => name), ...draft.membersToo],
    budget: { perNode: 1000, dataNodes: 5, open: draft.openShards },
    asked: draft.asked ?? { tried: feasibility.placed.length, of: feasibility.placed.length, refused: [] },
    written:
      draft.writeProblem === null
        ? { file: 'inventory/test/hosts.yml', sha256: 'abc', diff: '-es-data05: {}\n' }
        : null,
    writeProblem: draft.writeProblem,
  }
}

export const paramsOf = (given: JsonObject = {}): RemoveParams =>
  schema.parse({ name: 'es-data05', ...given })
