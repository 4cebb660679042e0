// Everything the fake Kafka is, as plain JSON: a test saves it, kills the process and goes on in another one. Nothing here
// may be a class, a function or a Map.
import type { Code } from '../../../src/errors/index.ts'

export interface FakeDir {
  path: string
  problem: string | null
  totalBytes: number
  /** What else lies on that disk. */
  otherBytes: number
}

/**
 * At the next start. `never-joins`: the process runs and stays out; `dies`: it ends after half its boot time; `refuses`: it
 * does not start; `empty-disk`: it joins and has lost all it held.
 */
export type BrokerTrouble = 'never-joins' | 'dies' | 'refuses' | 'empty-disk'

export interface FakeBroker {
  id: number
  name: string
  address: string
  port: number
  rack: string | null
  /** The process runs. */
  running: boolean
  /** The cluster counts it as there: it is in the metadata. A killed one stays for the session time-out. */
  registered: boolean
  /** When a starting process registers, its log recovered; `null` where it has, is down or never will. */
  readyAtMs: number | null
  /** When the cluster notices that a killed one is gone. */
  fencedAtMs: number | null
  /** How it went last time: an unclean stop makes the next start longer by the recovery of its logs. */
  stoppedCleanly: boolean
  trouble: BrokerTrouble | null
  starts: number
  startedAtMs: number
  /** When its metadata log was last level with the leader's; only read while it is away. */
  caughtUpAtMs: number
  static: Record<string, string>
  dynamic: Record<string, string>
  dirs: FakeDir[]
  /** Leaves the in-sync sets of what it follows again and again. */
  flap: { everyMs: number; awayMs: number; nextMs: number } | null
}

export interface FakePartition {
  number: number
  replicas: number[]
  isr: number[]
  leader: number | null
  /** While a reassignment runs, and where a cancel goes back to. */
  adding: number[]
  removing: number[]
  before: number[] | null
  bytes: number
  start: number
  /** Records, with fractions: the next offset is the floor of it. */
  end: number
  /** How far the log of each broker goes. */
  holds: Record<string, number>
  /** Brokers that are reading what they missed, and when they have. */
  catchUp: Record<string, number>
  /** Brokers that copy the partition for a reassignment, and the bytes they still lack. */
  copying: Record<string, number>
  /** Producers learn of a new partition at this moment. */
  producedFromMs: number
  /** Share of the traffic of its topic. */
  weight: number
}

export interface FakeTopic {
  name: string
  internal: boolean
  configs: Record<string, string>
  recordsPerSecond: number
  bytesPerRecord: number
  /** Producers give their records a key. */
  keyed: boolean
  partitions: FakePartition[]
}

export interface FakeMember {
  id: string
  clientId: string
  host: string
  /** Records per second it can take; 0 for one that hangs. */
  perSecond: number
  assigned: { topic: string; partition: number }[]
}

export interface FakeGroup {
  group: string
  topics: string[]
  reset: 'latest' | 'earliest'
  members: FakeMember[]
  /** Until when it rebalances; `null` while it is stable or empty. */
  rebalancesUntilMs: number | null
  /** When it looks at the topics again, where their partitions have changed. */
  refreshAtMs: number | null
  /** By `topic-partition`. */
  offsets: Record<string, number>
  /** Partitions at which every member hangs: `topic-partition`. */
  poison: string[]
  consumed: number
  /** Records that it will never read, by `topic-partition`. */
  skipped: Record<string, number>
}

/** What a test can put wrong about the world around the brokers. */
export interface World {
  /** Names of brokers whose address cannot be reached, `*` for all. */
  unreachable: string[]
  /** Addresses that belong to another cluster. */
  strangers: string[]
  /** Every request fails like this. */
  failure: { code: Code; message: string } | null
  /** The next writes: carried out or not, in both cases without an answer. */
  lostAnswers: ('done' | 'not-done')[]
  /** Metadata without any topic. */
  emptyMetadata: boolean
  /** Topics that the metadata leaves out. */
  hiddenTopics: string[]
  canaryFails: boolean
  /** The test means partitions to refuse writes for a while: no violation. */
  mayRefuseWrites: boolean
}

export type Action =
  | { do: 'stop-broker'; broker: string }
  | { do: 'kill-broker'; broker: string }
  | { do: 'start-broker'; broker: string }
  | { do: 'trouble'; broker: string; trouble: BrokerTrouble | null }
  | { do: 'flap'; broker: string; everyMs: number; awayMs: number }
  | { do: 'calm'; broker: string }
  | { do: 'dir'; broker: string; path: string; problem: string | null }
  | { do: 'create-topic'; topic: TopicSpec }
  | { do: 'delete-topic'; topic: string }
  | { do: 'traffic'; topic: string; recordsPerSecond: number }
  | { do: 'set-topic'; topic: string; name: string; value: string | null }
  | { do: 'set-broker'; broker: string; name: string; value: string | null }
  | { do: 'reassign'; topic: string; partition: number; replicas: number[] | null }
  /** Leaves that group with this many members on these hosts, as after a restart of the consumers. */
  | { do: 'members'; group: string; threads: number; hosts?: string[]; perSecond?: number }
  | { do: 'create-group'; group: GroupSpec }
  | { do: 'produce'; topic: string; partition: number; records: number }
  | { do: 'member-speed'; group: string; member: string; perSecond: number }
  | { do: 'poison'; group: string; partitions: string[] }
  | { do: 'rebalance'; group: string; forMs: number }
  | { do: 'world'; world: Partial<World> }

/** Something that happens by itself: at a time, or the first time that a broker is stopped, started or has registered. */
export interface Happening {
  when: { atMs: number } | { stopped: string } | { started: string } | { registered: string }
  afterMs: number
  action: Action
}

export interface TopicSpec {
  name: string
  partitions?: number
  /** Copies of each partition; 3 by default, or as many as there are brokers. */
  replicationFactor?: number
  /** Instead of both: broker ids of each partition. */
  replicas?: number[][]
  internal?: boolean
  configs?: Record<string, string>
  recordsPerSecond?: number
  bytesPerRecord?: number
  keyed?: boolean
  /** Of every partition, or one by one. */
  bytes?: number | number[]
  /** Share of the traffic, one by one. */
  weights?: number[]
}

export interface GroupSpec {
  group: string
  topics: string[]
  reset?: 'latest' | 'earliest'
  threads?: number
  /** Threads are spread over these: `logstash01-0`. */
  hosts?: string[]
  perSecond?: number
}

export interface FakeState {
  clusterId: string
  /** The moment up to which everything has happened, epoch ms. */
  atMs: number
  createdAtMs: number
  brokers: FakeBroker[]
  topics: FakeTopic[]
  groups: FakeGroup[]
  /** Id of the leader of the controllers. */
  controller: number | null
  electionEndsMs: number | null
  epoch: number
  /** Counts members and the like. */
  counter: number
  /** Time that things take. */
  bootMs: number
  recoverMs: number
  catchUpMs: number
  electionMs: number
  sessionMs: number
  rebalanceMs: number
  /** How long producers and consumers take to learn of new partitions. */
  producerRefreshMs: number
  consumerRefreshMs: number
  /** What one broker copies in a second where nothing throttles it. */
  copyBytesPerSecond: number
  world: World
  happenings: Happening[]
  /** Names of the brokers whose address the inventory has. */
  endpoints: string[]
  tally: Tally
}

/** What tests ask for at the end. */
export interface Tally {
  acked: number
  /** Acknowledged records that no copy has any more. */
  lost: number
  /** Records that a partition refused at their first try: no leader, or too few copies in sync. */
  refused: number
  refusedByPartition: Record<string, number>
  /** What must never happen: an only in-sync copy or the quorum taken away, writes refused without leave. */
  violations: string[]
  /** Every stop and start, in order: `stop NAME`, `kill NAME`, `start NAME`, `registered NAME`. */
  history: string[]
  mostDownAtOnce: number
  bytesMoved: number
  mostMovesAtOnce: number
}
