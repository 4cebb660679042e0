// Stop conditions: what is checked on every look while the run is under way. A met one means that nobody new is taken
// down. Each names the outage it prevents. Pure.
import type { Seen } from './watch.ts'

export interface Baseline {
  /** Names of the nodes that were there when the run began. */
  readonly nodes: readonly string[]
  readonly elected: string
}

export interface Situation {
  readonly seen: Seen
  readonly baseline: Baseline
  /** Nodes that this run has begun with and not ended. */
  readonly underWay: ReadonlySet<string>
  /** Master-eligible nodes that this run has begun with so far. */
  readonly mastersTouched: boolean
  /** Members that did not answer at this look, and for how long they have not. */
  readonly silentForMs: ReadonlyMap<string, number>
  readonly redForMs: number
  readonly canaryFailures: number
  readonly blockedIndices: readonly string[]
  /** Groups of consumers of Kafka that have been falling back for too long. */
  readonly fallingBack: readonly string[]
}

export interface StopCondition {
  readonly name: string
  readonly prevents: string
  /** What is wrong, or null. */
  readonly check: (situation: Situation) => string | null
}

/** A new index is red for a moment while its primaries start. */
export const redToleratedMs = 20_000
const canaryFailuresTolerated = 3
/** A member may collect its garbage. Nobody is stopped meanwhile. */
const silenceToleratedMs = 20_000

export const stopConditions: readonly StopCondition[] = [
  {
    name: 'cluster_turned_red',
    prevents: 'Going on while a primary is missing.',
    check: ({ seen, redForMs }) =>
      seen.traffic.status === 'red' && redForMs > redToleratedMs
        ? `the cluster has been red for ${Math.round(redForMs / 1000)} s`
        : null,
  },
  {
    name: 'another_node_left',
    prevents: 'Adding a planned absence to an unplanned one.',
    check: ({ seen, baseline, underWay, silentForMs }) => {
      const absent = absentFrom(seen, baseline).filter(name => !underWay.has(name))
      const gone = absent.filter(name => !silentForMs.has(name))
      if (gone.length > 0) return `${gone.join(', ')} left the cluster and not by this run`
      const hung = absent.filter(name => (silentForMs.get(name) ?? 0) > silenceToleratedMs)
      if (hung.length === 0) return null
      const longestMs = Math.max(...hung.map(name => silentForMs.get(name) ?? 0))
      return `${hung.join(', ')} in the cluster, without an answer for ${Math.round(longestMs / 1000)} s`
    },
  },
  {
    name: 'master_changed_by_itself',
    prevents: 'Restarting into an election storm.',
    check: ({ seen, baseline, mastersTouched }) =>
      !mastersTouched && seen.master.elected !== null && seen.master.elected !== baseline.elected
        ? `the master changed from ${baseline.elected} to ${seen.master.elected} and no master was restarted`
        : null,
  },
  {
    name: 'flood_stage_reached',
    prevents: 'Indices becoming read-only while capacity is reduced.',
    check: ({ blockedIndices }) =>
      blockedIndices.length === 0 ? null : `blocked by a full disk: ${blockedIndices.slice(0, 3).join(', ')}`,
  },
  {
    name: 'canary_write_fails',
    prevents: 'Believing that all is well while clients cannot write.',
    check: ({ canaryFailures }) =>
      canaryFailures >= canaryFailuresTolerated
        ? `${canaryFailures} canary writes in a row have failed`
        : null,
  },
  {
    name: 'consumers_of_kafka_fall_back',
    prevents: 'A lag that grows until messages expire before they are indexed.',
    check: ({ fallingBack }) =>
      fallingBack.length === 0 ? null : `${fallingBack.join(', ')} has been falling back for too long`,
  },
]

/** Those of the beginning that are not among the nodes that answer. */
export function absentFrom(
  { nodes }: Pick<Seen, 'nodes'>,
  baseline: Pick<Baseline, 'nodes'>,
): readonly string[] {
  const present = new Set(nodes.map(({ name }) => name))
  return baseline.nodes.filter(name => !present.has(name))
}

/** The first met condition as `name: what is wrong`, or null. */
export function decideStop(situation: Situation): string | null {
  for (const { name, check } of stopConditions) {
    const wrong = check(situation)
    if (wrong !== null) return `${name}: ${wrong}`
  }
  return null
}
