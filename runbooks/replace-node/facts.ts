// Everything that gates and plan look at: the new host as add-node sees it, and the old one as remove-node does, with the new one supposed
// to be there already. Reads only.
import { type Look, type NodeInfo, OpsError } from '#sdk'
import { lookAtInventory, lookAtNodes, type NodeFacts } from '../add-node/facts.ts'
import { chooseHosts, type NewHost } from '../add-node/wanted.ts'
import { decideFeasible } from '../remove-node/decide-feasible.ts'
import { lookAtRemoval, type RemoveFacts } from '../remove-node/facts.ts'
import { isData, isMasterEligible } from '../rolling-restart/tiers.ts'
import { roomBeforeLow } from '../rolling-restart/watermarks.ts'
import { addParamsOf, type ReplaceParams } from './params.ts'

export interface ReplaceFacts {
  readonly old: string
  readonly fresh: string
  /** Groups of the inventory in which the old one stands directly. */
  readonly oldGroups: readonly string[]
  readonly add: NodeFacts
  /** As if the new node were there, empty. */
  readonly remove: RemoveFacts
}

export async function lookAtReplacement(look: Look, params: ReplaceParams): Promise<ReplaceFacts> {
  const remove = await lookAtRemoval(look, { name: params.old })
  const entry = (await look.inventoryFile.entries()).find(({ name }) => name === params.old)
  const oldGroups = entry?.groups ?? []
  const group = oldGroups.find(one => one.startsWith('es_')) ?? oldGroups[0] ?? 'elasticsearch'
  const host = await chooseHost(look, params, group)
  const add = await lookAtNodes(look, await lookAtInventory(look, [host]))
  const watermarks = await look.elasticsearch.watermarks()
  const found = add.lints[0]?.found?.data
  const roomBytes =
    found === undefined
      ? 0
      : roomBeforeLow({ availableBytes: found.free_bytes, totalBytes: found.total_bytes }, watermarks)
  return {
    ...{ old: params.old, fresh: params.new, oldGroups, add },
    remove: supposeThere(remove, {
      ...{ name: params.new, host: host.address, roomBytes },
      attributes: add.lints[0]?.found?.config?.attributes ?? null,
    }),
  }
}

async function chooseHost(look: Look, params: ReplaceParams, group: string): Promise<NewHost> {
  const hosts = await chooseHosts(look, addParamsOf(params, group))
  const host = hosts.find(({ name }) => name === params.new)
  if (host !== undefined) return { ...host, group }
  throw new OpsError('NO_HOSTS_MATCHED', {
    message: `Terraform has made no host ${params.new} for ${group} that the inventory lacks`,
    hint: `it has: ${hosts.map(({ name }) => name).join(', ')}`,
  })
}

/** The new node is what the old one is, and every copy of that has to find its place on it. Pure. */
export function supposeThere(
  facts: RemoveFacts,
  {
    name,
    host,
    roomBytes,
    attributes,
  }: {
    readonly name: string
    readonly host: string
    readonly roomBytes: number
    /** By its configuration, where it has one; else those of the old node. */
    readonly attributes: Readonly<Record<string, string>> | null
  },
): RemoveFacts {
  const old = facts.nodes.find(one => facts.targets.includes(one.name))
  if (old === undefined) return facts
  const fresh: NodeInfo = {
    ...{ ...old, id: `id of ${name}`, name, host, httpAddress: null },
    attributes: attributes ?? old.attributes,
  }
  const others = facts.world.nodes.map(node => ({ ...node, roomBytes: Number.NEGATIVE_INFINITY }))
  const world = {
    ...facts.world,
    nodes: isData(old) ? [...others, { ...fresh, roomBytes }] : others,
  }
  return {
    ...facts,
    nodes: [...facts.nodes, fresh],
    coordination: isMasterEligible(old)
      ? {
          ...facts.coordination,
          committed: [...facts.coordination.committed, fresh.id],
          accepted: [...facts.coordination.accepted, fresh.id],
        }
      : facts.coordination,
    budget: { ...facts.budget, dataNodes: facts.budget.dataNodes + (isData(old) ? 1 : 0) },
    world,
    feasibility: { ...decideFeasible(world), roomBytes: Math.max(0, roomBytes) },
  }
}
