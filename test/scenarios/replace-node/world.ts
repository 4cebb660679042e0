// A cluster in which a new machine stands ready to take the place of a node, and everything that must be true afterwards.

import { expect } from 'chai'
import replace from '../../../runbooks/replace-node/runbook.ts'
import type { FakeClusterOptions } from '../../support/fake-cluster/fake-cluster.ts'
import type { NewNode } from '../../support/fake-cluster/state.ts'
import { commandsOf } from '../../support/fake-world/commands.ts'
import { begin as beginRemoval, nodeOf, type RemoveWorld } from '../remove-node/world.ts'

/** The twelfth machine of the fake. */
export const fresh: NewNode = { name: 'es-data07', roles: ['data_warm'] }
export const warm = { old: 'es-data05', new: 'es-data07', address: '127.0.9.12', soak: '10s' }

export function begin(machine: NewNode = fresh, options: FakeClusterOptions = {}): RemoveWorld {
  const self = beginRemoval(options)
  self.world.cluster.addNode(machine)
  return self
}

export const { planOn, run: start, carryOn } = commandsOf(replace, warm)

export function expectMember(self: RemoveWorld, name: string): void {
  const { running, joined } = nodeOf(self, name)
  expect({ running, joined }, name).to.deep.equal({ running: true, joined: true })
  expect(self.world.inventoryFile.names, 'inventory').to.include(name)
}

/** What the report says was moved, in shares of what the old node held. */
export async function shareMoved({ world }: RemoveWorld, run = 'run-1'): Promise<number> {
  const records = await world.journal.read(run)
  const mark = records.find(({ once }) => once === 'moved')
  return Number(mark?.share)
}
