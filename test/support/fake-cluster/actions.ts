// Changes that tests make or schedule, by name. Every one is plain JSON, so that it survives a saved state.
import { allocate, setDelays, setReplicas } from './copies.ts'
import { createIndex, deleteIndex } from './indices.ts'
import { corrupt } from './leftovers.ts'
import { addNode, forgetNode, wipeNode } from './newcomers.ts'
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
      allocate(state)
      break
    case 'add-node':
      addNode(state, action.node)
      break
    case 'forget-node':
      forgetNode(state, action.node)
      break
    case 'wipe-node':
      wipeNode(state, action.node)
      break
    case 'corrupt-copy':
      corruptCopy(state, action)
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
  const settings = state.settings[scope]
  const named = name.endsWith('*')
    ? Object.keys(settings).filter(key => key.startsWith(name.slice(0, -1)))
    : [name]
  for (const one of named)
    if (value === null) delete settings[one]
    else settings[one] = value
  state.stateVersion += 1
  allocate(state)
}

export function setIndexValue(state: FakeState, index: string, name: string, value: string | null): void {
  const found = state.indices.find(one => one.name === index)
  if (found === undefined) return
  if (value === null) delete found.settings[name]
  else found.settings[name] = value
  if (name === 'index.unassigned.node_left.delayed_timeout') setDelays(found)
  if (name === 'index.number_of_replicas') setReplicas(found, Number(value ?? 1))
  if (name.startsWith('index.blocks.')) {
    const block = name.slice('index.blocks.'.length)
    found.blocks = [...found.blocks.filter(one => one !== block), ...(value === 'true' ? [block] : [])]
  }
  state.stateVersion += 1
  allocate(state)
}

function corruptCopy(
  state: FakeState,
  action: { readonly node: string; readonly index: string; readonly shard: number },
): void {
  const index = state.indices.find(({ name }) => name === action.index)
  const shard = index?.shards.find(({ number }) => number === action.shard)
  if (!index || !shard) throw new Error(`the fake cluster has no ${action.index}[${action.shard}]`)
  corrupt(state, nodeNamed(state, action.node).id, index, shard)
  allocate(state)
}
