// A cluster whose copies can move, the removal of its nodes, and everything that must be true afterwards.

import { expect } from 'chai'
import remove from '../../../runbooks/remove-node/runbook.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { FakeClusterOptions } from '../../support/fake-cluster/fake-cluster.ts'
import type { IndexSpec } from '../../support/fake-cluster/state.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { FakeWorld } from '../../support/fake-world/fake-world.ts'
import {
  emptyMembers,
  type Members,
  playbooksOnMembers,
} from '../../support/fake-world/membership-playbooks.ts'

export interface RemoveWorld {
  readonly world: FakeWorld
  readonly members: Members
}

const hot = ['data_hot', 'data_content', 'ingest']
const nodeNames = {
  masters: ['es-master01', 'es-master02', 'es-master03'],
  hot: ['es-data01', 'es-data02', 'es-data06'],
  warm: ['es-data03', 'es-data04', 'es-data05'],
  coord: ['es-coord01', 'es-coord02'],
}

export const indexSpec = (name: string, tier: string, given: Partial<IndexSpec> = {}): IndexSpec => ({
  ...{ name, tier, replicas: 1, docs: 1000 },
  settings: { 'index.routing.allocation.include._tier_preference': tier },
  ...given,
})

const indices: IndexSpec[] = [
  indexSpec('.security-7', 'data_content', { autoExpand: '0-1' }),
  indexSpec('crm.app-today', 'data_hot', { written: true, nodes: ['es-data01', 'es-data02'] }),
  indexSpec('nginx-today', 'data_hot', { written: true, nodes: ['es-data02', 'es-data06'] }),
  indexSpec('mysql-today', 'data_hot', { written: true, nodes: ['es-data06', 'es-data01'] }),
  indexSpec('nginx-old', 'data_warm', { nodes: ['es-data03', 'es-data04'] }),
  indexSpec('crm.app-old', 'data_warm', { nodes: ['es-data05', 'es-data04'] }),
  indexSpec('mysql-old', 'data_warm', { nodes: ['es-data05', 'es-data03'] }),
  indexSpec('audit-old', 'data_warm', { replicas: 0, nodes: ['es-data05'] }),
]

export function begin(options: FakeClusterOptions = {}): RemoveWorld {
  const members = emptyMembers()
  const named = (names: readonly string[], roles: string[]) => names.map(name => ({ name, roles }))
  const world = new FakeWorld({
    nodes: [
      ...named(nodeNames.masters, ['master']),
      ...named(nodeNames.hot, hot),
      ...named(nodeNames.warm, ['data_warm']),
      ...named(nodeNames.coord, []),
    ],
    ...{ indices, copyMs: 4000, ...options },
    playbooks: (cluster, clock) => playbooksOnMembers(cluster, clock, members),
  })
  return { world, members }
}

/** The same where the cluster has the node-shutdown API. */
export function withShutdownApi(self: RemoveWorld): RemoveWorld {
  self.world.cluster.set({
    capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false },
  })
  return self
}

export const { planOn, run: start, carryOn } = commandsOf(remove)

/** Nothing lost, nothing failed, nothing left over. */
export function expectClean({ world }: RemoveWorld): void {
  const { cluster } = world
  const { state } = cluster
  expect(cluster.violations, 'violations').to.deep.equal([])
  expect(cluster.tally.failed, 'failed writes').to.equal(0)
  expect(cluster.lostWrites(), 'lost writes').to.equal(0)
  expect(state.settings, 'settings').to.deep.equal({ persistent: {}, transient: {} })
  expect(state.shutdowns, 'shutdown records').to.deep.equal([])
  expect(state.world.votingExclusions, 'voting exclusions').to.deep.equal([])
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

export const nodeOf = ({ world }: RemoveWorld, name: string) => {
  const found = world.cluster.state.nodes.find(one => one.name === name)
  if (found === undefined) throw new Error(`no node ${name}`)
  return found
}

export function copiesOn(self: RemoveWorld, name: string): number {
  const { id } = nodeOf(self, name)
  return self.world.cluster.state.indices
    .flatMap(({ shards }) => shards.flatMap(({ copies }) => copies))
    .filter(copy => copy.node === id).length
}

export function expectGone(self: RemoveWorld, ...names: string[]): void {
  for (const name of names) {
    const { running, joined } = nodeOf(self, name)
    expect({ running, joined }, name).to.deep.equal({ running: false, joined: false })
    expect(copiesOn(self, name), `copies on ${name}`).to.equal(0)
    expect(self.world.inventoryFile.names, 'inventory').not.to.include(name)
  }
  const { committed, nodes } = self.world.cluster.state
  const gone = nodes.filter(one => names.includes(one.name)).map(({ id }) => id)
  expect(
    committed.filter(id => gone.includes(id)),
    'votes of nodes that are gone',
  ).to.deep.equal([])
  expectAllAssigned(self)
}

export function expectAllAssigned({ world }: RemoveWorld): void {
  const left = world.cluster.state.indices.flatMap(({ name, shards }) =>
    shards.flatMap(({ copies }) => copies.filter(({ state }) => state === 'UNASSIGNED').map(() => name)),
  )
  expect(left, 'unassigned').to.deep.equal([])
}

/** As if nobody had wanted it to go. */
export function expectStays(self: RemoveWorld, ...names: string[]): void {
  for (const name of names) {
    const { running, joined } = nodeOf(self, name)
    expect({ running, joined }, name).to.deep.equal({ running: true, joined: true })
    expect(self.world.inventoryFile.names, 'inventory').to.include(name)
  }
}

export async function remarksOf({ world }: RemoveWorld, run = 'run-1'): Promise<string> {
  const records = await world.journal.read(run)
  return records
    .filter(({ type }) => type === 'remark')
    .map(({ text }) => String(text))
    .join('\n')
}

export const failureOf = (end: RunEnd | 'killed') => {
  if (end === 'killed' || end.error === null) throw new Error('the run did not fail')
  return end.error
}

/** As soon as something is true, and never when it does not come true within an hour of the fake. */
export async function once({ world }: RemoveWorld, isTrue: () => boolean, act: () => void): Promise<void> {
  const everyMs = 100
  for (let waitedMs = 0; waitedMs < 3_600_000; waitedMs += everyMs) {
    if (isTrue()) return act()
    await world.clock.sleep(everyMs)
  }
}
