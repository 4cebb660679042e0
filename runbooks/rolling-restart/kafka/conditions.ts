// Stop conditions of a Kafka restart: checked on every look; a met one means that no other broker is taken down. Pure.
import { nameOf, sayPartitions } from './copies.ts'
import type { KafkaSeen } from './watch.ts'

export interface KafkaSituation {
  readonly seen: KafkaSeen
  /** When the run began: every broker by id, and the active controller. */
  readonly baseline: { readonly brokers: readonly number[]; readonly controller: number | null }
  readonly names: (id: number) => string
  /** Brokers, by id, that this run has begun with and not ended; that it has ever begun with. */
  readonly underWay: ReadonlySet<number>
  readonly touched: ReadonlySet<number>
  /** For how long, without a break, some partition has had no leader. */
  readonly leaderlessForMs: number
  readonly canaryFailures: number
  /** Groups that have been falling back for too long. */
  readonly fallingBack: readonly string[]
}

export interface KafkaStopCondition {
  readonly name: string
  readonly prevents: string
  /** What is wrong, or null. */
  readonly check: (situation: KafkaSituation) => string | null
}

/** Leaders of a broker that stops are away for a moment. */
const leaderlessToleratedMs = 15_000
const canaryFailuresTolerated = 3

export const kafkaStopConditions: readonly KafkaStopCondition[] = [
  {
    name: 'partition_has_no_leader',
    prevents: 'Going on while messages can neither be written nor read.',
    check: ({ seen, leaderlessForMs }) => {
      const without = seen.partitions.filter(({ leader }) => leader === null)
      if (without.length === 0 || leaderlessForMs <= leaderlessToleratedMs) return null
      return `${sayPartitions(without)} without a leader for ${Math.round(leaderlessForMs / 1000)} s`
    },
  },
  {
    name: 'another_broker_left',
    prevents: 'Adding a planned absence to an unplanned one.',
    check: ({ seen, baseline, underWay, names }) => {
      const there = new Set(seen.identity.brokers.map(({ id }) => id))
      const gone = baseline.brokers.filter(id => !there.has(id) && !underWay.has(id))
      return gone.length === 0 ? null : `${gone.map(names).join(', ')} left the cluster and not by this run`
    },
  },
  {
    name: 'controller_changed_by_itself',
    prevents: 'Restarting into an election storm.',
    check: ({ seen: { quorum }, baseline, touched, names }) =>
      quorum.leader !== null &&
      baseline.controller !== null &&
      quorum.leader !== baseline.controller &&
      !touched.has(baseline.controller)
        ? `the active controller changed from ${names(baseline.controller)} to ${names(quorum.leader)}, which this run has not restarted`
        : null,
  },
  {
    name: 'somebody_moves_partitions',
    prevents: 'Stopping a broker from or to which copies are being moved.',
    check: ({ seen: { reassignments } }) => {
      const [first] = reassignments
      return first === undefined ? null : `a reassignment of ${nameOf(first)} has begun`
    },
  },
  {
    name: 'canary_record_fails',
    prevents: 'Believing that all is well while producers cannot write.',
    check: ({ canaryFailures }) =>
      canaryFailures >= canaryFailuresTolerated
        ? `${canaryFailures} canary records in a row have failed`
        : null,
  },
  {
    name: 'consumers_fall_back',
    prevents: 'Messages that expire before they are read.',
    check: ({ fallingBack }) =>
      fallingBack.length === 0 ? null : `${fallingBack.join(', ')} has been falling back for too long`,
  },
]

/** The first met condition as `name: what is wrong`, or null. */
export function decideKafkaStop(situation: KafkaSituation): string | null {
  for (const { name, check } of kafkaStopConditions) {
    const wrong = check(situation)
    if (wrong !== null) return `${name}: ${wrong}`
  }
  return null
}
