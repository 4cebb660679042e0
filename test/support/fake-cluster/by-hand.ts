// What somebody does to indices and repositories of the fake by hand, and no runbook: made, closed and opened, taken off.
import type { JsonObject } from '../../../src/ports/json.ts'
import { named } from './catalog.ts'
import { allocate } from './copies.ts'
import { hashJson } from './documents.ts'
import { createIndex, unassigned } from './indices.ts'
import type { FakeState } from './state.ts'

export function makeIndex(state: FakeState, name: string, body: JsonObject): void {
  const settings = flatten(body.settings)
  const shards = Number(settings['index.number_of_shards'] ?? 1)
  const replicas = Number(settings['index.number_of_replicas'] ?? 1)
  const { 'index.number_of_shards': _, 'index.number_of_replicas': __, ...others } = settings
  const tier = others['index.routing.allocation.include._tier_preference']?.split(',')[0]
  const aliases = Object.keys((body.aliases ?? {}) as JsonObject)
  createIndex(state, {
    name,
    shards,
    replicas,
    settings: others,
    aliases,
    docs: 0,
    bytes: 0,
    ...(tier && { tier }),
  })
  const made = state.indices.find(one => one.name === name)
  if (made) made.mappingHash = hashJson(body.mappings ?? {})
}

function flatten(settings: unknown, prefix = ''): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [key, value] of Object.entries((settings ?? {}) as JsonObject)) {
    const name = `${prefix}${key}`
    if (typeof value === 'object' && value !== null) Object.assign(flat, flatten(value, `${name}.`))
    else flat[name.startsWith('index.') ? name : `index.${name}`] = String(value)
  }
  return flat
}

/** Copies go on from their disks: for a moment none of them answers. */
export function turnIndex(state: FakeState, name: string, to: 'open' | 'close'): void {
  const index = named(state, name)
  if (index.state === to) return
  index.state = to
  for (const { copies } of index.shards)
    for (const copy of copies) {
      const { node, allocationId, primary, holds, takes } = copy
      if (node === null) continue
      const reason = to === 'open' ? 'INDEX_REOPENED' : 'INDEX_CLOSED'
      const last = { lastNode: node, lastAllocationId: allocationId }
      Object.assign(copy, { ...unassigned(reason), ...last, primary, holds, takes })
    }
  state.stateVersion += 1
  allocate(state)
}

/** Its files stay. */
export function unregister(state: FakeState, name: string): void {
  state.repositories = state.repositories.filter(one => one.name !== name)
  state.stateVersion += 1
}
