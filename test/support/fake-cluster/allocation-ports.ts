// AllocationPort and MembershipPort of the fake, put together from what its files do to the state.
import type { AllocationPort } from '../../../src/ports/allocation.ts'
import type { MembershipPort } from '../../../src/ports/membership.ts'
import * as read from './allocation-reads.ts'
import type { Access } from './backup-ports.ts'
import { explainInFull, readUnassigned } from './explanations.ts'
import * as membership from './membership.ts'
import * as commands from './reroute.ts'
import { withdraw } from './settings.ts'
import type { FakeState } from './state.ts'

/** What is asked of one node, and needs no master. */
type Peek = <T>(answer: (state: FakeState) => T) => Promise<T>

export const openAllocation = ({ ask, write }: Access, peek: Peek): AllocationPort => ({
  unassigned: () => ask(readUnassigned),
  explain: copy => ask(state => explainInFull(state, copy)),
  stores: indices => ask(state => read.readStores(state, indices)),
  copies: () => ask(read.readCopies),
  sequences: indices => ask(state => read.readSequences(state, indices)),
  glimpse: indices => peek(state => read.readGlimpses(state, indices)),
  nodes: () => ask(read.readNodeAllocations),
  blocks: () => peek(read.readClusterBlocks),
  pendingTasks: () => ask(read.readPendingTasks),
  dangling: () => peek(read.readDangling),
  tryReroute: given => ask(state => commands.tryReroute(state, given)),
  reroute: given => write('allocation.reroute', state => commands.reroute(state, given)),
  retryFailed: () => write('allocation.retryFailed', commands.retryFailed),
  importDangling: uuid => write('allocation.importDangling', state => commands.importDangling(state, uuid)),
  retryLifecycle: indices =>
    write('allocation.retryLifecycle', state => commands.retryLifecycle(state, indices)),
  plannedMoves: () => ask(read.countPlannedMoves),
})

export const openMembership = (
  { ask, write }: Access,
  look: () => FakeState,
  change: (deed: (state: FakeState) => void) => void,
): MembershipPort => ({
  identityAt: async url => membership.readIdentityAt(look(), url),
  membersAt: async url => membership.readMembersAt(look(), url),
  announceRemoval: node =>
    write('membership.announceRemoval', state => membership.announceRemoval(state, node)),
  withdraw: nodeId => write('membership.withdraw', state => withdraw(state, nodeId)),
  migration: nodeId => ask(state => membership.readMigration(state, nodeId)),
  excludeVoters: names => write('membership.excludeVoters', state => membership.excludeVoters(state, names)),
  clearVotingExclusions: options =>
    write('membership.clearVotingExclusions', state => membership.clearVotingExclusions(state, options)),
  follow: async ({ host }) =>
    change(({ endpoints }) => {
      if (!endpoints.includes(host)) endpoints.push(host)
    }),
  unfollow: async host =>
    change(state => {
      state.endpoints = state.endpoints.filter(one => one !== host)
    }),
})
