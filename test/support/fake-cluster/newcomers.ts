// Machines that come and go: installed and not a member yet, and gone for good.
import { createNode } from './layout.ts'
import { wipe } from './leftovers.ts'
import { nodeNamed } from './nodes.ts'
import type { FakeState, NewNode } from './state.ts'

/** Installed: neither started nor a member. From now on the cluster balances itself. */
export function addNode(state: FakeState, given: NewNode): void {
  if (state.nodes.some(({ name }) => name === given.name))
    throw new Error(`the fake cluster has a node ${given.name} already`)
  const { name, roles, attributes, bootMs, way = 'cluster', ...rest } = given
  const usualMs = bootMs ?? state.nodes[0]?.bootMs ?? 5000
  const spec = { name, roles, ...(attributes && { attributes }) }
  const node = createNode(spec, state.nodes.length, usualMs, state.atMs)
  const same = { version: state.nodes[0]?.version ?? node.version }
  state.nodes.push({
    ...node,
    ...same,
    ...rest,
    address: nextAddress(state),
    running: false,
    joined: false,
    newcomer: way,
  })
  state.rebalances = true
}

function nextAddress({ nodes }: FakeState): string {
  const taken = nodes.map(({ address }) => Number(address.split('.').at(-1)))
  return `127.0.9.${Math.max(0, ...taken) + 1}`
}

/** The machine is gone, and what lay on it too. @throws Error while its node runs */
export function forgetNode(state: FakeState, name: string): void {
  const node = nodeNamed(state, name)
  if (node.running) throw new Error(`${name} runs: stop it first`)
  wipe(state, node.id)
  state.nodes = state.nodes.filter(one => one !== node)
  state.endpoints = state.endpoints.filter(one => one !== name)
}

/** @throws Error while the node runs */
export function wipeNode(state: FakeState, name: string): void {
  const node = nodeNamed(state, name)
  if (node.running) throw new Error(`${name} runs: stop it first`)
  wipe(state, node.id)
  node.trouble ??= 'other-id'
}
