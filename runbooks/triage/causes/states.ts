// Rulings on copies that nothing forbids: they wait for a node, for an answer, or for their turn. Pure.
import { sayFew, saySpan } from '#sdk'
import type { TriageFacts } from '../facts.ts'
import { kindOfFailure } from '../group-copies.ts'
import { advise, lendClusterSetting, retryFailed, setIndexSetting, waitFor } from './remedies.ts'
import { indicesOf, type Ruling, type Sighting, shorten } from './sighting.ts'

const minuteMs = 60_000
/** Longer, and the node that is asked hangs. */
const fetchMs = 5 * minuteMs
const delayedTimeout = 'index.unassigned.node_left.delayed_timeout'

export const delayedRuling: Ruling = {
  id: 'delayed',
  sentence: seen =>
    `copies of ${sayFew(indicesOf(seen), 3)} wait for their node to come back${remaining(seen) > 0 ? `, for ${saySpan(remaining(seen))} more` : ''}`,
  remedies: seen => [
    waitFor(remaining(seen) + minuteMs, 'wait until they are built anew elsewhere'),
    setIndexSetting(
      { name: delayedTimeout, value: '0', indices: indicesOf(seen) },
      'moves-data',
      'the node does not come back: build the copies anew at once',
    ),
  ],
}

const remaining = ({ explanation }: Pick<Sighting, 'explanation'>): number =>
  explanation?.remainingDelayMs ?? 0

export const fetchingRuling: Ruling = {
  id: 'fetching',
  sentence: (seen, facts) =>
    `the cluster is asking nodes what is on their disks for ${sayFew(indicesOf(seen), 3)}${oldMs(seen, facts) > fetchMs ? `, and has had no answer for ${saySpan(oldMs(seen, facts))}: one of them hangs` : ''}`,
  remedies: (seen, facts) =>
    oldMs(seen, facts) > fetchMs
      ? [advise('look for the data node that does not answer, and restart it', 'GET _nodes/stats?timeout=5s')]
      : [waitFor(fetchMs, 'wait for the answers')],
}

const oldMs = ({ copies }: Sighting, { nowMs }: TriageFacts): number =>
  Math.max(0, ...copies.map(({ sinceMs }) => nowMs - sinceMs))

const recoveries = 'cluster.routing.allocation.node_concurrent_recoveries'
const [usualRecoveries, mostRecoveries] = [2, 8]

export const throttledRuling: Ruling = {
  id: 'throttled',
  sentence: seen =>
    `copies of ${sayFew(indicesOf(seen), 3)} wait for their turn: as many are recovered as may be at once`,
  remedies: (_seen, { settings }) => {
    const all = { ...settings?.defaults, ...settings?.persistent, ...settings?.transient }
    const now = Number(all[recoveries] ?? usualRecoveries)
    const more = Math.min(mostRecoveries, (Number.isNaN(now) ? usualRecoveries : now) * 2)
    return [
      waitFor(30 * minuteMs, 'wait: it goes on by itself'),
      ...(more > now
        ? [lendClusterSetting(recoveries, `${more}`, `recover ${more} copies a node at once for a while`)]
        : []),
    ]
  },
}

/** Nothing says no: the next round of the allocator has it. */
export const soonRuling: Ruling = {
  id: 'fetching',
  key: () => 'soon',
  sentence: seen => `copies of ${sayFew(indicesOf(seen), 3)} can be allocated, and are about to be`,
  remedies: () => [waitFor(fetchMs, 'wait for the next round of the allocator'), retryFailed()],
}

export const retriesRuling: Ruling = {
  id: 'retries_exhausted',
  key: ({ copies: [copy] }) => kindOfFailure(copy?.details ?? null),
  sentence: seen => {
    const [copy] = seen.copies
    const why =
      kindOfFailure(copy?.details ?? null) === 'locked'
        ? 'an earlier copy on the node held its lock'
        : shorten(copy?.details ?? 'the server does not say why')
    return `copies of ${sayFew(indicesOf(seen), 3)} have failed ${copy?.failedAttempts ?? 'too many'} times, and the cluster has given up: ${why}`
  },
  remedies: ({ copies: [copy] }) =>
    kindOfFailure(copy?.details ?? null) === 'locked'
      ? [retryFailed(), advise('restart the node that holds the lock, then let the cluster try again')]
      : [
          retryFailed(),
          advise('if they fail again: mend what the failure below names, then let the cluster try again'),
        ],
}

export const unknownRuling: Ruling = {
  id: 'unknown_decider',
  key: ({ decider, copies: [copy] }) => decider ?? copy?.lastStatus ?? '',
  sentence: ({ decider, words, nodes, ...seen }) =>
    decider === null
      ? `copies of ${sayFew(indicesOf(seen), 3)} are unassigned, and nobody could say why`
      : `${decider} keeps copies of ${sayFew(indicesOf(seen), 3)} off ${sayFew(nodes, 3)}: ${words}`,
  remedies: ({ copies: [copy] }) => [
    advise(
      "read the cluster's own words, and mend what they name",
      copy === undefined
        ? 'GET _cluster/allocation/explain'
        : `GET _cluster/allocation/explain {"index": "${copy.index}", "shard": ${copy.shard}, "primary": ${copy.primary}}`,
    ),
  ],
}
