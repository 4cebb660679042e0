// Gates on whether everything that the node holds has another place: by arithmetic, and by the cluster's own word.
import { type Gate, pass, refuse, refuseAny, sayBytes } from '#sdk'
import { isData } from '../../rolling-restart/tiers.ts'
import { hasRole, tierAmong } from '../constraints.ts'
import type { RemoveFacts } from '../facts.ts'
import { mainDecider, type Obstacle, obstacleOf, remedyOf, sayCopy, sayUnplaceable } from '../say-place.ts'
import { leavingData, leavingNodes, stayingNodes } from '../who-leaves.ts'

type RemoveGate = Gate<RemoveFacts, unknown>

const isTier = (role: string): boolean => role === 'data' || role.startsWith('data_')
/** What a cluster does without when the last one goes. */
const otherRoles = ['ingest', 'ml', 'transform']

export const roomGates: readonly RemoveGate[] = [
  {
    name: 'tier_is_not_left_empty',
    prevents: 'Indices that find no node any more, and new ones of that tier that stay red.',
    waivable: 'never',
    check: facts => {
      const staying = stayingNodes(facts)
      const lost = tiersServed(facts).filter(tier => !staying.some(node => hasRole(node, tier)))
      return refuseAny(
        lost.map(tier => {
          const wanted = wantedBy(facts, tier)
          const said = wanted.length === 0 ? '' : `, which ${sayNames(wanted)} want`
          return `no node of ${tier} stays${said}: add one first, or change index.routing.allocation.include._tier_preference and the lifecycle policies`
        }),
        `every tier keeps a node: ${[...new Set(staying.flatMap(({ roles }) => roles.filter(isTier)))].sort().join(', ')}`,
      )
    },
  },
  {
    name: 'role_keeps_a_node',
    prevents: 'Pipelines, jobs or transforms that stop because the last node which runs them has gone.',
    waivable: 'reason',
    check: facts =>
      refuseAny(
        rolesLost(facts, role => otherRoles.includes(role)).map(
          role => `no node with the role ${role} stays`,
        ),
        'every role keeps a node',
      ),
  },
  {
    name: 'replicas_have_room',
    prevents: 'A drain that never ends: a copy must not be beside another one of its shard.',
    waivable: 'never',
    check: facts => sayObstacle(facts, 'replicas', 'every copy has a node without another one of its shard'),
  },
  {
    name: 'disk_has_room',
    prevents: 'Nodes that stay filling up to their watermark, so that no new index finds a place.',
    waivable: 'reason',
    check: facts => {
      const { bytes, roomBytes, unplaceable } = facts.feasibility
      const sum = `${sayBytes(bytes)} are to move, ${sayBytes(roomBytes)} are free to the low watermark of the nodes that stay`
      const own = unplaceable.filter(one => obstacleOf(one) === 'disk')
      if (own.length === 0) return pass(sum)
      return refuse(
        `${sum}; ${sayIndices(own)} have no place: ${sayFirst(own)}; ${remedyOf('disk_threshold')}`,
      )
    },
  },
  {
    name: 'rules_leave_every_copy_a_place',
    prevents: 'A drain that never ends, because a filter, a limit or a zone forbids every other node.',
    waivable: 'reason',
    check: facts => sayObstacle(facts, 'rules', 'no filter, limit or zone is in the way'),
  },
  {
    name: 'cluster_would_make_every_move',
    prevents: 'Trusting our arithmetic where the deciders of the server know better.',
    waivable: 'reason',
    check: ({ asked: { tried, of, refused } }) => {
      if (refused.length === 0)
        return pass(`${tried} of ${of} moves tried without making them: it says yes to all`)
      const said = refused.slice(0, 3).map(({ copy, against }) => {
        const [first] = against
        return `${sayCopy(copy)}: ${first?.decider ?? 'no'}, ${first?.explanation ?? ''}`
      })
      const main = mainDecider(refused.flatMap(({ against }) => against.map(({ decider }) => decider)))
      return refuse(
        `of ${tried} moves it refuses ${refused.length}: ${said.join('; ')}${main === null ? '' : `; ${remedyOf(main)}`}`,
      )
    },
  },
  {
    name: 'shards_stay_within_the_budget',
    prevents: 'A cluster that makes no new index because cluster.max_shards_per_node is used up.',
    waivable: 'reason',
    check: facts => {
      const { perNode, dataNodes, open } = facts.budget
      const left = dataNodes - leavingData(facts).length
      const evidence = `${open} shards, ${perNode * left} allowed on the ${left} data nodes that stay`
      return open > perNode * left
        ? refuse(`${evidence}: close or delete indices, or raise cluster.max_shards_per_node`)
        : pass(evidence)
    },
  },
]

function rolesLost(facts: RemoveFacts, isMeant: (role: string) => boolean): readonly string[] {
  const kept = new Set(stayingNodes(facts).flatMap(({ roles }) => roles))
  const roles = new Set(leavingNodes(facts).flatMap(one => one.roles.filter(isMeant)))
  return [...roles].filter(role => !kept.has(role)).sort()
}

/** A node of the role `data` serves whatever tier its indices are in. */
function tiersServed(facts: RemoveFacts): readonly string[] {
  const roles = leavingNodes(facts).flatMap(one => one.roles.filter(isTier))
  const wanted = [...facts.world.rules.values()].flatMap(
    ({ tiers }) => tierAmong(tiers, facts.world.nodes) ?? [],
  )
  const served = roles.includes('data') ? ['data', ...wanted] : []
  const tiers = new Set([...roles.filter(role => role !== 'data'), ...served])
  // Nodes of single tiers can hold what a node of all of them held.
  if (stayingNodes(facts).some(isData)) tiers.delete('data')
  return [...tiers].sort()
}

/** Indices whose copies are in this tier as it is now. */
const wantedBy = ({ world }: RemoveFacts, tier: string): readonly string[] =>
  [...world.rules]
    .filter(([, { tiers }]) => tiers.length > 0 && tierAmong(tiers, world.nodes) === tier)
    .map(([index]) => index)
    .sort()

function sayObstacle({ feasibility }: RemoveFacts, obstacle: Obstacle, fine: string) {
  const own = feasibility.unplaceable.filter(one => obstacleOf(one) === obstacle)
  if (own.length === 0) return pass(fine)
  const main = mainDecider(own.flatMap(({ because }) => because.map(({ decider }) => decider)))
  return refuse(
    `${sayIndices(own)} have no place: ${sayFirst(own)}${main === null ? '' : `; ${remedyOf(main)}`}`,
  )
}

type Unplaceables = RemoveFacts['feasibility']['unplaceable']
const sayIndices = (own: Unplaceables): string => sayNames([...new Set(own.map(({ copy }) => copy.index))])
const sayFirst = (own: Unplaceables): string => own.slice(0, 3).map(sayUnplaceable).join('; ')

const sayNames = (names: readonly string[]): string =>
  names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '')
