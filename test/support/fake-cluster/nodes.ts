// Stopping, starting and joining of nodes, and who is master. Says in the tally what must never happen.
import { allocate, dropNode } from './copies.ts'
import { tidyAll, wipe } from './leftovers.ts'
import { eachCopy, isLive } from './shards.ts'
import type { FakeNode, FakeState } from './state.ts'

export function nodeNamed(state: FakeState, name: string): FakeNode {
  const node = state.nodes.find(one => one.name === name)
  if (node === undefined) throw new Error(`the fake cluster has no node ${name}`)
  return node
}

/** The process ends. Stopping a node that is down does nothing, as systemd would. */
export function stopNode(state: FakeState, name: string): void {
  const node = nodeNamed(state, name)
  if (!node.running) return
  state.tally.history.push(`stop ${name}`)
  leave(state, node)
  node.running = false
  const down = state.nodes.filter(({ joined, newcomer }) => !joined && newcomer === undefined).length
  state.tally.mostDownAtOnce = Math.max(state.tally.mostDownAtOnce, down)
  raise(state, 'stopped', name)
}

/** The process begins; it joins `bootMs` later. */
export function startNode(state: FakeState, name: string): void {
  const node = nodeNamed(state, name)
  if (node.running) return
  if (node.trouble === 'refuses') throw new Error(`${name}: the service did not start`)
  state.tally.history.push(`start ${name}`)
  node.running = true
  node.starts += 1
  node.startedAtMs = state.atMs
  const stays = node.trouble === 'never-joins' || (node.newcomer ?? 'cluster') !== 'cluster'
  node.joinsAtMs = stays ? null : state.atMs + node.bootMs
  if (node.trouble === 'dies') node.joinsAtMs = state.atMs + Math.ceil(node.bootMs / 2)
  raise(state, 'started', name)
}

/** Its time has come. */
export function join(state: FakeState, node: FakeNode): void {
  node.joinsAtMs = null
  if (node.trouble === 'dies') {
    node.running = false
    state.tally.history.push(`died ${node.name}`)
    return
  }
  node.ephemeralId = `eph-${node.name}-${node.starts}`
  if (node.trouble === 'other-id') changeId(state, node)
  if (node.trouble === 'other-version') node.version = '8.11.0'
  if (node.trouble === 'other-roles') node.roles = ['ingest']
  node.trouble = null
  delete node.newcomer
  node.joined = true
  node.rejected = 0
  state.stateVersion += 1
  state.tally.history.push(`joined ${node.name}`)
  reconfigure(state)
  considerElection(state)
  allocate(state)
  tidyAll(state)
  raise(state, 'joined', node.name)
}

/** A new data path: the node is another one, and what lay on the old one is gone. */
function changeId(state: FakeState, node: FakeNode): void {
  const former = node.id
  node.id = `${former}-new${node.starts}`
  state.committed = state.committed.map(id => (id === former ? node.id : id))
  wipe(state, former)
}

function leave(state: FakeState, node: FakeNode): void {
  node.joinsAtMs = null
  if (!node.joined) return
  noteViolations(state, node)
  node.joined = false
  dropNode(state, node)
  if (state.elected === node.id) state.elected = null
  considerElection(state)
  allocate(state)
}

function noteViolations(state: FakeState, node: FakeNode): void {
  eachCopy(state, (copy, shard, index) => {
    if (copy.node !== node.id || !isLive(copy) || !shard.inSync.includes(copy.allocationId ?? '')) return
    const others = shard.copies.some(
      one => one !== copy && isLive(one) && shard.inSync.includes(one.allocationId ?? ''),
    )
    if (!others)
      state.tally.violations.push(`${node.name} held the only in-sync copy of ${index.name}[${shard.number}]`)
  })
  const voters = electable(state).filter(({ id }) => id !== node.id).length
  if (node.roles.includes('master') && voters < quorum(state))
    state.tally.violations.push(`without ${node.name} the masters have no quorum`)
}

/** Masters that have joined get a vote, by an odd number; excluded ones lose it. Absent ones keep theirs. */
export function reconfigure(state: FakeState): void {
  const excluded = state.world.votingExclusions.map(({ nodeId }) => nodeId)
  const keep = state.committed.filter(id => !excluded.includes(id))
  const more = state.nodes
    .filter(
      ({ id, joined, roles }) => joined && roles.includes('master') && ![...keep, ...excluded].includes(id),
    )
    .map(({ id }) => id)
  const voters = [...keep, ...more]
  const odd = voters.length % 2 === 1 || voters.length < 2
  const spare = odd ? undefined : voters.findLast(id => id !== state.elected)
  state.committed = voters.filter(id => id !== spare)
}

const quorum = ({ committed }: FakeState) => Math.floor(committed.length / 2) + 1
const electable = ({ nodes, committed }: FakeState) =>
  nodes.filter(({ joined, id }) => joined && committed.includes(id))

/** An election takes a while; without a quorum there is none. */
export function considerElection(state: FakeState): void {
  const voters = electable(state)
  if (voters.length < quorum(state)) Object.assign(state, { elected: null, electionEndsMs: null })
  else if (state.elected === null) state.electionEndsMs ??= state.atMs + state.electionMs
}

export function elect(state: FakeState): void {
  state.electionEndsMs = null
  const voters = electable(state)
  if (voters.length < quorum(state)) return
  state.elected = voters[0]?.id ?? null
  state.stateVersion += 1
  // A new master begins the waiting for absent nodes anew.
  eachCopy(state, copy => {
    if (copy.state === 'UNASSIGNED' && copy.delayedUntilMs > state.atMs)
      copy.delayedUntilMs += state.electionMs
  })
  allocate(state)
}

/** Things that were to happen at this moment get their time. */
function raise(state: FakeState, what: 'stopped' | 'started' | 'joined', name: string): void {
  for (const happening of state.happenings) {
    const { when } = happening
    if (what in when && (when as Record<string, string>)[what] === name)
      happening.when = { atMs: state.atMs + happening.afterMs }
  }
}
