// Settings of the fake, by the same kinds and with the same promises as those of the real adapter.
import { OpsError } from '../../../src/errors/index.ts'
import type { Json } from '../../../src/ports/json.ts'
import type { SettingAddress } from '../../../src/ports/settings.ts'
import { setClusterValue, setIndexValue } from './actions.ts'
import type { FakeState } from './state.ts'

export function readSetting(
  state: FakeState,
  { kind, name }: SettingAddress,
  targets: readonly string[],
): ReadonlyMap<string, Json> {
  switch (kind) {
    case 'elasticsearch.cluster':
      return new Map(targets.map(scope => [scope, pickSetting(state.settings[scope as 'persistent'], name)]))
    case 'elasticsearch.index':
      return new Map(targets.flatMap(target => readIndex(state, target, name)))
    case 'elasticsearch.node-shutdown':
      return new Map(targets.map(id => [id, readAnnouncement(state, id)]))
    default:
      throw new OpsError('BUG', { message: `Elasticsearch has no settings of the kind ${kind}` })
  }
}

export function writeSetting(
  state: FakeState,
  { kind, name }: SettingAddress,
  targets: readonly string[],
  value: Json,
): void {
  readSetting(state, { kind, name }, [])
  if (kind === 'elasticsearch.cluster') refuseUnknown(name)
  const text = value === null ? null : String(value)
  for (const target of targets) {
    if (kind === 'elasticsearch.cluster') setClusterValue(state, target as 'persistent', name, text)
    else if (kind === 'elasticsearch.node-shutdown') writeAnnouncement(state, target, value)
    else if (!state.world.unchangeable.includes(target)) setIndexValue(state, target, name, text)
  }
  const left =
    kind === 'elasticsearch.index' ? targets.filter(one => state.world.unchangeable.includes(one)) : []
  if (left.length === 0) return
  throw new OpsError('CLUSTER_FORBIDDEN', {
    message: `the settings of ${left.join(', ')} were left as they are; all others are set`,
  })
}

/** `PREFIX.*`: all that are set, as one text. */
function pickSetting(settings: Readonly<Record<string, string>>, name: string): string | null {
  if (!name.endsWith('*')) return settings[name] ?? null
  const set = Object.entries(settings).filter(([key]) => key.startsWith(name.slice(0, -1)))
  return set.length === 0
    ? null
    : set
        .map(([key, text]) => `${key}=${text}`)
        .sort()
        .join(', ')
}

function readIndex(state: FakeState, target: string, name: string): [string, Json][] {
  const index = state.indices.find(one => one.name === target)
  if (index === undefined) return []
  // This one is always explicit.
  if (name === 'index.number_of_replicas') return [[target, String(index.replicas)]]
  return [[target, index.settings[name] ?? null]]
}

function refuseUnknown(name: string): void {
  if (/^(cluster|indices|action|logger|xpack)\./.test(name)) return
  throw new OpsError('CLUSTER_REJECTED', { message: `setting [${name}], not recognized` })
}

function readAnnouncement(state: FakeState, id: string): Json {
  const found = state.shutdowns.find(({ nodeId }) => nodeId === id)
  if (found === undefined) return null
  const { reason, allocationDelayMs, type } = found
  return { reason, allocationDelayMs, ...(type === 'restart' ? {} : { type }) }
}

function writeAnnouncement(state: FakeState, id: string, value: Json): void {
  if (value === null) withdraw(state, id)
  else announce(state, { id, ...(value as { reason: string; allocationDelayMs: number }) })
}

export function announce(
  state: FakeState,
  node: { readonly id: string; readonly reason: string; readonly allocationDelayMs: number },
): void {
  if (!state.world.capabilities.nodeShutdown)
    throw new OpsError('UNSUPPORTED', { message: 'this cluster has no node-shutdown API' })
  withdraw(state, node.id)
  const { reason, allocationDelayMs } = node
  state.shutdowns.push({ nodeId: node.id, type: 'restart', reason, allocationDelayMs })
  state.stateVersion += 1
}

export function withdraw(state: FakeState, id: string): void {
  state.shutdowns = state.shutdowns.filter(({ nodeId }) => nodeId !== id)
}
