// A Vault in memory, with behaviour, on a clock of the test. It keeps the promises of the port (test/contract/vault runs on it and on a
// real server) and never opens a socket or sets a timer.
import { OpsError, toOpsError } from '../../../src/errors/index.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { SecretText } from '../../../src/ports/secret.ts'
import type * as port from '../../../src/ports/vault.ts'
import * as approles from './approles.ts'
import * as documents from './documents.ts'
import { capabilitiesAt, everyCapability, refuse, requireSession } from './refuse.ts'
import {
  addVersion,
  createState,
  type FakeDocument,
  type FakeTrouble,
  type FakeVaultOptions,
  type FakeVaultState,
} from './state.ts'

export type { FakeTrouble, FakeVaultOptions, FakeVaultState }

/** Called after every change with the whole state, so that another process can go on from it. */
type Save = (state: FakeVaultState) => void

export interface FakeVaultHooks {
  readonly save?: Save
  /** Every secret that is read or made, before anybody else has it. */
  readonly register?: (secret: string) => void
  readonly warn?: (text: string) => void
}

const awayCodes: ReadonlySet<string> = new Set(['VAULT_UNREACHABLE', 'VAULT_SEALED', 'VAULT_STANDBY'])

export class FakeVault implements port.VaultPort {
  readonly #clock: Clock
  readonly #state: FakeVaultState
  readonly #hooks: FakeVaultHooks
  readonly #warned = new Set<string>()

  private constructor(state: FakeVaultState, clock: Clock, hooks: FakeVaultHooks = {}) {
    this.#state = state
    this.#clock = clock
    this.#hooks = hooks
  }

  static create(clock: Clock, options: FakeVaultOptions = {}, hooks?: FakeVaultHooks): FakeVault {
    return new FakeVault(createState(options, clock.now().getTime()), clock, hooks)
  }

  /** Goes on from what another process has left. */
  static from(json: FakeVaultState, clock: Clock, hooks?: FakeVaultHooks): FakeVault {
    return new FakeVault(structuredClone(json), clock, hooks)
  }

  toJSON(): FakeVaultState {
    return structuredClone(this.#now())
  }

  // What happens to a Vault.

  seal(): void {
    this.meet({ do: 'seal' })
  }

  unseal(): void {
    this.change(state => Object.assign(state, { sealed: false }))
  }

  stop(): void {
    this.meet({ do: 'stop' })
  }

  /** Like the process of a real one: sealed, unless somebody unseals it. */
  start({ sealed = true } = {}): void {
    this.change(state => Object.assign(state, { running: true, sealed }))
  }

  standBy(standby = true): void {
    this.change(state => Object.assign(state, { standby }))
  }

  /** With auth `token` nothing works from now on, until `giveToken`; with `approle` the next call logs in again. */
  expireToken(): void {
    this.meet({ do: 'expire' })
  }

  giveToken(): void {
    this.change(state => Object.assign(state, { token: null, refusesLogin: false }))
  }

  /** Our own secret-id or token is refused from now on. */
  refuseLogin(): void {
    this.change(state => Object.assign(state, { token: null, refusesLogin: true }))
  }

  /** A path of the API such as `secret/data/elk/logstash`, or the beginning of one and a star; all capabilities, or these. */
  deny(apiPath: string, capabilities: readonly port.VaultCapability[] = everyCapability): void {
    this.meet({ do: 'deny', apiPath, capabilities: [...capabilities] })
  }

  allow(apiPath: string): void {
    this.change(state => delete state.denied[apiPath])
  }

  somebodyWrites(path: string, fields: Readonly<Record<string, string>>): number {
    return this.change(state => addVersion(state, path, { ...fields }))
  }

  /** The next write has its effect, and OUTCOME_UNKNOWN is all that its caller hears. */
  loseNextAnswer(): void {
    this.#plan(null, null, { do: 'lose' })
  }

  /** The next write has no effect, and OUTCOME_UNKNOWN is all that its caller hears. */
  dropNextWrite(): void {
    this.#plan(null, null, { do: 'drop' })
  }

  /** Right before the next call of a method (of a path, if one is given). */
  before(method: keyof port.VaultPort, trouble: FakeTrouble, path: string | null = null): void {
    this.#plan(method, path, trouble)
  }

  meet(trouble: FakeTrouble): void {
    this.change(state => meet(state, trouble))
  }

  /** Any change at all, saved. */
  change<T>(change: (state: FakeVaultState) => T): T {
    try {
      return change(this.#now())
    } finally {
      this.#hooks.save?.(this.#state)
    }
  }

  // What tests ask.

  get state(): FakeVaultState {
    return this.#now()
  }

  /** The document as it is, whoever may read it. */
  document(path: string): FakeDocument | null {
    return this.#now().documents[path] ?? null
  }

  /** Fields of the current version, or of another one. */
  fields(path: string, version?: number): Readonly<Record<string, string>> | null {
    const document = this.document(path)
    const wanted = version ?? document?.current
    const found = document?.versions.find(one => one.version === wanted)
    return found === undefined || found.deleted || found.destroyed ? null : found.fields
  }

  get effects(): readonly string[] {
    return this.#now().effects
  }

  // The port.

  health = () =>
    this.#ask('health', null, ({ running, initialised, sealed, standby, version, clusterId, ...state }) => {
      if (!running) refuse('VAULT_UNREACHABLE', 'Vault does not answer: connect ECONNREFUSED')
      return {
        initialised,
        sealed,
        standby,
        version,
        clusterId: sealed ? null : clusterId,
        serverTimeMs: state.atMs + state.skewMs,
      }
    })

  session = () =>
    this.#ask('session', null, state => {
      requireSession(state)
      return {
        displayName: state.auth,
        policies: [...state.policies],
        expiresAtMs: state.token?.expiresAtMs ?? null,
        renewable: state.auth === 'approle',
        role: state.auth === 'approle' ? 'ops' : null,
      }
    })

  mountOf = (path: string) =>
    this.#ask('mountOf', path, state => {
      requireSession(state)
      return documents.mountAt(state, path)
    })

  capabilities = (apiPaths: readonly string[]) =>
    this.#ask('capabilities', null, state => {
      requireSession(state)
      return new Map(apiPaths.map(path => [path, capabilitiesAt(state, path)] as const))
    })

  async read(path: string, version?: number): Promise<port.SecretDocument | null> {
    try {
      return await this.#document('read', path, version)
    } catch (thrown) {
      const { code, message } = toOpsError(thrown)
      const cached =
        version === undefined && awayCodes.has(code) ? documents.readCached(this.#now(), path) : null
      if (cached === null) throw thrown
      this.#register(cached)
      if (!this.#warned.has(path)) this.#hooks.warn?.(`${message}: ${path} is read from the cache`)
      this.#warned.add(path)
      return cached
    }
  }

  readFresh = (path: string, version?: number) => this.#document('readFresh', path, version)
  metadata = (path: string) => this.#ask('metadata', path, state => documents.readMetadata(state, path))
  list = (path: string) => this.#ask('list', path, state => documents.listNames(state, path))

  write = (path: string, fields: Readonly<Record<string, SecretText>>, cas: number) =>
    this.#do('write', path, state => documents.writeVersion(state, path, fields, cas))

  label = (path: string, labels: Readonly<Record<string, string | null>>) =>
    this.#do('label', path, state => documents.writeLabels(state, path, labels))

  destroyVersions = (path: string, versions: readonly number[]) =>
    this.#do('destroyVersions', path, state => documents.destroyVersions(state, path, versions))

  removeAll = (path: string) => this.#do('removeAll', path, state => documents.removeDocument(state, path))

  roleId = (role: string) => this.#ask('roleId', role, state => approles.readRoleId(state, role))

  makeSecretId = async (role: string, metadata: Readonly<Record<string, string>>) => {
    const made = await this.#do('makeSecretId', role, state => approles.makeSecretId(state, role, metadata))
    this.#hooks.register?.(made.secretId.reveal())
    return made
  }

  secretIds = (role: string) => this.#ask('secretIds', role, state => approles.readSecretIds(state, role))

  destroySecretId = (role: string, accessor: string) =>
    this.#do('destroySecretId', role, state => approles.destroySecretId(state, role, accessor))

  logsIn = (role: string, secretId: SecretText) =>
    this.#ask('logsIn', role, state => approles.logsIn(state, role, secretId))

  close = async (): Promise<void> => {
    this.change(state => {
      if (state.auth === 'approle') state.token = null
    })
  }

  async #document(method: string, path: string, version?: number): Promise<port.SecretDocument | null> {
    const found = await this.#ask(method, path, state => documents.readVersion(state, path, version))
    if (found !== null) this.#register(found)
    return found
  }

  #register({ fields }: port.SecretDocument): void {
    for (const [name, secret] of Object.entries(fields))
      if (!/^(user(name)?|principal)$/.test(name)) this.#hooks.register?.(secret.reveal())
  }

  async #ask<T>(method: string, path: string | null, answer: (state: FakeVaultState) => T): Promise<T> {
    return this.change(state => {
      for (const trouble of takePlanned(state, method, path)) meet(state, trouble)
      return answer(state)
    })
  }

  async #do<T>(method: string, path: string, effect: (state: FakeVaultState) => T): Promise<T> {
    return this.change(state => {
      const troubles = [...takePlanned(state, method, path), ...takePlanned(state, null, null)]
      for (const trouble of troubles) meet(state, trouble)
      if (troubles.some(one => one.do === 'drop')) throw notAnswered(method, path)
      const done = effect(state)
      if (troubles.some(one => one.do === 'lose')) throw notAnswered(method, path)
      return done
    })
  }

  #plan(method: string | null, path: string | null, trouble: FakeTrouble): void {
    this.change(state => state.planned.push({ method: method ?? '', path, trouble }))
  }

  /** A process that goes on from a saved state may have a clock that is behind it. */
  #now(): FakeVaultState {
    this.#state.atMs = Math.max(this.#state.atMs, this.#clock.now().getTime())
    return this.#state
  }
}

const notAnswered = (method: string, path: string): OpsError =>
  new OpsError('OUTCOME_UNKNOWN', {
    message: `${method} ${path} was sent to Vault and not answered (socket hang up)`,
    hint: 'read what is there now before anything is sent again',
  })

/** Takes the first that is planned for this call; a method of `null`: for any write. */
function takePlanned(
  state: FakeVaultState,
  method: string | null,
  path: string | null,
): readonly FakeTrouble[] {
  const at = state.planned.findIndex(
    one => one.method === (method ?? '') && (one.path === null || one.path === path),
  )
  return at === -1 ? [] : state.planned.splice(at, 1).map(({ trouble }) => trouble)
}

function meet(state: FakeVaultState, trouble: FakeTrouble): void {
  if (trouble.do === 'seal') state.sealed = true
  if (trouble.do === 'stop') state.running = false
  if (trouble.do === 'stand-by') state.standby = true
  if (trouble.do === 'expire') state.token = { expiresAtMs: state.atMs, revoked: true }
  if (trouble.do === 'write') addVersion(state, trouble.path, { ...trouble.fields })
  if (trouble.do === 'deny') state.denied[trouble.apiPath] = [...trouble.capabilities]
}
