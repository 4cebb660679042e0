// Everything the fake cluster is, as plain JSON: a test saves it, kills the process and goes on in another one. Nothing
// here may be a class, a function or a Map.
import type { Code } from '../../../src/errors/index.ts'
import type { LifecycleState, LongTask, RunningSnapshot } from '../../../src/ports/elasticsearch.ts'
import type {
  FakeDeletion,
  FakeDocuments,
  FakeRepository,
  FakeRestore,
  FakeSource,
  FakeStore,
  StoreAction,
} from './stores.ts'

export interface FakeNode {
  id: string
  ephemeralId: string
  name: string
  address: string
  version: string
  roles: string[]
  attributes: Record<string, string>
  plugins: string[]
  mlockall: boolean
  startedAtMs: number
  /** The process runs. */
  running: boolean
  /** It is a member of the cluster. */
  joined: boolean
  /** When a starting process joins; `null` where it has joined, is down or never will. */
  joinsAtMs: number | null
  bootMs: number
  /** What goes wrong at its next start. */
  trouble: NodeTrouble | null
  starts: number
  heapPercent: number
  cpuPercent: number
  totalBytes: number
  availableBytes: number
  rejectedPerSecond: number
  rejected: number
  /** A machine that was installed and has never been a member: where it goes once it is started. */
  newcomer?: NewcomerWay
}

/**
 * `cluster`: it joins; `own-cluster`: it forms one by itself; `another-cluster`: its seeds lead elsewhere; `nowhere`: it
 * runs and finds nobody; `untrusted`: its certificate is signed by a CA that nobody knows.
 */
export type NewcomerWay = 'cluster' | 'own-cluster' | 'another-cluster' | 'nowhere' | 'untrusted'

/**
 * `never-joins`: the process runs and stays out; `dies`: the process ends after half its boot time; `refuses`: the
 * process does not start; `other-id`: it joins as a new node with an empty data path; `other-version`, `other-roles`.
 */
export type NodeTrouble = 'never-joins' | 'dies' | 'refuses' | 'other-id' | 'other-version' | 'other-roles'

export interface FakeCopy {
  node: string | null
  allocationId: string | null
  primary: boolean
  state: 'STARTED' | 'INITIALIZING' | 'RELOCATING' | 'UNASSIGNED'
  relocatingTo: string | null
  unassignedReason: string | null
  /** While unassigned: where its data lies on disk, under which id, and until when nobody else may get the copy. */
  lastNode: string | null
  lastAllocationId: string | null
  delayedUntilMs: number
  /** How many acknowledged writes this copy holds. */
  holds: number
  /** While initializing. */
  recovery: { beginMs: number; endMs: number; bytes: number; reused: number } | null
  /** Of a primary that a restore makes. */
  source: FakeSource | null
  /** Disk that a restored or moved copy takes. */
  takes: { node: string; bytes: number } | null
  /** While it is being moved. */
  moving?: FakeMove | null
  /** While unassigned: since when, how often it has failed since, and what the server says of it. */
  unassignedAtMs?: number
  failedAttempts?: number
  details?: string | null
}

export interface FakeMove {
  to: string
  allocationId: string
  beginMs: number
  endMs: number
  bytes: number
}

/** A copy on a disk that the routing table does not know any more. */
export interface FakeLeftover {
  node: string
  allocationId: string | null
  holds: number
  /** Why it cannot be opened. */
  problem: string | null
}

export interface FakeShard {
  number: number
  inSync: string[]
  copies: FakeCopy[]
  /** Writes that were acknowledged to clients. */
  acked: number
  leftovers?: FakeLeftover[]
  /** Acknowledged writes that were given up by a command that accepts the loss of data. */
  givenUp?: number
}

export interface FakeIndex {
  name: string
  uuid: string
  createdAtMs: number
  replicas: number
  autoExpand: string | null
  state: 'open' | 'close'
  searchableSnapshot: boolean
  /** A node that holds a copy needs this role. */
  tier: string
  /** Explicit settings by flat key. */
  settings: Record<string, string>
  blocks: string[]
  docs: number
  bytes: number
  /** Clients write to it all the time. */
  written: boolean
  /** It came from a snapshot: its copies take disk. */
  restored: boolean
  aliases: string[]
  mappingHash: string
  documents: FakeDocuments
  shards: FakeShard[]
}

/** What a test can put wrong about the world around the shards. Values as the port gives them. */
export interface World {
  /** Hosts whose endpoint cannot be reached, `*` for all. */
  unreachable: string[]
  /** Members that answer no question which goes to every node. */
  silent: string[]
  /** Indices of which no shard is met when all documents are counted. */
  uncounted: string[]
  /** Endpoints that belong to another cluster. */
  strangers: string[]
  /** Every request fails like this. */
  failure: { code: Code; message: string } | null
  /** The next changes of settings and announcements: carried out or not, in both cases without an answer. */
  lostAnswers: ('done' | 'not-done')[]
  /** The next call of this name, such as `snapshots.create` or `indices.remove`: likewise. */
  lostCalls: { call: string; how: 'done' | 'not-done' }[]
  healthTimesOut: boolean
  pendingTasks: number
  oldestPendingTaskMs: number
  inFlightFetches: number
  masterStable: 'green' | 'yellow' | 'red' | 'unknown' | null
  votingExclusions: { nodeId: string; nodeName: string }[]
  /** How many cluster states an endpoint is behind. */
  lagging: Record<string, number>
  capabilities: { nodeShutdown: boolean; slm: boolean; ilm: boolean; machineLearning: boolean }
  snapshots: RunningSnapshot[]
  slm: LifecycleState['slm']
  ilm: LifecycleState['ilm']
  longTasks: LongTask[]
  unchangeable: string[]
  /** Requests that a node coordinates and connections it holds open, by node name. */
  inFlight: Record<string, number>
  connections: Record<string, number>
  canaryFails: boolean
  flushFails: string[]
  /** Overrides `canAllocate` of explanations, by index name. */
  explains: Record<string, string>
  /** Indices on disks that the cluster state does not know. */
  dangling: FakeDangling[]
  /** Recoveries of this index onto this node fail at once with these details; any index, any node where it is not named. */
  failing: { index?: string; node?: string; details: string }[]
  /** Deciders that the fake cannot derive from its state: they say this of every node that is not named otherwise. */
  forced: {
    index: string
    node?: string
    decider: string
    decision: 'no' | 'throttle'
    explanation: string
  }[]
  /** Sources of the pending tasks. */
  pendingSources: string[]
}

export interface FakeDangling {
  name: string
  uuid: string
  createdAtMs: number
  /** Names; the first one that has joined gets the primaries. */
  nodes: string[]
  tier: string
  shards?: number
  docs?: number
  bytes?: number
}

export type Action =
  | { do: 'stop-node'; node: string }
  | { do: 'start-node'; node: string }
  | { do: 'trouble'; node: string; trouble: NodeTrouble | null }
  | { do: 'reject'; node: string; perSecond: number }
  | { do: 'create-index'; index: IndexSpec }
  | { do: 'delete-index'; name: string }
  | { do: 'set-cluster'; scope: 'persistent' | 'transient'; name: string; value: string | null }
  | { do: 'set-index'; index: string; name: string; value: string | null }
  | { do: 'world'; world: Partial<World> }
  | { do: 'add-node'; node: NewNode }
  | { do: 'forget-node'; node: string }
  /** The data path of a stopped node is empty. */
  | { do: 'wipe-node'; node: string }
  /** The copy on this node cannot be read any more. */
  | { do: 'corrupt-copy'; node: string; index: string; shard: number }
  | StoreAction

/** A machine that was installed: not started, and not a member. */
export interface NewNode {
  name: string
  roles: string[]
  attributes?: Record<string, string>
  version?: string
  plugins?: string[]
  bootMs?: number
  totalBytes?: number
  availableBytes?: number
  /** `cluster` by default. */
  way?: NewcomerWay
}

/** Something that happens by itself: at a time, or the first time that a node is stopped, started or has joined. */
export interface Happening {
  when: { atMs: number } | { stopped: string } | { started: string } | { joined: string }
  afterMs: number
  action: Action
}

export interface IndexSpec {
  name: string
  shards?: number
  replicas?: number
  autoExpand?: string
  tier?: string
  /** Names of the nodes for the copies, primary first; the same for every shard. Spread over the tier by default. */
  nodes?: string[]
  settings?: Record<string, string>
  written?: boolean
  docs?: number
  bytes?: number
  aliases?: string[]
  closed?: boolean
  searchableSnapshot?: boolean
}

export interface FakeState {
  clusterName: string
  clusterUuid: string
  /** The moment up to which everything has happened, epoch ms. */
  atMs: number
  stateVersion: number
  /** Makes ids; the same calls make the same ids. */
  counter: number
  nodes: FakeNode[]
  indices: FakeIndex[]
  /** Node id of the elected master. */
  elected: string | null
  electionEndsMs: number | null
  committed: string[]
  settings: { persistent: Record<string, string>; transient: Record<string, string> }
  shutdowns: {
    nodeId: string
    type: string
    reason: string
    allocationDelayMs: number
    /** Name of the node that replaces it. */
    replacedBy?: string
  }[]
  /** Registered ones, and every place by its location. */
  repositories: FakeRepository[]
  stores: Record<string, FakeStore>
  deletions: FakeDeletion[]
  restores: FakeRestore[]
  /** Time that things take. */
  electionMs: number
  recoverMs: number
  copyMs: number
  snapshotBytesPerSecond: number
  restoreBytesPerSecond: number
  deletionMs: number
  /** Copies are moved to where fewer are; so it is from the first new node on. */
  rebalances: boolean
  /** Acknowledged writes per second and shard of the indices that are written to. */
  writesPerSecond: number
  world: World
  happenings: Happening[]
  /** Names of the nodes whose address the inventory has as an endpoint. */
  endpoints: string[]
  tally: Tally
}

/** What tests ask for at the end. */
export interface Tally {
  acked: number
  /** Writes that no client got an acknowledgement for, because a primary was missing. */
  failed: number
  indexTimeMs: number
  /** What must never happen: an only in-sync copy or the quorum taken away. */
  violations: string[]
  /** `index[shard] on node`: copies that were made anew although their node was only away. */
  copiedElsewhere: string[]
  /** Every stop and start, in order: `stop NAME`, `start NAME`, `joined NAME`. */
  history: string[]
  mostDownAtOnce: number
  /** `index[shard] FROM to TO`: every copy that was moved, and how many bytes that took. */
  moves: string[]
  movedBytes: number
}
