// MembershipPort on the state: who answers at an address, who is to leave, and who votes.
import type { ClusterIdentity, EndpointAnswer } from '../../../src/ports/elasticsearch.ts'
import type { NodeMigration } from '../../../src/ports/membership.ts'
import { allocate } from './copies.ts'
import { decideAllocation } from './deciders.ts'
import { listAway } from './moves.ts'
import { considerElection, reconfigure } from './nodes.ts'
import { refuse } from './refuse.ts'
import { withdraw } from './settings.ts'
import { eachCopy, isData } from './shards.ts'
import type { FakeNode, FakeState } from './state.ts'

export function readIdentityAt(state: FakeState, url: string): EndpointAnswer {
  const node = state.nodes.find(({ address }) => new URL(url).hostname === address)
  const answer = { host: new URL(url).hostname, url }
  const problem = node === undefined ? 'connection refused' : problemOf(state, node)
  if (node === undefined || problem !== null) return { ...answer, identity: null, problem }
  return { ...answer, identity: identityOf(state, node), problem: null }
}

function problemOf(state: FakeState, node: FakeNode): string | null {
  const { unreachable } = state.world
  if (unreachable.includes('*') || unreachable.includes(node.name)) return 'connection refused'
  if (!node.running || (!node.joined && state.atMs < node.startedAtMs + node.bootMs))
    return 'connection refused'
  return node.newcomer === 'untrusted' ? 'self-signed certificate in certificate chain' : null
}

function identityOf({ clusterName, clusterUuid }: FakeState, node: FakeNode): ClusterIdentity {
  const { name, version, joined, newcomer } = node
  const of = (cluster: string, uuid: string) => ({
    clusterName: cluster,
    clusterUuid: uuid,
    version,
    answeredBy: name,
  })
  if (joined) return of(clusterName, clusterUuid)
  if (newcomer === 'own-cluster') return of(clusterName, `own-uuid-of-${name}`)
  if (newcomer === 'another-cluster') return of('another-cluster', 'another-uuid')
  return of(clusterName, '_na_')
}

export function readMembersAt(
  state: FakeState,
  url: string,
): { readonly identity: ClusterIdentity; readonly members: readonly string[] } {
  const { identity, problem } = readIdentityAt(state, url)
  if (identity === null)
    return refuse(
      problem?.includes('certificate') ? 'CLUSTER_TLS' : 'CLUSTER_UNREACHABLE',
      `${url}: ${problem}`,
    )
  if (identity.clusterUuid === '_na_') return refuse('CLUSTER_BUSY', `${url} has not joined a cluster yet`)
  const members = state.nodes.filter(({ joined }) => joined).map(({ name }) => name)
  return { identity, members: identity.clusterUuid === state.clusterUuid ? members : [identity.answeredBy] }
}

export function announceRemoval(
  state: FakeState,
  node: { readonly id: string; readonly reason: string; readonly replacedBy?: string },
): void {
  if (!state.world.capabilities.nodeShutdown) refuse('UNSUPPORTED', 'this cluster has no node-shutdown API')
  withdraw(state, node.id)
  const { id, reason, replacedBy } = node
  const type = replacedBy === undefined ? 'remove' : 'replace'
  const record = { nodeId: id, type, reason, allocationDelayMs: 0 }
  state.shutdowns.push(replacedBy === undefined ? record : { ...record, replacedBy })
  state.stateVersion += 1
  allocate(state)
}

export function readMigration(state: FakeState, nodeId: string): NodeMigration | null {
  const record = state.shutdowns.find(one => one.nodeId === nodeId)
  if (record === undefined || !state.world.capabilities.nodeShutdown) return null
  let [left, moving] = [0, 0]
  eachCopy(state, copy => {
    if (copy.node !== nodeId) return
    left += 1
    if (copy.moving) moving += 1
  })
  if (record.type === 'restart' || left === 0)
    return { status: 'COMPLETE', shardsLeft: 0, explanation: 'no shard relocation is necessary' }
  const stuck = listAway(state).filter(({ copy, places }) => copy.node === nodeId && places.length === 0)
  const [first] = stuck
  const throttled = first !== undefined && isThrottled(state, first)
  if (moving > 0 || first === undefined || throttled)
    return { status: 'IN_PROGRESS', shardsLeft: left, explanation: null }
  const { index, shard, copy } = first
  const explanation = `shard [${shard.number}] [${copy.primary ? 'primary' : 'replica'}] of index [${index.name}] cannot move, see [node_allocation_decision] for details or use the cluster allocation explain API`
  return { status: 'STALLED', shardsLeft: left, explanation }
}

/** Some node would take it later. */
const isThrottled = (state: FakeState, move: ReturnType<typeof listAway>[number]): boolean =>
  state.nodes.some(node => {
    if (!node.joined || !isData(node) || node.id === move.copy.node) return false
    const against = decideAllocation(state, { ...move, node })
    return against.every(({ decision }) => decision === 'throttle')
  })

export function excludeVoters(state: FakeState, names: readonly string[]): void {
  const voters = state.nodes.filter(({ roles, joined }) => joined && roles.includes('master'))
  const excluded = [...state.world.votingExclusions.map(({ nodeName }) => nodeName), ...names]
  if (voters.every(({ name }) => excluded.includes(name)))
    refuse('CLUSTER_BUSY', 'timed out waiting for voting config exclusions to take effect')
  for (const name of names) {
    if (state.world.votingExclusions.some(({ nodeName }) => nodeName === name)) continue
    const nodeId = state.nodes.find(one => one.name === name)?.id ?? '_absent_'
    state.world.votingExclusions.push({ nodeId, nodeName: name })
  }
  reconfigure(state)
  // A master without a vote hands over at once.
  if (state.elected !== null && !state.committed.includes(state.elected)) {
    state.elected = state.nodes.find(({ id, joined }) => joined && state.committed.includes(id))?.id ?? null
    considerElection(state)
  }
  state.stateVersion += 1
}

export function clearVotingExclusions(
  state: FakeState,
  { waitForRemoval }: { readonly waitForRemoval: boolean },
): void {
  const there = state.world.votingExclusions.filter(({ nodeId }) =>
    state.nodes.some(({ id, joined }) => id === nodeId && joined),
  )
  if (waitForRemoval && there.length > 0)
    refuse(
      'CLUSTER_BUSY',
      `timed out waiting for removal of nodes; if nodes should not be removed, set waitForRemoval to false. [${there.map(({ nodeName }) => nodeName).join(', ')}]`,
    )
  state.world.votingExclusions = []
  reconfigure(state)
  state.stateVersion += 1
}
