// MembershipPort on a cluster, composed from a file per topic.
import type { MembershipPort } from '../../../ports/membership.ts'
import type { ConnectOptions } from '../options.ts'
import type { Pool } from '../pool.ts'
import { withdrawRestart } from '../shutdown.ts'
import { identifyAddress, readMembersAt } from './address.ts'
import { announceRemoval, readMigration } from './removal.ts'
import { clearVotingExclusions, excludeVoters } from './voting.ts'

export const openMembership = (pool: Pool, options: ConnectOptions): MembershipPort => ({
  identityAt: url => identifyAddress(url, options),
  membersAt: url => readMembersAt(url, options),
  announceRemoval: node => announceRemoval(pool, node),
  withdraw: nodeId => withdrawRestart(pool, nodeId),
  migration: nodeId => readMigration(pool, nodeId),
  excludeVoters: names => excludeVoters(pool, names),
  clearVotingExclusions: given => clearVotingExclusions(pool, given),
  follow: async endpoint => pool.follow(endpoint),
  unfollow: host => pool.unfollow(host),
})
