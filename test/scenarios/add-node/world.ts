// A cluster of ten nodes and machines that are to join it: begin an addition, carry it on, and everything that must be true afterwards.

import { expect } from 'chai'
import addNode from '../../../runbooks/add-node/runbook.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { NewNode } from '../../support/fake-cluster/state.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { FakeWorld, type FakeWorldOptions } from '../../support/fake-world/fake-world.ts'
import {
  emptyMembers,
  type Members,
  playbooksOnMembers,
} from '../../support/fake-world/membership-playbooks.ts'
import { temporaryThings } from '../../support/fake-world/restart.ts'

export interface Addition {
  readonly world: FakeWorld
  readonly members: Members
  /** Temporary things as they were. */
  readonly before: string
}

export const warm: NewNode = { name: 'es-data06', roles: ['data_warm'] }
/** The eleventh machine of the fake. */
export const forWarm = { name: 'es-data06', group: 'es_data_warm', address: '127.0.9.11' }

/** Indices enough for a tier to be uneven when a node comes. */
export const manyIndices = Array.from({ length: 12 }, (_, at) => ({
  name: `nginx-2025.03.${String(at + 1).padStart(2, '0')}`,
  shards: 2,
  replicas: 1,
  tier: 'data_warm',
  docs: 50_000,
  bytes: 512 * 2 ** 20,
}))

export function additionWorld(
  machines: readonly NewNode[] = [warm],
  options: FakeWorldOptions = {},
): Addition {
  const members = emptyMembers()
  const world = new FakeWorld({
    copyMs: 4000,
    indices: manyIndices,
    ...options,
    playbooks: (cluster, clock) => ({
      ...playbooksOnMembers(cluster, clock, members),
      ...options.playbooks?.(cluster, clock),
    }),
  })
  for (const machine of machines) world.cluster.addNode(machine)
  return { world, members, before: temporaryThings(world.cluster.state) }
}

export const { run: add, carryOn } = commandsOf(addNode, forWarm)

export const isMember = ({ world }: Addition, name = warm.name): boolean =>
  world.cluster.state.nodes.some(node => node.name === name && node.joined)

export const shardsOn = ({ world }: Addition, name: string): number => {
  const { nodes, indices } = world.cluster.state
  const id = nodes.find(node => node.name === name)?.id
  return indices
    .flatMap(({ shards }) => shards.flatMap(({ copies }) => copies))
    .filter(copy => copy.node === id).length
}

/** Nothing lost, nothing left over, whatever became of the new node. */
export function expectTidy({ world, before }: Addition): void {
  const { cluster, lockTable } = world
  expect(cluster.violations, 'violations').to.deep.equal([])
  expect(cluster.lostWrites(), 'lost writes').to.equal(0)
  expect(cluster.tally.failed, 'failed writes').to.equal(0)
  expect(temporaryThings(cluster.state), 'temporary things').to.equal(before)
  expect([...lockTable.rows.keys()], 'locks').to.deep.equal([])
}

/** A member, in the inventory, with its share. */
export function expectAdded(addition: Addition, name = warm.name): void {
  expectTidy(addition)
  const { world, members } = addition
  expect(isMember(addition, name), 'member').to.equal(true)
  expect(world.inventoryFile.names, 'inventory').to.include(name)
  expect(world.cluster.starts(name), 'starts').to.equal(1)
  expect([...members.told], 'told').to.include.members(['es-master01', name])
}

/** Not a member, not running, not in the inventory. */
export function expectTakenBack(addition: Addition, name = warm.name): void {
  expectTidy(addition)
  expect(isMember(addition, name), 'member').to.equal(false)
  expect(addition.world.cluster.isRunning(name), 'running').to.equal(false)
  expect(addition.world.inventoryFile.names, 'inventory').not.to.include(name)
}

export async function remarksOf({ world }: Addition, run = 'run-1'): Promise<string> {
  const records = await world.journal.read(run)
  return records
    .filter(({ type }) => type === 'remark')
    .map(record => String((record as { text?: unknown }).text))
    .join('\n')
}

export function failureOf(end: RunEnd | 'killed') {
  if (end === 'killed' || end.error === null) throw new Error('the run did not fail')
  return end.error
}
