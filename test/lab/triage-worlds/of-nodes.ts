// Worlds in which a node is not what it should be.
import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import { flap, losePath } from '../../../src/lab/faults/cluster-faults.ts'
import { findOwner } from '../../../src/lab/faults/master-flap/owner.ts'
import { emptyDisk, fillDisk } from '../../../src/lab/faults/node-disk.ts'
import { freezeNode, killNode, thawNode } from '../../../src/lab/faults/node-faults.ts'
import { listPlanted } from '../../../src/lab/faults/planted.ts'
import { findNode, startNode, stopNode } from '../../../src/lab/service.ts'
import type { Hand } from './hand.ts'
import { isSettled, type World } from './world.ts'

const index = 'world-nodes'
const on = (node: string) => ({ 'index.routing.allocation.require._name': node })

const large = 'world-large'
/** How often the cluster looks at its disks, and gives copies another chance for what it sees. */
const quickLooks = {
  'cluster.info.update.interval': '10s',
  'cluster.routing.allocation.disk.reroute_interval': '10s',
}

const isGone = (hand: Hand) => async () => (await hand.health()).number_of_nodes === 2

/** A node of whose disk the master knows nothing yet is given copies. */
const knowsToBeFull = (hand: Hand, name: string) => async () => {
  const copy = { index: large, shard: 0, primary: true }
  const { body } = await hand.send('/_cluster/allocation/explain?include_disk_info=true', copy)
  const disks: readonly { node_name: string; least_available?: { used_disk_percent: number } }[] =
    Object.values(body.cluster_info?.nodes ?? {})
  const used = disks.find(one => one.node_name === name)?.least_available?.used_disk_percent
  return (used ?? 0) > 85 || `${used} %`
}

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
    name: 'a disk over the low watermark, with copies that fit elsewhere',
    cause: 'disk_watermark',
    heals: 'remedy',
    isSlow: true,
    make: async hand => {
      await hand.setCluster(quickLooks)
      const node = await hand.bystander()
      await hand.makeIndex(index, { 'index.routing.allocation.exclude._name': node.name })
      // 8 MiB that nothing makes smaller.
      const message = randomBytes(4 * 2 ** 20).toString('hex')
      await hand.makeIndex(large, { number_of_replicas: 0, ...on(node.name) })
      await hand.ask('PUT', `/${large}/_doc/1?refresh=true`, { message })
      await hand.ask('PUT', `/${large}/_settings`, { 'index.routing.allocation.require._name': null })
      await fillDisk(hand.lab, node, 88)
      await hand.becomeWhole()
      await hand.until('the master has seen how full the disk is', knowsToBeFull(hand, node.name))
      // Its primary would be let onto a disk that is over no more than the low watermark.
      const off = 'index.routing.allocation.exclude._name'
      await hand.ask('PUT', `/${index}/_settings`, { number_of_replicas: 2, [off]: null })
      await hand.until('a replica waits', isSettled(hand, index, 'r'))
    },
    end: async hand => {
      await hand.deleteIndices(index, large)
      for (const { fault, target } of listPlanted(hand.lab.paths))
        if (fault === 'disk-full') await emptyDisk(hand.lab, hand.node(target))
      await hand.becomeWhole()
      await hand.setCluster(Object.fromEntries(Object.keys(quickLooks).map(name => [name, null])))
    },
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
