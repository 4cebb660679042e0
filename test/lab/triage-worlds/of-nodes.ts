// Worlds in which a node is not what it should be.
import { dirname } from 'node:path'
import { flap, losePath } from '../../../src/lab/faults/cluster-faults.ts'
import { findOwner } from '../../../src/lab/faults/master-flap/owner.ts'
import { freezeNode, killNode, thawNode } from '../../../src/lab/faults/node-faults.ts'
import { listPlanted } from '../../../src/lab/faults/planted.ts'
import { findNode, startNode, stopNode } from '../../../src/lab/service.ts'
import type { Hand } from './hand.ts'
import { isSettled, type World } from './world.ts'

const index = 'world-nodes'
const on = (node: string) => ({ 'index.routing.allocation.require._name': node })

const isGone = (hand: Hand) => async () => (await hand.health()).number_of_nodes === 2

async function endsWhole(hand: Hand): Promise<void> {
  await hand.becomeWhole()
  await hand.deleteIndices(index)
}

export const worldsOfNodes: readonly World[] = [
  {
    name: 'a node gone, and its copies wait for it',
    cause: 'node_missing',
    heals: 'remedy',
    make: async hand => {
      await hand.makeIndex(index, { 'index.unassigned.node_left.delayed_timeout': '10m' })
      await killNode(hand.lab, await hand.bystander())
      await hand.until('the node is gone', isGone(hand))
    },
    end: endsWhole,
  },
  {
    name: 'a disk lost, and on it the only copy',
    cause: 'no_valid_copy',
    heals: 'loss',
    make: async hand => {
      const node = await hand.bystander()
      await hand.makeIndex(index, { number_of_replicas: 0, ...on(node.name) })
      await hand.ask('PUT', `/${index}/_settings`, { 'index.routing.allocation.require._name': null })
      await killNode(hand.lab, node)
      await losePath(hand.lab, node, false)
      await startNode(hand.lab, node)
      await hand.until('it is back, with nothing on it', async () => {
        const { number_of_nodes } = await hand.health()
        return number_of_nodes === 3 && (await isSettled(hand, index, 'p')())
      })
    },
    end: async hand => {
      await hand.deleteIndices(index)
      for (const { fault, target } of listPlanted(hand.lab.paths)) {
        if (fault !== 'lose-data-path') continue
        const node = hand.node(target)
        await stopNode(hand.lab, node, 60_000)
        await losePath(hand.lab, node, true)
      }
      await hand.becomeWhole()
    },
  },
  {
    name: 'a node that hangs',
    cause: 'node_hung',
    heals: 'person',
    isSlow: true,
    make: async hand => {
      await hand.makeIndex(index)
      await freezeNode(hand.lab, await hand.bystander())
    },
    mend: thawAll,
    end: async hand => {
      await thawAll(hand)
      await endsWhole(hand)
    },
  },
  {
    name: 'a master that comes and goes',
    cause: 'master_unstable',
    heals: 'person',
    make: async hand => {
      const stateDir = dirname(hand.lab.paths.root)
      await flap(hand.lab, { stateDir, how: 'abdicate', everyMs: 0, times: 5 })
      const flapping = async () => findOwner(hand.lab.paths) === undefined
      await hand.until('the master has changed five times', flapping, 240_000)
    },
    mend: hand => flap(hand.lab, null),
    end: endsWhole,
  },
]

async function thawAll(hand: Hand): Promise<void> {
  for (const node of hand.lab.nodes) if (findNode(hand.lab, node)) await thawNode(hand.lab, node)
}
