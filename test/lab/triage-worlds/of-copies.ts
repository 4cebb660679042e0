// Worlds in which every node is well and what is on its disk is not.
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { corrupt, dangle } from '../../../src/lab/faults/cluster-faults.ts'
import { killNode } from '../../../src/lab/faults/node-faults.ts'
import { startNode } from '../../../src/lab/service.ts'
import type { Hand } from './hand.ts'
import { isSettled, type World } from './world.ts'

const index = 'world-copies'
const restored = 'world-restored'
const repository = 'world-repository'
const firstNode = 'es-node01'
const on = (node: string) => ({ 'index.routing.allocation.require._name': node })

const withoutFilter = (hand: Hand) =>
  hand.ask('PUT', `/${index}/_settings`, { 'index.routing.allocation.require._name': null })

/** Where an index may have its files on the nodes that do not have it yet: a directory that they may not enter, until the mode is another. */
async function lockOut(hand: Hand, nodes: readonly string[], mode: number): Promise<void> {
  for (const node of nodes) {
    const directory = await hand.directoryOf(index, node)
    if (mode !== 0) {
      removeIfOurs(directory)
      continue
    }
    mkdirSync(directory)
    chmodSync(directory, mode)
  }
}

/** Once the server may write there the directory is its own. */
function removeIfOurs(directory: string): void {
  if (statSync(directory, { throwIfNoEntry: false })?.uid === process.getuid?.())
    rmSync(directory, { recursive: true, force: true })
}

const others = ['es-node02', 'es-node03']

export const worldsOfCopies: readonly World[] = [
  {
    name: 'a replica that failed five times, for no other node may write there',
    cause: 'retries_exhausted',
    heals: 'person',
    make: async hand => {
      await hand.makeIndex(index, { number_of_replicas: 0, ...on(firstNode) })
      await lockOut(hand, others, 0)
      await hand.ask('PUT', `/${index}/_settings`, {
        number_of_replicas: 1,
        'index.routing.allocation.require._name': null,
      })
      await hand.until('no attempt is left', isSettled(hand, index, 'r'))
    },
    mend: hand => lockOut(hand, others, 0o750),
    end: async hand => {
      await lockOut(hand, others, 0o750)
      await hand.deleteIndices(index)
    },
  },
  // One beside a good copy is made anew by the server before anybody has looked.
  {
    name: 'the only copy is spoilt',
    cause: 'copy_corrupt',
    heals: 'loss',
    make: async hand => {
      const node = await hand.bystander()
      // Each further try would wait a minute for the lock that the one before has left behind.
      const once = { 'index.allocation.max_retries': 1 }
      await hand.makeIndex(index, { number_of_replicas: 0, ...once, ...on(node.name) })
      await killNode(hand.lab, node)
      await corrupt(hand.lab, index, node, false)
      await startNode(hand.lab, node)
      await hand.until('the primary is out', async () => {
        const { number_of_nodes } = await hand.health()
        return number_of_nodes === 3 && (await isSettled(hand, index, 'p')())
      })
    },
    end: hand => undoCorrupt(hand),
  },
  {
    name: 'an index that only a disk knows',
    cause: 'dangling',
    heals: 'remedy',
    isSlow: true,
    make: async hand => {
      const { name } = await hand.bystander()
      await hand.makeIndex(index, { number_of_replicas: 0, ...on(name) })
      await withoutFilter(hand)
      await dangle(hand.lab, index, name, false)
      await hand.until('the server lists it', async () => {
        const { dangling_indices: found } = await hand.ask('GET', '/_dangling')
        return found.length === 1
      })
      await hand.becomeWhole()
    },
    isHealed: async hand => {
      const { count } = await hand.ask('GET', `/${index}/_count`)
      return count === 20
    },
    end: async hand => {
      await dangle(hand.lab, index, undefined, true)
      await hand.deleteIndices(index)
    },
  },
  {
    name: 'a restore that failed, for the repository misses a file',
    cause: 'restore_failed',
    heals: 'person',
    make: async hand => {
      await hand.makeIndex(index)
      const location = join(hand.lab.state.nodesRoot, 'backup', repository)
      await hand.ask('PUT', `/_snapshot/${repository}`, { type: 'fs', settings: { location } })
      const what = { indices: index, include_global_state: false }
      await hand.ask('PUT', `/_snapshot/${repository}/one?wait_for_completion=true`, what)
      for (const name of readdirSync(location, { recursive: true, encoding: 'utf8' }))
        if (/^indices\/.*\/0\/__/.test(name)) rmSync(join(location, name))
      const renamed = { rename_pattern: '.+', rename_replacement: restored }
      await hand.ask('POST', `/_snapshot/${repository}/one/_restore`, { ...what, ...renamed })
      await hand.until('the primary has failed', isSettled(hand, restored, 'p'))
    },
    mend: hand => hand.deleteIndices(restored),
    end: async hand => {
      await hand.deleteIndices(index, restored)
      await hand.ask('DELETE', `/_snapshot/${repository}`)
      rmSync(join(hand.lab.state.nodesRoot, 'backup', repository), { recursive: true, force: true })
    },
  },
]

async function undoCorrupt(hand: Hand): Promise<void> {
  const { listPlanted } = await import('../../../src/lab/faults/planted.ts')
  for (const { fault, target } of listPlanted(hand.lab.paths)) {
    const [shard = '', node = ''] = target.split(' ')
    if (fault === 'shard-corrupt') await corrupt(hand.lab, shard, hand.node(node), true)
  }
  await hand.deleteIndices(index)
}
