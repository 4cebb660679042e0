// Cases of the gates on the plan itself.
import { shardOn } from '../calm-facts.ts'
import { casesOf, type GateCase, named } from './case.ts'

const targets = casesOf('nodes_to_restart_are_in_the_cluster')
const order = casesOf('an_order_without_loss_exists')
const hold = casesOf('shards_are_held_in_place_while_a_node_is_away')

export const planCases: readonly GateCase[] = [
  targets.passes('all of them are there', /^10 nodes to restart$/),
  targets.refuses('one of them is not', /^es-coord02 is not in the cluster$/, ({ nodes }) => {
    nodes.pop()
  }),
  targets.refuses('there is none', /no node to restart/, facts => {
    facts.targets = []
  }),

  order.passes('copies are spread', /^\d+ waves, not fewer than \d+ possible$/),
  order.refuses('a node has the only copy', /es-data04 may never stop: mysql-old\[0\]/, ({ map }) => {
    const index = named(map.indices, 'mysql-old')
    index.shards = [shardOn('mysql-old', ['es-data04', null])]
  }),

  hold.passes('indices can be told to wait', /allocation delay of 900 s/),
  hold.passes('the cluster has the shutdown API', /announced to the shutdown API for 900 s/, facts => {
    facts.capabilities.nodeShutdown = true
  }),
  hold.passes('this user may change no index', /only primaries/, facts => {
    facts.unchangeable = facts.map.indices.map(({ name }) => name)
  }),
  hold.refuses('an API is asked for that is not there', /no node-shutdown API/, {
    params: { hold: 'shutdown-api' },
  }),
  hold.refuses('a delay is asked for that no index may get', /may change none/, {
    params: { hold: 'index-delay' },
    change: facts => {
      facts.unchangeable = facts.map.indices.map(({ name }) => name)
    },
  }),
]
