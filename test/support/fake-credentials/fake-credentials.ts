// Users, keys and tokens of every kind in memory, with behaviour. It keeps the promises of the port and never opens a socket.
import { isDeepStrictEqual } from 'node:util'
import { OpsError } from '../../../src/errors/index.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import {
  type Credential,
  type CredentialSystem,
  type CredentialsPort,
  canBeDisabled,
  type LoginAnswer,
  type Principal,
  type SecretPolicy,
} from '../../../src/ports/credentials.ts'
import { SecretText } from '../../../src/ports/secret.ts'
import { generateFrom } from './generate.ts'
import { createState, type FakeCredentialsOptions } from './layout.ts'
import { describe, grantsOf, hasMany, isNamed, named, need, ofSystem, whoHolds } from './look-up.ts'
import {
  type FakeCredentialsState,
  type FakeEndpoint,
  type FakePrincipal,
  type FakeVendor,
  type RefusedLogin,
  vendorOf,
} from './state.ts'

export type { FakeCredentialsOptions, FakeCredentialsState, FakePrincipal, FakeVendor, RefusedLogin }

/** Called after every change with the whole state, so that another process can go on from it. */
type Save = (state: FakeCredentialsState) => void
type Wanted = Parameters<CredentialsPort['make']>[1]

/** What somebody holds and logs in with. */
export interface HeldCredential {
  readonly consumer: string
  readonly system: CredentialSystem
  readonly principal: string
  readonly secret: string
}

/** As Elasticsearch has it. */
const shortestPassword = 6

export class FakeCredentials implements CredentialsPort {
  readonly #clock: Pick<Clock, 'now'>
  readonly #state: FakeCredentialsState
  readonly #save: Save

  private constructor(state: FakeCredentialsState, clock: Pick<Clock, 'now'>, save: Save = () => {}) {
    this.#state = state
    this.#clock = clock
    this.#save = save
  }

  static create(
    clock: Pick<Clock, 'now'>,
    options: FakeCredentialsOptions = {},
    save?: Save,
  ): FakeCredentials {
    return new FakeCredentials(createState(options), clock, save)
  }

  static from(json: FakeCredentialsState, clock: Pick<Clock, 'now'>, save?: Save): FakeCredentials {
    return new FakeCredentials(structuredClone(json), clock, save)
  }

  toJSON(): FakeCredentialsState {
    return structuredClone(this.#state)
  }

  // What tests do and ask.

  get state(): FakeCredentialsState {
    return this.#state
  }

  /** Any change at all, saved. */
  change<T>(change: (state: FakeCredentialsState) => T): T {
    try {
      return change(this.#state)
    } finally {
      this.#save(this.#state)
    }
  }

  /** The next secret that is made is not taken. */
  rejectNext(reason: string): void {
    this.change(({ rejections }) => rejections.push(reason))
  }

  /** The next change is carried out (or not), and nobody hears of it. */
  loseNextAnswer(how: 'done' | 'not-done' = 'done'): void {
    this.change(({ lostAnswers }) => lostAnswers.push(how))
  }

  /** No answer (`down`), or no login although it answers (`stale`). */
  downEndpoint(name: string, trouble: FakeEndpoint['trouble'] = 'down'): void {
    this.change(({ endpoints }) => {
      const found = endpoints.find(one => one.name === name)
      if (!found) throw new Error(`the fake has no endpoint ${name}`)
      found.trouble = trouble
    })
  }

  upEndpoint(name: string): void {
    this.downEndpoint(name, null)
  }

  /** From now on, this principal may do something else than the one that it was made like; `*`: whatever a run makes. */
  grantsDiffer(name: string): void {
    this.change(({ differing }) => differing.push(name))
  }

  /** From now on, this principal cannot write its canary; `*`: whatever a run makes. */
  cannotWrite(name: string): void {
    this.change(({ cannotWrite }) => cannotWrite.push(name))
  }

  /** Every request fails until it is told otherwise; logins get no answer. */
  fail(vendor: FakeVendor, failure: { code: OpsError['code']; message: string } | null): void {
    this.change(({ failures }) => {
      if (failure) failures[vendor] = failure
      else delete failures[vendor]
    })
  }

  /** Whether a server lets this one in; where servers know the owner of a secret by the secret alone, the name is not looked at. */
  canLogIn(system: CredentialSystem, principal: string, secret: string): boolean {
    const found = whoHolds(this.#state, system, principal, secret)
    return found?.enabled === true
  }

  /** A consumer logs in, from its own host. A refusal is written down, as servers do. */
  logInFrom(address: string, system: CredentialSystem, principal: string, secret: string): boolean {
    const letIn = this.canLogIn(system, principal, secret)
    if (!letIn) this.change(() => this.#writeDown(system, principal, address))
    return letIn
  }

  /** Those of the consumers that are not let in with what they hold. */
  lockedOut(consumers: readonly HeldCredential[]): readonly string[] {
    return consumers
      .filter(one => !this.canLogIn(one.system, one.principal, one.secret))
      .map(({ consumer, principal }) => `${consumer} as ${principal}`)
  }

  refusedSince(atMs: number): readonly RefusedLogin[] {
    return this.#state.refusedLogins.filter(one => one.atMs >= atMs)
  }

  // The port.

  async generate(policy: SecretPolicy): Promise<SecretText> {
    return this.change(state => {
      state.counter += 1
      return new SecretText(generateFrom(state.counter, policy))
    })
  }

  async find(system: CredentialSystem, name: string): Promise<Principal | null> {
    this.#checkAnswering(system)
    const found = named(this.#state, system, name)
    return found ? describe(this.#state, found) : null
  }

  async list(system: CredentialSystem, names: readonly string[]): Promise<readonly Principal[]> {
    this.#checkAnswering(system)
    const all = ofSystem(this.#state, system).filter(({ name }) => hasMany(system) || names.includes(name))
    return all.map(one => describe(this.#state, one))
  }

  async make(system: CredentialSystem, wanted: Wanted): Promise<Credential> {
    return this.#effect(system, `make ${system.kind} ${wanted.name}`, state => {
      const like = need(this.#state, system, wanted.like)
      const reason = state.rejections.shift() ?? whyNot(system, wanted)
      if (reason !== null)
        throw new OpsError('SECRET_REJECTED', {
          message: `the new secret of ${wanted.name} is not taken: ${reason}`,
        })
      if (hasMany(system)) return this.#mint(system, wanted, like)
      const secret = wanted.secret
      if (!secret) throw new OpsError('BUG', { message: `a ${system.kind} is made with a secret` })
      if (system.kind === 'elasticsearch-reserved-user' && like.name !== wanted.name)
        throw new OpsError('CLUSTER_REJECTED', { message: `the reserved user ${wanted.name} cannot be made` })
      const grants = structuredClone(like.grants)
      const changed = {
        secret: secret.reveal(),
        enabled: true,
        grants,
        madeBy: marks(system) ? wanted.run : null,
      }
      const found = named(this.#state, system, wanted.name)
      if (found) Object.assign(found, changed)
      else state.principals.push({ ...system, name: wanted.name, ...changed })
      return { principal: wanted.name, secret }
    })
  }

  async logIn(system: CredentialSystem, { principal, secret }: Credential): Promise<readonly LoginAnswer[]> {
    const vendor = vendorOf(system.kind)
    const failure = this.#state.failures[vendor]
    const answers = this.#state.endpoints
      .filter(one => one.vendor === vendor)
      .map(({ name: endpoint, trouble }): LoginAnswer => {
        if (failure || trouble === 'down')
          return { endpoint, as: null, problem: failure?.message ?? 'connect ECONNREFUSED', refused: false }
        const found = trouble === null ? whoHolds(this.#state, system, principal, secret.reveal()) : null
        if (found?.enabled) return { endpoint, as: found.name, problem: null, refused: false }
        return { endpoint, as: null, problem: `refuses ${principal} or its secret`, refused: true }
      })
    const refused = answers.filter(answer => answer.refused)
    if (refused.length > 0)
      this.change(({ opsAddress }) => refused.map(() => this.#writeDown(system, principal, opsAddress)))
    return answers
  }

  async prove(system: CredentialSystem, credential: Credential, like: string): Promise<readonly string[]> {
    this.#checkAnswering(system)
    const found = whoHolds(this.#state, system, credential.principal, credential.secret.reveal())
    if (!found?.enabled) return [`${credential.principal} is not let in`]
    const wanted = need(this.#state, system, like)
    const problems: string[] = []
    if (!isDeepStrictEqual(grantsOf(this.#state, found), wanted.grants))
      problems.push(`${found.name} may not do the same as ${like}`)
    if (isNamed(this.#state.cannotWrite, found)) problems.push(`${found.name} cannot write its canary`)
    return problems
  }

  async setEnabled(system: CredentialSystem, name: string, enabled: boolean): Promise<void> {
    if (!canBeDisabled(system.kind))
      throw new OpsError('UNSUPPORTED', { message: `a ${system.kind} cannot be kept out for a while` })
    await this.#effect(system, `${enabled ? 'enable' : 'disable'} ${system.kind} ${name}`, () => {
      need(this.#state, system, name).enabled = enabled
    })
  }

  async revoke(system: CredentialSystem, name: string): Promise<void> {
    if (system.kind === 'elasticsearch-reserved-user')
      throw new OpsError('UNSUPPORTED', {
        message: `the old secret of ${name} ended when it was given the new one`,
      })
    await this.#effect(system, `revoke ${system.kind} ${name}`, state => {
      const found = named(this.#state, system, name)
      if (!found) return
      state.counter += 1
      if (system.kind === 'elasticsearch-user')
        Object.assign(found, { secret: `revoked-${state.counter}`, enabled: false })
      else state.principals.splice(state.principals.indexOf(found), 1)
    })
  }

  #mint(system: CredentialSystem, { name, run }: Wanted, like: FakePrincipal): Credential {
    this.#state.counter += 1
    const number = this.#state.counter
    const principal =
      system.kind === 'elasticsearch-service-token' ? `ops-${run}_${number}` : `${name}-${number}`
    const secret = generateFrom(number, { length: 40, alphabet: mintedAlphabet })
    const grants = structuredClone(like.grants)
    this.#state.principals.push({ ...system, name: principal, secret, enabled: true, grants, madeBy: run })
    return { principal, secret: new SecretText(secret) }
  }

  #checkAnswering({ kind }: CredentialSystem): void {
    const vendor = vendorOf(kind)
    const failure = this.#state.failures[vendor] ?? this.#whyNobodyAnswers(vendor)
    if (failure) throw new OpsError(failure.code, { message: failure.message })
  }

  #whyNobodyAnswers(vendor: FakeVendor): { code: OpsError['code']; message: string } | null {
    const all = this.#state.endpoints.filter(one => one.vendor === vendor)
    if (all.some(({ trouble }) => trouble !== 'down')) return null
    const code = vendor === 'vault' ? 'VAULT_UNREACHABLE' : 'CLUSTER_UNREACHABLE'
    return { code, message: `no endpoint of ${vendor} answers` }
  }

  /** A change: perhaps carried out, perhaps answered, and saved. */
  async #effect<T>(
    system: CredentialSystem,
    what: string,
    change: (state: FakeCredentialsState) => T,
  ): Promise<T> {
    this.#checkAnswering(system)
    return this.change(state => {
      const lost = state.lostAnswers.shift()
      const unknown = new OpsError('OUTCOME_UNKNOWN', { message: `${what} was sent and not answered` })
      if (lost === 'not-done') throw unknown
      const answer = change(state)
      state.history.push(what)
      if (lost === 'done') throw unknown
      return answer
    })
  }

  #writeDown({ kind }: CredentialSystem, principal: string, address: string): void {
    this.#state.refusedLogins.push({ kind, principal, address, atMs: this.#clock.now().getTime() })
  }
}

export const createFakeCredentials = FakeCredentials.create

const mintedAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Reserved users and Kafka users carry no mark. */
const marks = ({ kind }: CredentialSystem): boolean => kind === 'elasticsearch-user'
function whyNot({ kind }: CredentialSystem, { secret }: Wanted): string | null {
  if (secret === null || !kind.startsWith('elasticsearch')) return null
  return secret.reveal().length < shortestPassword
    ? `passwords must be at least [${shortestPassword}] characters long`
    : null
}
