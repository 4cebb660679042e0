// An Elasticsearch cluster in memory, with behaviour, on a clock of the test. It keeps the promises of the port
// (test/contract/elasticsearch.contract.ts runs on it and on a real cluster) and never opens a socket or sets a timer.
import { OpsError } from '../../../src/errors/index.ts'
import type { AllocationPort } from '../../../src/ports/allocation.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type * as port from '../../../src/ports/elasticsearch.ts'
import type { IndicesPort } from '../../../src/ports/indices.ts'
import type { MembershipPort } from '../../../src/ports/membership.ts'
import type { SettingsPort } from '../../../src/ports/settings.ts'
import type { SnapshotsPort } from '../../../src/ports/snapshots.ts'
import { act } from './actions.ts'
import { openAllocation, openMembership } from './allocation-ports.ts'
import { openIndices, openSnapshots } from './backup-ports.ts'
import { findCanaries, leaveCanaries, removeCanaries } from './drill-canaries.ts'
import { explainInShort } from './explanations.ts'
import { createIndex } from './indices.ts'
import { createState, type FakeClusterOptions } from './layout.ts'
import { readMigration } from './membership.ts'
import { nodeNamed, startNode, stopNode } from './nodes.ts'
import * as read from './reads.ts'
import { readWork } from './repository.ts'
import { announce, readSetting, withdraw, writeSetting } from './settings.ts'
import { isLive, primaryOf } from './shards.ts'
import type { Action, FakeState, Happening, NewNode, NodeTrouble, Tally, World } from './state.ts'
import { advance } from './time.ts'
import { type BadWorldName, badWorlds } from './worlds.ts'
import { countLost, writeTo } from './writes.ts'

export type { Action, BadWorldName, FakeClusterOptions, FakeState, NodeTrouble, World }

/** Called after every change with the whole state, so that another process can go on from it. */
type Save = (state: FakeState) => void

const canaryIndex = 'ops-canary'

export class FakeCluster implements port.ElasticsearchPort {
  readonly settings: SettingsPort
  readonly snapshots: SnapshotsPort
  readonly indices: IndicesPort
  readonly allocation: AllocationPort
  readonly membership: MembershipPort
  readonly #clock: Clock
  readonly #state: FakeState
  readonly #save: Save
  /** A process that goes on from a saved state may have a clock that is behind it. */
  readonly #offsetMs: number

  private constructor(state: FakeState, clock: Clock, save: Save = () => {}) {
    this.#state = state
    this.#clock = clock
    this.#save = save
    this.#offsetMs = Math.max(0, state.atMs - clock.now().getTime())
    this.settings = {
      read: (address, targets) => this.#ask(state => readSetting(state, address, targets)),
      write: (address, targets, value) => this.#write(state => writeSetting(state, address, targets, value)),
    }
    const access = {
      ask: <T>(answer: (state: FakeState) => T) => this.#ask(answer),
      write: <T>(call: string, change: (state: FakeState) => T) => this.#write(change, call),
      sleepUntil: (atMs: number) => this.#clock.sleep(atMs - this.#now().atMs),
    }
    this.snapshots = openSnapshots(access)
    this.indices = openIndices(access)
    this.allocation = openAllocation(access, answer => this.#ask(answer, 'no master needed'))
    this.membership = openMembership(
      access,
      () => this.#now(),
      deed => this.change(deed),
    )
  }

  static create(clock: Clock, options: FakeClusterOptions = {}, save?: Save): FakeCluster {
    return new FakeCluster(createState(options, clock.now().getTime()), clock, save)
  }

  static from(json: FakeState, clock: Clock, save?: Save): FakeCluster {
    return new FakeCluster(structuredClone(json), clock, save)
  }

  toJSON(): FakeState {
    return structuredClone(this.#now())
  }

  // What the service manager of a host does.

  stopNode(name: string): void {
    this.change(state => stopNode(state, name))
  }

  /** @throws Error when the node is made to refuse */
  startNode(name: string): void {
    this.change(state => startNode(state, name))
  }

  /** A machine that was installed: `startNode` makes it a member, where its way leads to this cluster. */
  addNode(node: NewNode): void {
    this.act({ do: 'add-node', node })
  }

  /** @throws Error while the node runs */
  forgetNode(name: string): void {
    this.act({ do: 'forget-node', node: name })
  }

  isRunning(name: string): boolean {
    return nodeNamed(this.#now(), name).running
  }

  // What tests do and ask.

  /** Any change at all, saved. */
  change<T>(change: (state: FakeState) => T): T {
    try {
      return change(this.#now())
    } finally {
      // The master sees it at once, not at the next question.
      this.#now()
      this.#save(this.#state)
    }
  }

  set(world: Partial<World>): void {
    this.act({ do: 'world', world })
  }

  act(action: Action): void {
    this.change(state => act(state, action))
  }

  /** One of the bad worlds by its name. */
  spoil(name: BadWorldName): void {
    this.change(badWorlds[name])
  }

  trouble(node: string, trouble: NodeTrouble | null): void {
    this.act({ do: 'trouble', node, trouble })
  }

  later(afterMs: number, action: Action): void {
    this.change(state => state.happenings.push({ when: { atMs: state.atMs + afterMs }, afterMs, action }))
  }

  /** The first time that a node is stopped, started or has joined, `afterMs` later. */
  when(when: Exclude<Happening['when'], { atMs: number }>, action: Action, afterMs = 0): void {
    this.change(state => state.happenings.push({ when, afterMs, action }))
  }

  get state(): FakeState {
    return this.#now()
  }

  get tally(): Tally {
    return this.#now().tally
  }

  get violations(): readonly string[] {
    return this.tally.violations
  }

  lostWrites(): number {
    return countLost(this.#now())
  }

  starts(name: string): number {
    return nodeNamed(this.#now(), name).starts
  }

  // The port.

  identity = () =>
    this.#ask(({ clusterName, clusterUuid }) => {
      const node = this.#endpoints()[0]
      return { clusterName, clusterUuid, version: node?.version ?? '', answeredBy: node?.name ?? '' }
    })

  endpoints = async (): Promise<readonly port.EndpointAnswer[]> => {
    const { endpoints, world, clusterName, clusterUuid } = this.#now()
    const answering = this.#endpoints()
    return endpoints.map(host => {
      const { address, version } = nodeNamed(this.#state, host)
      const url = `https://${address}:9200`
      if (!answering.some(({ name }) => name === host))
        return { host, url, identity: null, problem: 'connection refused' }
      const stranger = world.strangers.includes(host)
      const identity = stranger
        ? { clusterName: 'another-cluster', clusterUuid: 'another-uuid', version, answeredBy: host }
        : { clusterName, clusterUuid, version, answeredBy: host }
      return { host, url, identity, problem: null }
    })
  }

  health = (_limit: { readonly timeoutMs: number }) => this.#ask(read.readHealth)
  master = () => this.#ask(read.readMaster, 'no master needed')
  nodes = () => this.#ask(read.readNodes)
  members = () => this.#ask(read.readMembers)
  shardMap = () => this.#ask(read.readShardMap)
  clusterSettings = () => this.#ask(read.readClusterSettings)
  watermarks = () => this.#ask(read.readWatermarks)
  disk = () => this.#ask(read.readDisk)
  pressure = () => this.#ask(read.readPressure)
  recovery = () => this.#ask(read.readRecovery)
  counts = () => this.#ask(read.readCounts)
  blocks = () =>
    this.#ask(
      state =>
        new Map(
          read
            .readCounts(state)
            .filter(({ blocks }) => blocks.length > 0)
            .map(({ index, blocks }) => [index, blocks]),
        ),
    )
  traffic = () => this.#ask(read.readTraffic)
  capabilities = () => this.#ask(({ world }) => ({ ...world.capabilities, healthReport: true }))
  runningSnapshots = () =>
    this.#ask(state =>
      readWork(state).flatMap(({ kind, repository, snapshots: [snapshot] }) =>
        kind === 'create' && snapshot !== undefined ? [{ repository, snapshot }] : [],
      ),
    )
  longTasks = () => this.#ask(({ world }) => [...world.longTasks])
  openConnections = (node: string) => this.#ask(({ world }) => world.connections[node] ?? 0)
  inFlight = (node: string) => this.#ask(({ world }) => world.inFlight[node] ?? 0)

  coordination = () =>
    this.#ask(({ committed, world }) => ({
      committed: [...committed],
      accepted: [...committed],
      exclusions: [...world.votingExclusions],
    }))

  appliedVersions = async () => {
    const { endpoints, stateVersion, world } = this.#now()
    const answering = new Set(this.#endpoints().map(({ name }) => name))
    return endpoints.map(host => ({
      host,
      version: answering.has(host) ? stateVersion - (world.lagging[host] ?? 0) : null,
    }))
  }

  shutdowns = () =>
    this.#ask(({ shutdowns, world }) =>
      world.capabilities.nodeShutdown
        ? shutdowns.map(({ nodeId, type, reason }) => ({
            nodeId,
            type,
            reason,
            status: (readMigration(this.#state, nodeId)?.status ?? 'complete').toLowerCase(),
          }))
        : [],
    )

  lifecycle = () =>
    this.#ask(({ world }) => ({
      slm: world.capabilities.slm ? structuredClone(world.slm) : null,
      ilm: world.capabilities.ilm ? structuredClone(world.ilm) : null,
    }))

  explain = (copy: { readonly index: string; readonly shard: number; readonly primary: boolean }) =>
    this.#ask(state => explainInShort(state, copy))

  recoveredOnto = (node: string, indices: readonly string[]) =>
    this.#ask(state => read.readRecoveredOnto(state, node, indices))

  unchangeable = (indices: readonly string[]) =>
    this.#ask(({ world }) => indices.filter(name => world.unchangeable.includes(name)))

  flush = (indices: readonly string[], _limit: { readonly timeoutMs: number }) =>
    this.#ask(({ world }) => ({ failed: indices.filter(name => world.flushFails.includes(name)) }))

  announceRestart = (node: {
    readonly id: string
    readonly reason: string
    readonly allocationDelayMs: number
  }) => this.#write(state => announce(state, node))

  withdrawRestart = (nodeId: string) => this.#write(state => withdraw(state, nodeId))

  canary = (_id: string) =>
    this.#ask(() =>
      this.change(state => {
        if (!state.indices.some(({ name }) => name === canaryIndex)) createIndex(state, canarySpec)
        const index = state.indices.find(({ name }) => name === canaryIndex)
        const [shard] = index?.shards ?? []
        const primary = shard && primaryOf(shard)
        if (!index || !shard || !primary || !isLive(primary) || state.world.canaryFails)
          throw new OpsError('CLUSTER_BUSY', { message: 'primary shard is not active' })
        writeTo(state, index, shard, 1)
        return { ms: 5 }
      }),
    )

  removeCanary = () => this.#ask(() => this.act({ do: 'delete-index', name: canaryIndex }))

  leaveCanaries = (ids: readonly string[]) => this.#ask(() => this.change(state => leaveCanaries(state, ids)))
  findCanaries = (ids: readonly string[]) => this.#ask(state => findCanaries(state, ids))
  removeCanaries = () => this.#ask(() => this.change(removeCanaries))

  /** Which cluster is meant is nothing that the fake minds. */
  adopt = async (_clusterUuid: string): Promise<void> => {}

  close = async (): Promise<void> => {}

  /** The state as it is at this moment of the clock. */
  #now(): FakeState {
    advance(this.#state, this.#clock.now().getTime() + this.#offsetMs)
    return this.#state
  }

  #endpoints() {
    const { nodes, endpoints, world } = this.#now()
    const hidden = (name: string) => world.unreachable.includes('*') || world.unreachable.includes(name)
    return nodes.filter(({ name, joined }) => joined && endpoints.includes(name) && !hidden(name))
  }

  async #ask<T>(
    answer: (state: FakeState) => T,
    master: 'needed' | 'no master needed' = 'needed',
  ): Promise<T> {
    this.#checkReachable()
    if (master === 'needed') await this.#waitForMaster()
    return answer(this.#now())
  }

  /** As the server does: what needs a master waits for the election that is going on. */
  async #waitForMaster(): Promise<void> {
    const { electionEndsMs, atMs } = this.#now()
    if (this.#state.elected === null && electionEndsMs !== null)
      await this.#clock.sleep(electionEndsMs - atMs)
    if (this.#now().elected !== null) return
    throw new OpsError('CLUSTER_BUSY', {
      message: 'the cluster has no master (master_not_discovered_exception)',
    })
  }

  #checkReachable(): void {
    const { failure } = this.#now().world
    if (failure !== null) throw new OpsError(failure.code, { message: failure.message })
    if (this.#endpoints().length > 0) return
    throw new OpsError('CLUSTER_UNREACHABLE', { message: 'no endpoint of the cluster answers' })
  }

  /** `call` names one whose answer alone may be made to get lost. */
  async #write<T>(change: (state: FakeState) => T, call?: string): Promise<T> {
    await this.#ask(() => {})
    return this.change(state => {
      const lost = takeLost(state.world, call)
      const done = lost === 'not-done' ? undefined : change(state)
      if (lost === undefined) return done as T
      throw new OpsError('OUTCOME_UNKNOWN', { message: 'the request was sent and not answered (fake)' })
    })
  }
}

function takeLost(world: World, call: string | undefined): 'done' | 'not-done' | undefined {
  if (call === undefined) {
    const [next] = world.lostAnswers
    world.lostAnswers = world.lostAnswers.slice(1)
    return next
  }
  const found = world.lostCalls.find(one => one.call === call)
  world.lostCalls = world.lostCalls.filter(one => one !== found)
  return found?.how
}

const canarySpec = {
  name: canaryIndex,
  settings: { 'index.unassigned.node_left.delayed_timeout': '10m' },
  docs: 0,
  bytes: 1000,
}
