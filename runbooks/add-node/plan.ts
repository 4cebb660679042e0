// What will be done, as data. Pure.
import { type PlanBody, sayBytes } from '#sdk'
import { balanceOf, sayShares } from './decide-balance.ts'
import { type AddFacts, type NodeFacts, urlOf } from './facts.ts'
import { planShippers, type ShipperDetails } from './logstash/plan.ts'
import type { AddParams } from './params.ts'
import { sayDiff } from './say-diff.ts'
import type { NewHost } from './wanted.ts'

export type NewNode = NewHost & { readonly url: string }

export type NodeDetails = {
  readonly clusterUuid: string
  readonly inventorySha256: string
  /** Nodes that are taken in together, batch after batch. */
  readonly batches: readonly (readonly NewNode[])[]
}

export type AddDetails = { readonly nodes: NodeDetails } | { readonly shippers: ShipperDetails }

const masterGroup = 'es_master'
const dataGroup = /^es_data/
/** What a node takes beside the shards that move to it. */
const usualSeconds = 120
const usualBytesPerSecond = 40 * 1024 ** 2

export const isMaster = ({ group }: NewHost): boolean => group === masterGroup
export const holdsData = ({ group }: NewHost): boolean => dataGroup.test(group)

export function planAddition(facts: AddFacts, params: AddParams): PlanBody<AddDetails> {
  if ('shippers' in facts) {
    const plan = planShippers(facts.shippers)
    return { ...plan, details: { shippers: plan.details } }
  }
  const plan = planNodes(facts.nodes, params)
  return { ...plan, details: { nodes: plan.details } }
}

/** Masters come one at a time: each must have its vote before the next changes who votes. Everybody else comes at once. */
function planNodes(facts: NodeFacts, params: AddParams): PlanBody<NodeDetails> {
  const nodes = facts.wanted.map(one => ({ ...one, url: urlOf(one, facts.inventory.hosts) }))
  const others = nodes.filter(node => !isMaster(node))
  const batches = [...(others.length > 0 ? [others] : []), ...nodes.filter(isMaster).map(node => [node])]
  const names = nodes.map(({ name }) => name).join(', ')
  const tiers = tiersOf(facts, nodes)
  const bytes = tiers.reduce((sum, { expectedBytes }) => sum + expectedBytes, 0)
  return {
    expectedSeconds: batches.length * usualSeconds + Math.round(bytes / usualBytesPerSecond),
    effects: [
      ...sayDiff(facts),
      ...(others.some(holdsData) ? [`exclude ${names} from allocation until it is proven to be ours`] : []),
      `set up and start ${names}, and no other host`,
      ...tiers.map(
        ({ group, expectedBytes }) => `about ${sayBytes(expectedBytes)} of ${group} move to the new nodes`,
      ),
      'name the new members in the lists of seeds and hosts of everybody else',
    ],
    notes: tiers.map(({ group, before }) => `${group} now: ${before}`),
    fingerprint: {
      clusterUuid: facts.identity.clusterUuid,
      inventory: facts.preview.sha256,
      members: facts.nodes.map(({ name }) => name).sort(),
      nodes: nodes.map(({ name, group, address }) => ({ name, group, address })),
      within: params.within,
    },
    details: {
      clusterUuid: facts.identity.clusterUuid,
      inventorySha256: facts.preview.sha256,
      batches,
    },
  }
}

function tiersOf(facts: NodeFacts, nodes: readonly NewNode[]) {
  const groups = [...new Set(nodes.filter(holdsData).map(({ group }) => group))]
  return groups.map(group => {
    const hosts = facts.inventory.hosts.filter(host => host.groups.includes(group)).map(({ name }) => name)
    const balance = balanceOf(facts.allocations, hosts)
    const bytes = balance.nodes.reduce((sum, one) => sum + one.bytes, 0)
    const more = nodes.filter(one => one.group === group).length
    return {
      group,
      expectedBytes: (bytes * more) / (hosts.length + more),
      before: `${sayShares(balance, 'shards')} shards; ${sayShares(balance, 'bytes')}`,
    }
  })
}
