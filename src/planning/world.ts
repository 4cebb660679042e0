// What the planner is told and what it answers, as plain data. Nothing here knows Elasticsearch or Kafka: a member
// is a node or a broker, a share is a shard or a partition.

/** A member that the run wants to take down and bring back once. */
export interface Member {
  readonly name: string
  /** Lower goes first. For Elasticsearch: coordinators, cold, warm, hot, masters. */
  readonly rank: number
  /** The first of a tier goes alone in its tier: what breaks one is not done to the others. */
  readonly tier: string
  /** Zone, rack, host and the like: each is tried as a way to split the members into waves. */
  readonly attributes: Readonly<Record<string, string>>
  /** The machine it runs on; members of one machine are never down at once. Empty: not known, no such rule. */
  readonly machine: string
  /** Goes after all others of its tier: the elected master, the active controller. */
  readonly last?: boolean
}

/** Data of which some copies must stay up. */
export interface Share {
  /** No two shares have the same: what a blocked member is said to wait for. */
  readonly name: string
  /** Names of all members with an in-sync copy, in this run or not. A member still recovering is none. */
  readonly holders: readonly string[]
  /** Copies that must stay up. 0: nobody cares. As many as there are holders: none of them may stop. */
  readonly minUp: number
}

/** Members of which only so many may be down at once, in this run or not. */
export interface Cap {
  /** Reads as a sentence, shown as the gate that blocks: `one_master_at_a_time`. */
  readonly name: string
  readonly members: readonly string[]
  readonly max: number
}

export interface World {
  /** The members of this run. Holders and caps may name others: those stay up unless said to be down. */
  readonly members: readonly Member[]
  readonly shares: readonly Share[]
  readonly caps: readonly Cap[]
  /** Members that may be down at once, all together. `Infinity`: no such limit. */
  readonly maxDown: number
}

export interface WavePlan {
  /** Names by wave, in plan order. `waves.flat()` is the order that the frontier takes. */
  readonly waves: readonly (readonly string[])[]
  /** No plan for this world has fewer waves. */
  readonly lowerBound: number
  /** Why not fewer: the gate, and the members that it keeps apart. */
  readonly boundBy: { readonly gate: string; readonly members: readonly string[] }
  /** `serial`, `by zone` (or another attribute), `colouring`. */
  readonly method: 'serial' | 'colouring' | `by ${string}`
  /** Members in no wave: stopping one of them alone is already too much. */
  readonly impossible: readonly Impossible[]
}

export interface Impossible {
  readonly member: string
  /** The shares and caps without room for it, by name. */
  readonly by: readonly string[]
}

/** Why a member may not start now. */
export interface Blocked {
  readonly member: string
  /** A name of `planningGates`, or of a cap. */
  readonly gate: string
  /** What the gate is about: the share, cap, machine or tier by name. */
  readonly by: string
  /** Members that have to come up (or to go first) before it; empty where waiting will not help. */
  readonly waitsFor: readonly string[]
}
