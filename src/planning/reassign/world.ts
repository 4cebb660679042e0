// What the planner of reassignments is told and what it answers, as plain data. Nothing here knows where it comes from.

/** `stays`: has copies and may get more. `added`: is to be filled up. `drained`: is to hold nothing in the end. */
export type BrokerRole = 'stays' | 'added' | 'drained'

export interface LoadedBroker {
  readonly id: number
  /** Brokers without one fail alone; where a single one has none, racks are not looked at. */
  readonly rack: string | null
  readonly role: BrokerRole
  /** Of all its disks together; `null` where nobody knows. */
  readonly totalBytes: number | null
  readonly usedBytes: number
  /** Bytes that may still come to it, whichever disk they land on; `null`: no bound; below 0: nothing at all. */
  readonly roomBytes: number | null
}

export interface LoadedPartition {
  readonly topic: string
  readonly partition: number
  /** Broker ids; the first is the preferred leader. */
  readonly replicas: readonly number[]
  /** Who is to be read when it is copied; `null` where nobody leads. */
  readonly leader: number | null
  /** Bytes of its largest copy: what one more copy costs. */
  readonly bytes: number
  /** What producers write to it; `null` where it was not measured. */
  readonly bytesInPerSecond: number | null
}

/**
 * `add`: brokers with that role are filled up, nobody else gets anything. `drain`: what is on drained brokers goes elsewhere.
 * `rebalance`: rack spread is mended, then every broker comes near its share. `raise`: more copies of some topics.
 */
export type ReassignGoal =
  | { readonly kind: 'add' | 'drain' | 'rebalance' }
  | { readonly kind: 'raise'; readonly factor: number; readonly topics: ReadonlySet<string> }

export interface ReassignWorld {
  readonly brokers: readonly LoadedBroker[]
  readonly partitions: readonly LoadedPartition[]
  readonly goal: ReassignGoal
  /** How far from its share a broker may be and still count as balanced: 0.05 is five per cent. */
  readonly within: number
}

/** One partition that gets another list of replicas. */
export type Move = {
  readonly topic: string
  readonly partition: number
  readonly from: readonly number[]
  /** The first is the preferred leader. */
  readonly to: readonly number[]
  /** Who copies it anew; empty where only the preferred leader changes. */
  readonly adding: readonly number[]
  /** Who is read meanwhile. */
  readonly source: number
  /** Of one copy. */
  readonly bytes: number
}

export type BrokerLoad = {
  readonly bytes: number
  readonly replicas: number
  readonly leaders: number
}

export type BrokerChange = {
  readonly id: number
  readonly rack: string | null
  readonly role: BrokerRole
  readonly before: BrokerLoad
  readonly after: BrokerLoad
  readonly bytesIn: number
  /** Of copies that are deleted from it in the end. */
  readonly bytesOut: number
  /** What lies on its disks if nothing old is deleted before everything new has come. */
  readonly peakBytes: number
  readonly totalBytes: number | null
}

/** A partition that has to stay as it is, and why. */
export type Unplaced = { readonly topic: string; readonly partition: number; readonly because: string }

export interface ReassignPlan {
  /** In the order in which they are to be made. */
  readonly moves: readonly Move[]
  readonly brokers: readonly BrokerChange[]
  readonly bytesMoved: number
  /** No plan reaches as good an end with fewer bytes. */
  readonly lowerBound: { readonly bytes: number; readonly because: string }
  readonly unplaced: readonly Unplaced[]
  /** Partitions that are in fewer racks afterwards: `topic-partition`. */
  readonly lessSpread: readonly string[]
  /** Partitions with more copies in one rack than there need be, before and after. */
  readonly crowded: { readonly before: number; readonly after: number }
  /** The largest distance of an open broker from its share, as a part of the share. */
  readonly worst: { readonly before: number; readonly after: number }
}
