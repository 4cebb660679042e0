// What a node is, from its own roles and not from inventory groups: its tier, its turn, and the caps of each tier. Pure.
import { type Cap, countOf, type NodeInfo } from '#sdk'
import type { RestartParams } from './params.ts'

export type Tier = 'coordinating' | 'other' | 'frozen' | 'cold' | 'warm' | 'hot' | 'master'

/** Lower ranks go first: what matters least shows first whether a restart is safe. */
const ranks: Readonly<Record<Tier, number>> = {
  coordinating: 0,
  other: 1,
  frozen: 2,
  cold: 3,
  warm: 4,
  hot: 5,
  master: 6,
}

const dataTiers: readonly (readonly [Tier, readonly string[]])[] = [
  ['hot', ['data_hot', 'data_content', 'data']],
  ['warm', ['data_warm']],
  ['cold', ['data_cold']],
  ['frozen', ['data_frozen']],
]

export const isMasterEligible = ({ roles }: NodeInfo): boolean => roles.includes('master')
export const isData = ({ roles }: NodeInfo): boolean =>
  roles.some(role => role === 'data' || role.startsWith('data_'))

/** The data tiers of a node; a node of several tiers counts in each. */
export function dataTiersOf({ roles }: NodeInfo): readonly Tier[] {
  return dataTiers.filter(([, names]) => names.some(name => roles.includes(name))).map(([tier]) => tier)
}

/** The tier that decides a node's turn: the most delicate of all it serves. */
export function tierOf(node: NodeInfo): Tier {
  if (isMasterEligible(node)) return 'master'
  const [data] = dataTiersOf(node)
  if (data !== undefined) return data
  return node.roles.every(role => role === 'remote_cluster_client' || role === 'ingest')
    ? 'coordinating'
    : 'other'
}

export const rankOf = (node: NodeInfo): number => ranks[tierOf(node)]

const defaultShare = '34%'

/** Caps over all nodes of the cluster, so that nodes outside of the run count when they are down. */
export function capsOf(nodes: readonly NodeInfo[], params: RestartParams): readonly Cap[] {
  const caps: Cap[] = [
    { name: 'one_master_at_a_time', members: namesOf(nodes.filter(isMasterEligible)), max: 1 },
  ]
  for (const [tier] of dataTiers) {
    const members = namesOf(nodes.filter(node => dataTiersOf(node).includes(tier)))
    caps.push({
      name: `no_more_${tier}_nodes_down_than_allowed`,
      members,
      max: tierMax(tier, members.length, params),
    })
  }
  const coordinators = namesOf(nodes.filter(node => tierOf(node) === 'coordinating'))
  caps.push({
    name: 'a_coordinating_node_stays_up',
    members: coordinators,
    max: Math.min(tierMax('coordinating', coordinators.length, params), Math.max(1, coordinators.length - 1)),
  })
  for (const role of new Set(nodes.flatMap(({ roles }) => roles))) {
    const members = namesOf(nodes.filter(({ roles }) => roles.includes(role)))
    if (members.length > 1)
      caps.push({ name: `a_node_with_role_${role}_stays_up`, members, max: members.length - 1 })
  }
  return caps.filter(({ members }) => members.length > 0)
}

function tierMax(tier: Tier, size: number, { maxUnavailable }: RestartParams): number {
  if (maxUnavailable !== undefined) return countOf(maxUnavailable, size)
  return tier === 'hot' ? 1 : countOf(defaultShare, size)
}

const namesOf = (nodes: readonly NodeInfo[]): readonly string[] => nodes.map(({ name }) => name)
