// Small questions about shards, copies and settings that every part of the fake asks. It must never change the state.
import type { FakeCopy, FakeIndex, FakeNode, FakeShard, FakeState } from './state.ts'

export const isLive = (copy: FakeCopy): boolean => copy.state === 'STARTED' || copy.state === 'RELOCATING'

export const primaryOf = ({ copies }: FakeShard): FakeCopy | undefined =>
  copies.find(({ primary }) => primary)

export const bytesOfShard = ({ bytes, shards }: FakeIndex): number => bytes / Math.max(1, shards.length)

export function eachCopy(
  state: FakeState,
  visit: (copy: FakeCopy, shard: FakeShard, index: FakeIndex) => void,
): void {
  for (const index of state.indices)
    for (const shard of index.shards) for (const copy of [...shard.copies]) visit(copy, shard, index)
}

export const effective = ({ settings }: FakeState, name: string): string | undefined =>
  settings.transient[name] ?? settings.persistent[name]

export const isData = ({ roles }: FakeNode): boolean => roles.some(role => role.startsWith('data'))

export const joinedNode = (state: FakeState, id: string | null): FakeNode | undefined =>
  state.nodes.find(node => node.id === id && node.joined)

export const isJoined = (state: FakeState, id: string | null): boolean => joinedNode(state, id) !== undefined

export const nameOf = (state: FakeState, id: string | null): string | null =>
  state.nodes.find(node => node.id === id)?.name ?? id
