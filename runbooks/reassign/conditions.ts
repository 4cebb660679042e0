// Stop conditions: what is checked on every look while partitions move. A met one means that nothing more is begun, and what is
// under way goes back to where it was. Each names the outage it prevents. Pure.
import { sayFew } from '#sdk'
import { type NamedBroker, nameOf } from './brokers.ts'
import type { Seen } from './watch.ts'

export interface Situation {
  readonly seen: Seen
  readonly brokers: readonly NamedBroker[]
  /** Ids of the brokers that were registered when the run began. */
  readonly registered: readonly number[]
  readonly minInsync: Readonly<Record<string, number>>
  /** Partitions that were short of in-sync copies before, by `topic-partition`. */
  readonly shortBefore: readonly string[]
}

export interface StopCondition {
  readonly name: string
  readonly prevents: string
  /** What is wrong, or null. */
  readonly check: (situation: Situation) => string | null
}

const shown = 3

export const stopConditions: readonly StopCondition[] = [
  {
    name: 'broker_left',
    prevents:
      'Copying on with one broker fewer, when every other disk and network is needed to make up for it.',
    check: ({ seen, brokers, registered }) => {
      const gone = registered.filter(id => !seen.registered.includes(id))
      return gone.length === 0 ? null : `${gone.map(id => nameOf(brokers, id)).join(', ')} left the cluster`
    },
  },
  {
    name: 'partition_lost_its_leader',
    prevents: 'Going on while nobody can read or write a partition.',
    check: ({ seen }) => list(seen, ({ leader }) => leader === null, 'without a leader'),
  },
  {
    name: 'partition_fell_below_min_insync',
    prevents: 'Writes refused because copying has pushed followers out of the in-sync set.',
    check: ({ seen, minInsync, shortBefore }) =>
      list(
        seen,
        ({ topic, isr, offline }, key) =>
          isr.length < (minInsync[topic] ?? 1) && offline.length === 0 && !shortBefore.includes(key),
        'with too few in-sync copies though all its brokers are up',
      ),
  },
]

type Partition = Seen['partitions'] extends ReadonlyMap<string, infer P> ? P : never

function list({ partitions }: Seen, isBad: (one: Partition, key: string) => boolean, what: string) {
  const bad = [...partitions].filter(([key, one]) => isBad(one, key)).map(([key]) => key)
  if (bad.length === 0) return null
  return `${sayFew(bad, shown)} ${what}`
}

/** The first met condition as `name: what is wrong`, or null. */
export function decideStop(situation: Situation): string | null {
  for (const { name, check } of stopConditions) {
    const wrong = check(situation)
    if (wrong !== null) return `${name}: ${wrong}`
  }
  return null
}
