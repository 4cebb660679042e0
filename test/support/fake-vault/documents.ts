// Documents of the fake: versions, check-and-set, labels, and the copy that this machine keeps of what it has read.
import { SecretText } from '../../../src/ports/secret.ts'
import type { SecretDocument, SecretMetadata } from '../../../src/ports/vault.ts'
import { refuse, requireCapability, requireSession } from './refuse.ts'
import { addVersion, emptyDocument, type FakeVaultState, type FakeVersion, keptVersions } from './state.ts'

/** Where a path of people is in the API: `secret/elk/logstash` under `data` is `secret/data/elk/logstash`. */
export function apiPathOf(state: FakeVaultState, what: string, path: string): string {
  const { mount, version } = mountAt(state, path)
  if (version !== 2) refuse('UNSUPPORTED', `${mount} is no KV of version 2`)
  return `${mount}${what}/${path.slice(mount.length)}`
}

export function mountAt(state: FakeVaultState, path: string) {
  const [mount] = Object.keys(state.mounts).filter(one => `${path}/`.startsWith(one))
  const found = mount === undefined ? undefined : state.mounts[mount]
  if (mount === undefined || found === undefined)
    return refuse('VAULT_FORBIDDEN', `preflight capability check returned 403 for ${path}`)
  return { mount, type: found.type, version: found.version }
}

export function readVersion(state: FakeVaultState, path: string, wanted?: number): SecretDocument | null {
  requireSession(state)
  requireCapability(state, apiPathOf(state, 'data', path), 'read')
  const document = state.documents[path]
  const found = document?.versions.find(({ version }) => version === (wanted ?? document.current))
  const gone = found === undefined || found.deleted || found.destroyed
  if (wanted === undefined) remember(state, path, gone ? null : found)
  return gone ? null : toDocument(path, found, null)
}

function remember(state: FakeVaultState, path: string, version: FakeVersion | null): void {
  if (path.split('/').includes('pending')) return
  if (version === null) delete state.cache[path]
  else state.cache[path] = { version: structuredClone(version), cachedAtMs: state.atMs }
}

/** What was read before, where it is not too old. */
export function readCached(state: FakeVaultState, path: string): SecretDocument | null {
  const cached = state.cache[path]
  if (cached === undefined || state.atMs - cached.cachedAtMs > state.cacheHours * 3_600_000) return null
  return toDocument(path, cached.version, cached.cachedAtMs)
}

const toDocument = (path: string, found: FakeVersion, cachedAtMs: number | null): SecretDocument => ({
  path,
  version: found.version,
  createdAtMs: found.createdAtMs,
  fields: Object.fromEntries(
    Object.entries(found.fields).map(([name, value]) => [name, new SecretText(value)]),
  ),
  cachedAtMs,
})

export function readMetadata(state: FakeVaultState, path: string): SecretMetadata | null {
  requireSession(state)
  requireCapability(state, apiPathOf(state, 'metadata', path), 'read')
  const document = state.documents[path]
  if (document === undefined) return null
  return {
    currentVersion: document.current,
    casRequired: document.casRequired,
    maxVersions: keptVersions,
    versions: document.versions.map(({ version, createdAtMs, deleted, destroyed }) => ({
      version,
      createdAtMs,
      gone: deleted || destroyed,
    })),
    labels: { ...document.labels },
  }
}

export function listNames(state: FakeVaultState, path: string): readonly string[] {
  requireSession(state)
  requireCapability(state, `${apiPathOf(state, 'metadata', path)}/`, 'list')
  const names = Object.keys(state.documents)
    .filter(one => one.startsWith(`${path}/`))
    .map(one => one.slice(path.length + 1))
    .map(one => (one.includes('/') ? one.slice(0, one.indexOf('/') + 1) : one))
  return [...new Set(names)].sort()
}

export function writeVersion(
  state: FakeVaultState,
  path: string,
  fields: Readonly<Record<string, SecretText>>,
  cas: number,
): number {
  requireSession(state)
  const document = state.documents[path]
  const apiPath = apiPathOf(state, 'data', path)
  requireCapability(state, apiPath, document === undefined ? 'create' : 'update')
  const current = document?.current ?? 0
  if (cas !== current)
    refuse('VAULT_CONFLICT', `somebody else has written ${path}: it has version ${current}, not ${cas}`)
  const version = addVersion(
    state,
    path,
    Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.reveal()])),
  )
  remember(state, path, state.documents[path]?.versions.at(-1) ?? null)
  return version
}

export function writeLabels(
  state: FakeVaultState,
  path: string,
  labels: Readonly<Record<string, string | null>>,
): void {
  requireSession(state)
  requireCapability(state, apiPathOf(state, 'metadata', path), 'patch', 'update')
  state.documents[path] ??= emptyDocument()
  const held = state.documents[path].labels
  for (const [name, value] of Object.entries(labels)) {
    if (value === null) delete held[name]
    else held[name] = value
  }
  state.effects.push(`label ${path} ${Object.keys(labels).sort().join(',')}`)
}

export function destroyVersions(state: FakeVaultState, path: string, versions: readonly number[]): void {
  requireSession(state)
  requireCapability(state, apiPathOf(state, 'destroy', path), 'update')
  for (const one of state.documents[path]?.versions ?? [])
    if (versions.includes(one.version)) Object.assign(one, { destroyed: true, fields: {} })
  if (versions.includes(state.cache[path]?.version.version ?? -1)) delete state.cache[path]
  state.effects.push(`destroy ${path} ${versions.join(',')}`)
}

export function removeDocument(state: FakeVaultState, path: string): void {
  requireSession(state)
  requireCapability(state, apiPathOf(state, 'metadata', path), 'delete')
  delete state.documents[path]
  delete state.cache[path]
  state.effects.push(`remove ${path}`)
}
