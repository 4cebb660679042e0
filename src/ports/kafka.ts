// Kafka as runbooks see it: parsed, named for what it means, no vendor type. Times are milliseconds, sizes bytes, offsets
// numbers. Every method throws OpsError CLUSTER_UNREACHABLE, CLUSTER_TLS, CLUSTER_AUTH, CLUSTER_FORBIDDEN, CLUSTER_BUSY or
// CLUSTER_REJECTED; writes may also throw OUTCOME_UNKNOWN, which the caller resolves by reading, never by repeating.

export interface Broker {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** Metadata: which cluster it is and who is registered in it. */
export interface KafkaIdentity {
  readonly clusterId: string
  readonly brokers: readonly Broker[]
}

/** One configured address, asked on its own. */
export interface KafkaEndpointAnswer {
  readonly host: string
  /** `host:port` */
  readonly address: string
  readonly identity: KafkaIdentity | null
  /** Why there was no identity. */
  readonly problem: string | null
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** As the metadata of one broker has it. Copies are broker ids. */
export interface PartitionState extends TopicPartition {
  /** `null` where it has none: nobody can read or write it. */
  readonly leader: number | null
  /** The first is the preferred leader. */
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly offline: readonly number[]
  readonly internal: boolean
}

export interface Voter {
  readonly id: number
  readonly logEndOffset: number
  /** Records behind the leader. */
  readonly lag: number
  /** How long ago it had caught up; `null` where the leader has never heard of it. */
  readonly caughtUpMsAgo: number | null
}

/** DescribeQuorum of `__cluster_metadata`. */
export interface Quorum {
  readonly leader: number | null
  readonly epoch: number
  readonly voters: readonly Voter[]
}

export type ConfigSource = 'topic' | 'dynamic-broker' | 'dynamic-default' | 'static' | 'default' | 'other'

export interface ConfigEntry {
  /** `null` for a secret. */
  readonly value: string | null
  readonly source: ConfigSource
}
/** By name of the setting. */
export type Configs = ReadonlyMap<string, ConfigEntry>

export interface LogDir {
  readonly broker: number
  readonly path: string
  /** Why the broker does not use it; `null` while it does. */
  readonly problem: string | null
  /** `null` where the server is too old to say. */
  readonly totalBytes: number | null
  readonly usableBytes: number | null
  readonly replicas: readonly (TopicPartition & { readonly bytes: number; readonly lag: number })[]
}

export interface GroupMember {
  readonly id: string
  readonly clientId: string
  readonly host: string
  readonly assigned: readonly TopicPartition[]
}

export type GroupState =
  | 'Stable'
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Empty'
  | 'Dead'
  | 'Unknown'

export interface ConsumerGroup {
  readonly group: string
  readonly state: GroupState
  readonly members: readonly GroupMember[]
}

export interface CommittedOffset extends TopicPartition {
  /** `null` where the group has never committed one. */
  readonly offset: number | null
}

export interface PartitionOffset extends TopicPartition {
  readonly offset: number
}

export interface LogRange extends TopicPartition {
  readonly start: number
  /** Offset of the next record (high watermark). */
  readonly end: number
}

/** A record without its value: what decides where it went and how it looks from outside. */
export interface SampledRecord extends TopicPartition {
  readonly offset: number
  readonly timestampMs: number
  readonly key: Uint8Array | null
  readonly bytes: number
}

/** ListPartitionReassignments. */
export interface Reassignment extends TopicPartition {
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/** What was asked for one partition, and why it was refused; `null` where it was accepted. */
export type PartitionAnswer = TopicPartition & { readonly problem: string | null }

export interface KafkaPort {
  identity(): Promise<KafkaIdentity>
  /** Every configured address on its own, at the same time. */
  endpoints(): Promise<readonly KafkaEndpointAnswer[]>
  /**
   * Every partition of every topic that the user may see, internal ones too, from fresh metadata of one broker. Each broker
   * follows the controllers by itself, so it may be a moment behind: after an election, a reassignment or a new topic the
   * first answer may be the old one, and two answers may come from two brokers. Whoever waits for something asks until it
   * holds, more than once where much hangs on it. An empty answer is no proof that there are no topics.
   */
  partitions(): Promise<readonly PartitionState[]>
  quorum(): Promise<Quorum>
  /** By topic. */
  topicConfigs(topics: readonly string[]): Promise<ReadonlyMap<string, Configs>>
  /** By broker id, asked of that broker itself. A broker that is away is left out. Throttles are in it only where they are set. */
  brokerConfigs(brokers: readonly number[]): Promise<ReadonlyMap<number, Configs>>
  /** Of these brokers. A broker that is away is left out. */
  logDirs(brokers: readonly number[]): Promise<readonly LogDir[]>
  /** Groups of consumers; members have no partitions while their group rebalances. */
  groups(): Promise<readonly ConsumerGroup[]>
  /** All partitions of every topic of which the group has committed any. Empty for a group that nobody knows. */
  committed(group: string): Promise<readonly CommittedOffset[]>
  /**
   * Of every partition or of none.
   * @throws OpsError CLUSTER_BUSY where one has no leader, CLUSTER_REJECTED where a topic is not there
   */
  ranges(topics: readonly string[]): Promise<readonly LogRange[]>
  /**
   * Of every partition: offset of the first record that is still there and is not older than `atMs`; the end of the log where
   * there is none. Producers give records their times.
   * @throws OpsError CLUSTER_BUSY where a partition has no leader, CLUSTER_REJECTED where the topic is not there
   */
  offsetsAt(topic: string, atMs: number): Promise<readonly PartitionOffset[]>
  reassignments(): Promise<readonly Reassignment[]>
  /** Up to `most` records of each partition, the newest first to go missing; read without a group, nothing is committed. */
  sample(topic: string, most: number): Promise<readonly SampledRecord[]>

  /** Preferred leaders. A partition whose leader is the preferred one already is accepted. */
  electPreferred(partitions: readonly TopicPartition[]): Promise<readonly PartitionAnswer[]>
  /**
   * `assignments` places the new partitions: one list of broker ids each. With `validateOnly` nothing is changed.
   * @throws OpsError CLUSTER_REJECTED where there are as many or more now, or a broker of the list is not there
   */
  createPartitions(
    topic: string,
    change: {
      readonly total: number
      readonly assignments: readonly (readonly number[])[]
      readonly validateOnly: boolean
    },
  ): Promise<void>
  /**
   * `replicas: null` cancels the one that is running: the copies are those of before, but in the order of `Reassignment.replicas`, so
   * another one may be the preferred leader.
   */
  reassign(
    changes: readonly (TopicPartition & { readonly replicas: readonly number[] | null })[],
  ): Promise<readonly PartitionAnswer[]>
  /**
   * Of a group without members.
   * @throws OpsError CLUSTER_REJECTED where it has members
   */
  commitOffsets(
    group: string,
    offsets: readonly (TopicPartition & { readonly offset: number })[],
  ): Promise<void>
  /**
   * Writes one record with acks=all to a partition of the topic `ops-canary` led by each of these brokers, and reads it
   * back. The topic is made where it is missing. Milliseconds by broker.
   * @throws OpsError CLUSTER_BUSY where a broker does not take it, with the broker and its reason; CLUSTER_REJECTED where
   * what is read back is something else
   */
  canary(id: string, leaders: readonly number[]): Promise<ReadonlyMap<number, number>>
  /** Deletes the topic `ops-canary`. */
  removeCanary(): Promise<void>
}
