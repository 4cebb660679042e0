// Gates on the plan itself: there is a way to do it.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { RestartFacts } from '../facts.ts'
import { chooseHold } from '../hold.ts'
import type { RestartParams } from '../params.ts'
import { plannedFor } from '../world.ts'

export const planGates: readonly Gate<RestartFacts, RestartParams>[] = [
  {
    name: 'nodes_to_restart_are_in_the_cluster',
    prevents: 'Waiting for a node that was never there.',
    waivable: 'never',
    check: ({ targets, nodes }) => {
      if (targets.length === 0) return refuse('there is no node to restart')
      const present = new Set(nodes.map(({ name }) => name))
      return refuseAny(
        targets.filter(name => !present.has(name)).map(name => `${name} is not in the cluster`),
        `${targets.length} nodes to restart`,
      )
    },
  },
  {
    name: 'an_order_without_loss_exists',
    prevents: 'Beginning a restart that can never be finished safely.',
    waivable: 'never',
    check: (facts, params) => {
      const { impossible, waves, lowerBound } = plannedFor(facts, params).waves
      return refuseAny(
        impossible.map(({ member, by }) => `${member} may never stop: ${by.slice(0, 3).join(', ')}`),
        `${waves.length} waves, not fewer than ${lowerBound} possible`,
      )
    },
  },
  {
    name: 'shards_are_held_in_place_while_a_node_is_away',
    prevents: 'Terabytes of copies made for a node that is back in two minutes.',
    waivable: 'never',
    check: (facts, params) => {
      const hold = chooseHold(facts, params)
      return hold.kind === 'none' ? refuse(hold.why) : pass(hold.why)
    },
  },
]
