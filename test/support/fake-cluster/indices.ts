// Indices of the fake: made with their copies started on nodes of their tier. Pure changes of the state.
import { hashJson } from './documents.ts'
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState, IndexSpec } from './state.ts'

export const nextId = (state: FakeState, what: string): string => {
  state.counter += 1
  return `${what}-${state.counter}`
}

export function createIndex(state: FakeState, spec: IndexSpec): void {
  const tier = spec.tier ?? 'data_content'
  const places = state.nodes.filter(({ joined, roles }) => joined && roles.includes(tier))
  const index: FakeIndex = {
    name: spec.name,
    uuid: nextId(state, 'uuid'),
    createdAtMs: state.atMs,
    replicas: spec.replicas ?? (spec.autoExpand ? expand(spec.autoExpand, places.length) : 1),
    autoExpand: spec.autoExpand ?? null,
    state: spec.closed ? 'close' : 'open',
    searchableSnapshot: spec.searchableSnapshot ?? false,
    tier,
    settings: { ...spec.settings },
    blocks: [],
    docs: spec.docs ?? 100,
    bytes: spec.bytes ?? 50_000_000,
    written: spec.written ?? false,
    restored: false,
    aliases: [...(spec.aliases ?? [])],
    mappingHash: hashJson(usualMapping),
    documents: { seed: spec.name, fromMs: state.atMs - 86_400_000, exceptions: {} },
    shards: [],
  }
  for (let number = 0; number < (spec.shards ?? 1); number += 1) {
    const chosen = spec.nodes
      ? spec.nodes.flatMap(name => state.nodes.find(node => node.name === name) ?? [])
      : rotate(places, state.counter + number)
    index.shards.push(createShard(state, number, chosen, index.replicas))
  }
  state.indices.push(index)
  state.stateVersion += 1
}

const usualMapping = { properties: { '@timestamp': { type: 'date' }, message: { type: 'text' } } }

export function deleteIndex(state: FakeState, name: string): void {
  const gone = state.indices.find(index => index.name === name)
  if (gone === undefined) return
  for (const { copies } of gone.shards) for (const copy of copies) takeDisk(state, copy, null)
  state.indices = state.indices.filter(index => index !== gone)
  state.stateVersion += 1
}

/** What the copy took before is free again. */
export function takeDisk(state: FakeState, copy: FakeCopy, takes: FakeCopy['takes']): void {
  for (const [one, sign] of [
    [copy.takes, 1],
    [takes, -1],
  ] as const) {
    const node = state.nodes.find(({ id }) => id === one?.node)
    if (node && one) node.availableBytes += sign * one.bytes
  }
  copy.takes = takes
}

function createShard(state: FakeState, number: number, nodes: FakeNode[], replicas: number): FakeShard {
  const copies = Array.from({ length: replicas + 1 }, (_, at): FakeCopy => {
    const node = nodes[at]
    if (node === undefined) return { ...unassigned('INDEX_CREATED'), primary: at === 0 }
    return { ...startedOn(node.id, nextId(state, 'alloc')), primary: at === 0 }
  })
  return { number, inSync: copies.flatMap(({ allocationId }) => allocationId ?? []), copies, acked: 0 }
}

const startedOn = (node: string, allocationId: string): FakeCopy => ({
  ...unassigned(''),
  node,
  allocationId,
  state: 'STARTED',
  unassignedReason: null,
})

export const unassigned = (reason: string): FakeCopy => ({
  node: null,
  allocationId: null,
  primary: false,
  state: 'UNASSIGNED',
  relocatingTo: null,
  unassignedReason: reason,
  lastNode: null,
  lastAllocationId: null,
  delayedUntilMs: 0,
  holds: 0,
  recovery: null,
  source: null,
  takes: null,
})

const rotate = <T>(items: T[], by: number): T[] => items.map((_, at) => items[(at + by) % items.length] as T)

/** Replicas of `0-1` or `0-all` where so many nodes can hold a copy. */
export function expand(range: string, nodes: number): number {
  const [least, most] = range.split('-')
  const top = most === 'all' ? nodes - 1 : Math.min(Number(most), nodes - 1)
  return Math.max(Number(least), top)
}
