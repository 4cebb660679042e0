// The nodes that are to leave: what each is, and who would be left. Pure.
import type { NodeInfo } from '#sdk'
import { isData, isMasterEligible } from '../rolling-restart/tiers.ts'
import type { RemoveFacts } from './facts.ts'

type Facts = Pick<RemoveFacts, 'nodes' | 'targets' | 'members'>

export const leavingNodes = ({ nodes, targets }: Facts): readonly NodeInfo[] =>
  nodes.filter(({ name }) => targets.includes(name))

export const stayingNodes = ({ nodes, targets }: Facts): readonly NodeInfo[] =>
  nodes.filter(({ name }) => !targets.includes(name))

/** In the inventory, and no member of the cluster any more. */
export const goneTargets = ({ members, targets }: Facts): readonly string[] =>
  targets.filter(name => !members.includes(name))

export const leavingMasters = (facts: Facts): readonly NodeInfo[] =>
  leavingNodes(facts).filter(isMasterEligible)
export const leavingData = (facts: Facts): readonly NodeInfo[] => leavingNodes(facts).filter(isData)

/** Data and coordinating nodes first, then masters, the elected one last. */
export function orderOf(facts: Facts & Pick<RemoveFacts, 'master'>): readonly string[] {
  const rank = (node: NodeInfo): number =>
    node.name === facts.master.elected ? 2 : isMasterEligible(node) ? 1 : 0
  const there = [...leavingNodes(facts)].sort((a, b) => rank(a) - rank(b)).map(({ name }) => name)
  return [...goneTargets(facts), ...there]
}
