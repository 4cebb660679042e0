// Changes that tests make or schedule, by name. Every one is plain JSON, so that it survives a saved state.
import { allocate, setReplicas } from './copies.ts'
import { createIndex, deleteIndex } from './indices.ts'
import { nodeNamed, startNode, stopNode } from './nodes.ts'
import { actOnStore } from './repository.ts'
import { settleSnapshots } from './snapshots.ts'
import type { Action, FakeState } from './state.ts'

export function act(state: FakeState, action: Action): void {
  switch (action.do) {
    case 'stop-node':
      stopNode(state, action.node)
      break
    case 'start-node':
      startNode(state, action.node)
      break
    case 'trouble':
      nodeNamed(state, action.node).trouble = action.trouble
      break
    case 'reject':
      nodeNamed(state, action.node).rejectedPerSecond = action.perSecond
      break
    case 'create-index':
      createIndex(state, action.index)
      break
    case 'delete-index':
      deleteIndex(state, action.name)
      break
    case 'set-cluster':
      setClusterValue(state, action.scope, action.name, action.value)
      break
    case 'set-index':
      setIndexValue(state, action.index, action.name, action.value)
      break
    case 'world':
      Object.assign(state.world, action.world)
      break
    default:
      actOnStore(state, action)
      settleSnapshots(state)
  }
}

export function setClusterValue(
  state: FakeState,
  scope: 'persistent' | 'transient',
  name: string,
  value: string | null,
): void {
  if (value === null) delete state.settings[scope][name]
  else state.settings[scope][name] = value
  state.stateVersion += 1
  allocate(state)
}

export function setIndexValue(state: FakeState, index: string, name: string, value: string | null): void {
  const found = state.indices.find(one => one.name === index)
  if (found === undefined) return
  if (value === null) delete found.settings[name]
  else found.settings[name] = value
  if (name === 'index.number_of_replicas') setReplicas(found, Number(value ?? 1))
  if (name.startsWith('index.blocks.')) {
    const block = name.slice('index.blocks.'.length)
    found.blocks = [...found.blocks.filter(one => one !== block), ...(value === 'true' ? [block] : [])]
  }
  state.stateVersion += 1
  allocate(state)
}
