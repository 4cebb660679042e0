// The clusters that tests begin with: the platform's ten nodes by their names, or three that do everything. Green,
// quiet, and written to. It must not know what any test wants: tests change it.

import { createIndex } from './indices.ts'
import type { FakeNode, FakeState, IndexSpec, World } from './state.ts'
import type { FakeRepository, FakeStore } from './stores.ts'

export interface NodeSpec {
  name: string
  roles: string[]
  attributes?: Record<string, string>
  bootMs?: number
}

export interface FakeClusterOptions {
  layout?: 'full' | 'small'
  /** Instead of a layout. */
  nodes?: NodeSpec[]
  /** Instead of the indices of the layout. */
  indices?: IndexSpec[]
  clusterName?: string
  clusterUuid?: string
  bootMs?: number
  electionMs?: number
  recoverMs?: number
  copyMs?: number
  /** Copies are moved to where fewer are. */
  rebalances?: boolean
  writesPerSecond?: number
  snapshotBytesPerSecond?: number
  restoreBytesPerSecond?: number
  deletionMs?: number
  world?: Partial<World>
  /** Instead of `elk_backup` alone. */
  repositories?: FakeRepository[]
  /** Places with what lies in them, such as those of a cluster that is lost. */
  stores?: Record<string, FakeStore>
  /** Names of the nodes that are endpoints; all of them by default. */
  endpoints?: string[]
}

const hot = ['data_hot', 'data_content', 'ingest']
const named = (names: string[], roles: string[]): NodeSpec[] => names.map(name => ({ name, roles }))

const layouts: Record<'full' | 'small', NodeSpec[]> = {
  full: [
    ...named(['es-master01', 'es-master02', 'es-master03'], ['master']),
    ...named(['es-data01', 'es-data02'], hot),
    ...named(['es-data03', 'es-data04', 'es-data05'], ['data_warm']),
    ...named(['es-coord01', 'es-coord02'], []),
  ],
  small: named(['es-node01', 'es-node02', 'es-node03'], ['master', ...hot]),
}

const indexSpecs: Record<'full' | 'small', IndexSpec[]> = {
  full: [
    { name: '.security-7', autoExpand: '0-1', tier: 'data_content', docs: 32 },
    { name: 'crm.app-2025.04.10', shards: 2, replicas: 1, tier: 'data_hot', written: true, docs: 10_000 },
    { name: 'nginx-2025.04.10', shards: 2, replicas: 1, tier: 'data_hot', written: true, docs: 20_000 },
    {
      name: 'crm.app-2025.04.01',
      shards: 1,
      replicas: 1,
      tier: 'data_warm',
      docs: 50_000,
      nodes: ['es-data03', 'es-data04'],
    },
    {
      name: 'nginx-2025.04.01',
      shards: 1,
      replicas: 1,
      tier: 'data_warm',
      docs: 60_000,
      nodes: ['es-data04', 'es-data05'],
    },
    {
      name: 'mysql-2025.04.01',
      shards: 1,
      replicas: 1,
      tier: 'data_warm',
      docs: 5000,
      nodes: ['es-data05', 'es-data03'],
    },
  ],
  small: [
    { name: '.security-7', autoExpand: '0-1', tier: 'data_content', docs: 32 },
    { name: 'crm.app-2025.04.10', shards: 2, replicas: 1, tier: 'data_hot', written: true, docs: 10_000 },
    { name: 'nginx-2025.04.10', shards: 1, replicas: 1, tier: 'data_hot', written: true, docs: 20_000 },
  ],
}

const calmWorld: World = {
  unreachable: [],
  strangers: [],
  failure: null,
  lostAnswers: [],
  lostCalls: [],
  healthTimesOut: false,
  pendingTasks: 0,
  oldestPendingTaskMs: 0,
  inFlightFetches: 0,
  masterStable: null,
  votingExclusions: [],
  lagging: {},
  capabilities: { nodeShutdown: false, slm: false, ilm: false, machineLearning: false },
  snapshots: [],
  slm: { mode: 'RUNNING', nextRuns: [] },
  ilm: { mode: 'RUNNING', busy: [], errors: [] },
  longTasks: [],
  unchangeable: [],
  inFlight: {},
  connections: {},
  canaryFails: false,
  silent: [],
  uncounted: [],
  flushFails: [],
  explains: {},
  dangling: [],
  failing: [],
  forced: [],
  pendingSources: [],
}

const backup: FakeRepository = { name: 'elk_backup', type: 'fs', settings: { location: '/srv/elk_backup' } }

const gib = 1024 ** 3

export function createState(options: FakeClusterOptions, nowMs: number): FakeState {
  const layout = options.layout ?? 'full'
  const bootMs = options.bootMs ?? 5000
  const nodes = (options.nodes ?? layouts[layout]).map((spec, at) => createNode(spec, at, bootMs, nowMs))
  const masters = nodes.filter(({ roles }) => roles.includes('master')).map(({ id }) => id)
  const state: FakeState = {
    clusterName: options.clusterName ?? 'ovh-prod-elk',
    clusterUuid: options.clusterUuid ?? 'fake-cluster-uuid',
    atMs: nowMs,
    stateVersion: 1,
    counter: 0,
    nodes,
    indices: [],
    elected: masters[0] ?? null,
    electionEndsMs: null,
    committed: masters,
    settings: { persistent: {}, transient: {} },
    shutdowns: [],
    repositories: structuredClone(options.repositories ?? [backup]),
    stores: structuredClone(options.stores ?? {}),
    deletions: [],
    restores: [],
    electionMs: options.electionMs ?? 1500,
    recoverMs: options.recoverMs ?? 2000,
    copyMs: options.copyMs ?? 20_000,
    snapshotBytesPerSecond: options.snapshotBytesPerSecond ?? 40_000_000,
    restoreBytesPerSecond: options.restoreBytesPerSecond ?? 40_000_000,
    deletionMs: options.deletionMs ?? 1000,
    rebalances: options.rebalances ?? false,
    writesPerSecond: options.writesPerSecond ?? 10,
    world: { ...structuredClone(calmWorld), ...options.world },
    happenings: [],
    endpoints: options.endpoints ?? nodes.map(({ name }) => name),
    tally: {
      acked: 0,
      failed: 0,
      indexTimeMs: 0,
      violations: [],
      copiedElsewhere: [],
      history: [],
      mostDownAtOnce: 0,
      moves: [],
      movedBytes: 0,
    },
  }
  for (const spec of options.indices ?? (options.nodes ? [] : indexSpecs[layout])) createIndex(state, spec)
  return state
}

export function createNode(
  { name, roles, attributes, bootMs }: NodeSpec,
  at: number,
  usualMs: number,
  nowMs: number,
): FakeNode {
  return {
    id: `id-${name}`,
    ephemeralId: `eph-${name}-0`,
    name,
    address: `127.0.9.${at + 1}`,
    version: '8.10.4',
    roles: [...roles],
    attributes: { ...attributes },
    plugins: [],
    mlockall: true,
    startedAtMs: nowMs - 86_400_000,
    running: true,
    joined: true,
    joinsAtMs: null,
    bootMs: bootMs ?? usualMs,
    trouble: null,
    starts: 0,
    heapPercent: 45,
    cpuPercent: 20,
    totalBytes: 1000 * gib,
    availableBytes: 600 * gib,
    rejectedPerSecond: 0,
    rejected: 0,
  }
}
