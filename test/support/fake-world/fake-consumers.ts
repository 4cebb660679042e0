// Hosts that log in with a secret, in memory: what their file says, what their process runs with since when, and how many events came
// through. They move with the clock of the test, and must never be let in where the system would refuse them.
import type { Clock } from '../../../src/ports/clock.ts'
import type { CredentialSystem } from '../../../src/ports/credentials.ts'
import type { FakeCredentials } from '../fake-credentials/fake-credentials.ts'

export interface Rendered {
  readonly principal: string
  readonly secret: string
}

/** Who lets logins in, and writes down those that it does not let in. */
export interface Doorkeeper {
  admits(secretId: string, login: Rendered): boolean
  refuse(secretId: string, login: Rendered, address: string): void
}

/** The fake systems, with the system of every secret by its id. */
export const doorOf = (
  credentials: () => FakeCredentials,
  systems: Readonly<Record<string, CredentialSystem>>,
): Doorkeeper => {
  const systemOf = (id: string): CredentialSystem => {
    const found = systems[id]
    if (found === undefined) throw new Error(`no system is named for the secret ${id}`)
    return found
  }
  return {
    admits: (id, { principal, secret }) => credentials().canLogIn(systemOf(id), principal, secret),
    refuse: (id, { principal, secret }, address) =>
      void credentials().logInFrom(address, systemOf(id), principal, secret),
  }
}

export interface FakeConsumerHost {
  readonly name: string
  readonly address: string
  /** What it was given before the test began, by id of the secret. */
  readonly secrets: Readonly<Record<string, Rendered>>
  /** Events a second that it delivers while it is let in. */
  readonly rate?: number
}

interface File extends Rendered {
  readonly version: number | null
  readonly writtenAtMs: number
}

interface Consumer {
  readonly address: string
  readonly rate: number
  readonly files: Record<string, File>
  running: { readonly sinceMs: number; readonly logins: Record<string, Rendered> } | null
  /** What it has come up with last. */
  proven: Readonly<Record<string, Rendered>>
  starts: number
  eventsIn: number
  eventsOut: number
  retries: number
  fails: 'switch' | 'stale' | null
}

/** Somebody whom no inventory names. */
interface Stray {
  readonly address: string
  readonly secretId: string
  readonly login: Rendered
}

/** Everything, as plain JSON, so that another process can go on from it. */
export interface ConsumersState {
  readonly consumers: Record<string, Consumer>
  strays: Stray[]
  atMs: number
}

/** How often somebody who is refused tries again, and how many times of a long while are written down. */
const retryMs = 5000
const mostTries = 3

export class FakeConsumers {
  readonly state: ConsumersState
  readonly #clock: Clock
  readonly #door: Doorkeeper
  readonly #save: (state: ConsumersState) => void

  private constructor(
    state: ConsumersState,
    clock: Clock,
    door: Doorkeeper,
    save: (state: ConsumersState) => void,
  ) {
    this.state = state
    this.#clock = clock
    this.#door = door
    this.#save = save
  }

  static create(
    clock: Clock,
    door: Doorkeeper,
    hosts: readonly FakeConsumerHost[],
    save: (state: ConsumersState) => void = () => {},
  ): FakeConsumers {
    const atMs = clock.now().getTime()
    const consumers = Object.fromEntries(hosts.map(host => [host.name, startedBefore(host, atMs)]))
    return new FakeConsumers({ consumers, strays: [], atMs }, clock, door, save)
  }

  static from(
    state: ConsumersState,
    clock: Clock,
    door: Doorkeeper,
    save: (state: ConsumersState) => void = () => {},
  ): FakeConsumers {
    return new FakeConsumers(structuredClone(state), clock, door, save)
  }

  // What a test lays out.

  /** The host does not start with any secret but the one that it has now. */
  failSwitch(host: string): void {
    this.consumer(host).fails = 'switch'
    this.#save(this.state)
  }

  /** The host takes the file, says that it was restarted, and goes on with what it had. */
  staleAfterSwitch(host: string): void {
    this.consumer(host).fails = 'stale'
    this.#save(this.state)
  }

  mend(host: string): void {
    this.consumer(host).fails = null
    this.#save(this.state)
  }

  /** A consumer that everybody has forgotten tries this secret from its address, for as long as the test lasts. */
  stray(address: string, { secretId, ...login }: Rendered & { readonly secretId: string }): void {
    this.settle()
    this.state.strays.push({ address, secretId, login })
    this.#save(this.state)
  }

  /** Somebody has told it. */
  removeStray(address: string): void {
    this.settle()
    this.state.strays = this.state.strays.filter(one => one.address !== address)
    this.#save(this.state)
  }

  // What the hosts do.

  has(host: string, secretId: string): boolean {
    return this.state.consumers[host]?.files[secretId] !== undefined
  }

  consumer(host: string): Consumer {
    const found = this.state.consumers[host]
    if (found === undefined) throw new Error(`${host} is no consumer of this world`)
    return found
  }

  fileOf(host: string, secretId: string): File | null {
    return this.consumer(host).files[secretId] ?? null
  }

  writeFile(host: string, secretId: string, login: Rendered, version: number | null): boolean {
    this.settle()
    const { files } = this.consumer(host)
    const before = files[secretId]
    if (before !== undefined && sameLogin(before, login)) return false
    files[secretId] = { ...login, version, writtenAtMs: this.#nowMs() }
    this.#save(this.state)
    return true
  }

  /** Whether its process has begun before its file was written, or there is none. */
  isStale(host: string, secretId: string): boolean {
    const { running, files } = this.consumer(host)
    return running === null || running.sinceMs < (files[secretId]?.writtenAtMs ?? 0)
  }

  stop(host: string): void {
    this.settle()
    const consumer = this.consumer(host)
    if (consumer.fails !== 'stale') consumer.running = null
    this.#save(this.state)
  }

  /** @throws Error when it was made to fail, and its file does not say what it had */
  start(host: string): void {
    this.settle()
    const consumer = this.consumer(host)
    if (consumer.running !== null) return
    const logins = loginsOf(consumer.files)
    const isSame = Object.entries(logins).every(([id, login]) => {
      const before = consumer.proven[id]
      return before !== undefined && sameLogin(before, login)
    })
    if (consumer.fails === 'switch' && !isSame) throw new Error(`${host} did not come up again`)
    consumer.running = { sinceMs: this.#nowMs(), logins }
    consumer.proven = logins
    consumer.starts += 1
    this.#save(this.state)
  }

  /** A login from the host with what its file says. */
  logIn(host: string, secretId: string): boolean {
    this.settle()
    const { address, files } = this.consumer(host)
    const file = files[secretId]
    if (file === undefined) return false
    const isIn = this.#door.admits(secretId, file)
    if (!isIn) this.#door.refuse(secretId, file, address)
    return isIn
  }

  /** Everything that has happened up to now. Called before every change of the world; the fake of the system may call it, too. */
  settle(): void {
    const nowMs = this.#nowMs()
    const tookMs = Math.max(0, nowMs - this.state.atMs)
    this.state.atMs = Math.max(nowMs, this.state.atMs)
    const tries = Math.min(mostTries, Math.ceil(tookMs / retryMs))
    if (tries === 0) return
    for (const consumer of Object.values(this.state.consumers)) this.#deliver(consumer, tookMs, tries)
    for (const { address, secretId, login } of this.state.strays) {
      this.#try(secretId, login, address, tries)
    }
    this.#save(this.state)
  }

  #deliver(consumer: Consumer, tookMs: number, tries: number): void {
    if (consumer.running === null) return
    const shut = Object.entries(consumer.running.logins).filter(
      ([secretId, login]) => !this.#door.admits(secretId, login),
    )
    if (shut.length === 0) {
      const events = (consumer.rate * tookMs) / 1000
      consumer.eventsIn += events
      consumer.eventsOut += events
      return
    }
    consumer.retries += tries
    for (const [secretId, login] of shut) this.#try(secretId, login, consumer.address, tries)
  }

  #try(secretId: string, login: Rendered, address: string, times: number): void {
    if (this.#door.admits(secretId, login)) return
    for (let time = 0; time < times; time += 1) this.#door.refuse(secretId, login, address)
  }

  #nowMs(): number {
    return this.#clock.now().getTime()
  }
}

export const sameLogin = (one: Rendered, other: Rendered): boolean =>
  one.principal === other.principal && one.secret === other.secret

const loginsOf = (files: Readonly<Record<string, File>>): Record<string, Rendered> =>
  Object.fromEntries(Object.entries(files).map(([id, { principal, secret }]) => [id, { principal, secret }]))

const hourMs = 3_600_000

function startedBefore({ address, secrets, rate = 100 }: FakeConsumerHost, atMs: number): Consumer {
  const files = Object.fromEntries(
    Object.entries(secrets).map(([id, login]) => [
      id,
      { ...login, version: null, writtenAtMs: atMs - 2 * hourMs },
    ]),
  )
  return {
    ...{ address, rate, files, proven: loginsOf(files) },
    running: { sinceMs: atMs - hourMs, logins: loginsOf(files) },
    ...{ starts: 0, eventsIn: 0, eventsOut: 0, retries: 0, fails: null },
  }
}
