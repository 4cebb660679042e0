// Why each copy is where it is: what the server would say of it, node by node. It must never change the state.
import type { Explanation, NodeDecision, ShardStore, UnassignedCopy } from '../../../src/ports/allocation.ts'
import type { AllocationExplanation } from '../../../src/ports/elasticsearch.ts'
import { decideAllocation, decideRemaining, decideReturn, type Question, refuses } from './deciders.ts'
import { refuse } from './refuse.ts'
import { eachCopy, isData, isJoined, isLive, nameOf } from './shards.ts'
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState } from './state.ts'

type Place = Omit<Question, 'node'>

export function readUnassigned(state: FakeState): UnassignedCopy[] {
  const found: UnassignedCopy[] = []
  eachCopy(state, (copy, shard, index) => {
    if (copy.state !== 'UNASSIGNED') return
    const said = allocationOf(state, { copy, shard, index })
    found.push({
      index: index.name,
      shard: shard.number,
      primary: copy.primary,
      reason: copy.unassignedReason ?? '',
      sinceMs: copy.unassignedAtMs ?? index.createdAtMs,
      failedAttempts: copy.failedAttempts ?? 0,
      delayed: said === 'allocation_delayed',
      lastStatus: statuses[said] ?? 'no_attempt',
      details: copy.details ?? null,
      recoverySource: recoverySource(shard, copy),
      lastNode: copy.lastNode === null ? null : nameOf(state, copy.lastNode),
    })
  })
  return found
}

const statuses: Readonly<Record<string, string>> = {
  no: 'deciders_no',
  throttled: 'deciders_throttled',
  awaiting_info: 'fetching_shard_data',
  allocation_delayed: 'delayed_allocation',
  no_valid_shard_copy: 'no_valid_shard_copy',
}

function recoverySource(shard: FakeShard, { primary, source }: FakeCopy): string {
  if (!primary) return 'PEER'
  if (source !== null) return 'SNAPSHOT'
  return shard.inSync.length === 0 ? 'EMPTY_STORE' : 'EXISTING_STORE'
}

export function explainInFull(
  state: FakeState,
  address: {
    readonly index: string
    readonly shard: number
    readonly primary: boolean
    readonly currentNode?: string
  },
): Explanation {
  const place = findCopy(state, address)
  const { copy } = place
  const assigned = copy.state !== 'UNASSIGNED'
  const node = state.nodes.find(({ id }) => id === copy.node)
  const against = node && isLive(copy) ? decideRemaining(state, { ...place, node }) : []
  const canAllocate = assigned ? null : allocationOf(state, place)
  return {
    index: address.index,
    shard: address.shard,
    primary: copy.primary,
    state: copy.state.toLowerCase(),
    currentNode: assigned ? nameOf(state, copy.node) : null,
    canAllocate,
    canRemain: assigned ? (against.length > 0 ? 'no' : 'yes') : null,
    againstRemaining: against,
    explanation: sentenceFor(copy, canAllocate),
    remainingDelayMs:
      canAllocate === 'allocation_delayed' ? Math.max(0, copy.delayedUntilMs - state.atMs) : null,
    nodes: state.nodes
      .filter(one => one.joined && isData(one) && one.id !== copy.node)
      .map(one => describe(state, { ...place, node: one })),
  }
}

/** The same in short. A copy that has been assigned meanwhile can be allocated: it is. */
export function explainInShort(
  state: FakeState,
  address: { readonly index: string; readonly shard: number; readonly primary: boolean },
): AllocationExplanation {
  const { canAllocate, explanation, nodes } = explainInFull(state, address)
  const against = nodes.flatMap(({ deciders }) =>
    deciders.filter(({ decision }) => decision === 'no').map(({ decider }) => decider),
  )
  return {
    ...address,
    canAllocate: canAllocate ?? 'yes',
    explanation,
    deciders: canAllocate === null ? [] : [...new Set(against)].sort(),
  }
}

function sentenceFor({ source }: FakeCopy, canAllocate: string | null): string {
  if (source?.state === 'failed') return 'its restore has failed'
  return sentences[canAllocate ?? ''] ?? 'the copy is assigned'
}

const sentences: Readonly<Record<string, string>> = {
  yes: 'Elasticsearch can allocate the shard.',
  no: "Elasticsearch isn't allowed to allocate this shard to any of the nodes in the cluster. Choose a node to which you expect this shard to be allocated, find this node in the node-by-node explanation, and address the reasons which prevent Elasticsearch from allocating this shard there.",
  throttled:
    'Elasticsearch is currently busy with other activities. It expects to be able to allocate this shard when those activities finish. Please wait.',
  awaiting_info:
    'Elasticsearch is currently retrieving information about this shard from one or more nodes. It will make an allocation decision after it receives this information. Please wait.',
  allocation_delayed:
    'The node containing this shard copy recently left the cluster. Elasticsearch is waiting for it to return. If the node does not return within [60s] then Elasticsearch will allocate this shard to another node. Please wait.',
  no_valid_shard_copy:
    "Elasticsearch can't allocate this shard because there are no copies of its data in the cluster. Elasticsearch will allocate this shard when a node holding a good copy of its data joins the cluster. If no such node is available, restore this index from a recent snapshot.",
}

function findCopy(state: FakeState, address: Parameters<typeof explainInFull>[1]): Place {
  const index = state.indices.find(({ name }) => name === address.index)
  const shard = index?.shards.find(({ number }) => number === address.shard)
  const copies = shard?.copies.filter(({ primary }) => primary === address.primary) ?? []
  const asked = address.currentNode
  const copy =
    asked === undefined
      ? (copies.find(one => one.state === 'UNASSIGNED') ?? copies[0])
      : copies.find(({ node }) => nameOf(state, node) === asked)
  if (!index || !shard || !copy)
    return refuse('CLUSTER_REJECTED', `there is no such copy of [${address.index}][${address.shard}]`)
  return { index, shard, copy }
}

/** `can_allocate` of an unassigned copy. */
export function allocationOf(state: FakeState, { index, shard, copy }: Place): string {
  const forced = state.world.explains[index.name]
  if (forced !== undefined) return forced
  if (copy.primary && copy.source === null && shard.inSync.length > 0)
    return returnOf(state, index, shard, copy)
  const said = state.nodes
    .filter(node => node.joined && isData(node))
    .map(node => decideAllocation(state, { index, shard, copy, node }))
  if (said.some(decisions => decisions.length === 0))
    return isDelayed(state, copy) ? 'allocation_delayed' : 'yes'
  if (said.some(decisions => !refuses(decisions))) return 'throttled'
  return isDelayed(state, copy) ? 'allocation_delayed' : 'no'
}

const isDelayed = (state: FakeState, { primary, lastNode, delayedUntilMs }: FakeCopy): boolean =>
  !primary && lastNode !== null && !isJoined(state, lastNode) && state.atMs < delayedUntilMs

/** Of a primary that had data: what counts is whether a node that is there has it. */
function returnOf(state: FakeState, index: FakeIndex, shard: FakeShard, copy: FakeCopy): string {
  const good = storesOf(state, index, shard).filter(
    ({ problem, allocationId }) => problem === null && shard.inSync.includes(allocationId ?? ''),
  )
  if (good.length === 0) return 'no_valid_shard_copy'
  const nodes = good.flatMap(({ nodeId }) => state.nodes.find(({ id }) => id === nodeId) ?? [])
  const said = nodes.map(node => decideReturn(state, { index, shard, copy, node }))
  if (said.some(decisions => decisions.length === 0)) return 'yes'
  return said.some(decisions => !refuses(decisions)) ? 'throttled' : 'no'
}

function describe(state: FakeState, question: Question): NodeDecision {
  const { index, shard, copy, node } = question
  const store = storesOf(state, index, shard).find(({ nodeId }) => nodeId === node.id)
  const deciders = decideAllocation(state, question)
  return {
    node: node.name,
    nodeId: node.id,
    decision: wordFor(state, question, deciders),
    deciders: wantsData(shard, copy) && store === undefined ? [] : deciders,
    store: store
      ? {
          inSync: shard.inSync.includes(store.allocationId ?? ''),
          allocationId: store.allocationId,
          problem: store.problem,
        }
      : null,
  }
}

const wantsData = ({ inSync }: FakeShard, { primary, source, state }: FakeCopy): boolean =>
  state === 'UNASSIGNED' && primary && source === null && inSync.length > 0

function wordFor(state: FakeState, { shard, copy }: Place, deciders: NodeDecision['deciders']): string {
  if (wantsData(shard, copy)) return 'no'
  if (refuses(deciders)) return 'no'
  if (deciders.length > 0) return 'throttled'
  if (copy.state !== 'UNASSIGNED') return 'worse_balance'
  return isDelayed(state, copy) ? 'allocation_delayed' : 'yes'
}

/** What lies on the disks of members, of one shard. */
export function storesOf(state: FakeState, index: FakeIndex, shard: FakeShard): ShardStore[] {
  const store = (
    id: string,
    use: ShardStore['use'],
    allocationId: string | null,
    problem: string | null,
  ): ShardStore[] => {
    const node: FakeNode | undefined = state.nodes.find(one => one.id === id && one.joined)
    if (node === undefined) return []
    const at = { index: index.name, shard: shard.number, node: node.name, nodeId: id }
    return [{ ...at, allocationId, use, problem }]
  }
  const used = shard.copies.flatMap(({ node, lastNode, primary, allocationId, lastAllocationId }) => {
    if (node !== null) return store(node, primary ? 'primary' : 'replica', allocationId, null)
    return lastNode === null || lastAllocationId === null
      ? []
      : store(lastNode, 'unused', lastAllocationId, null)
  })
  const left = (shard.leftovers ?? []).flatMap(({ node, allocationId, problem }) =>
    store(node, 'unused', allocationId, problem),
  )
  return [...used, ...left]
}
