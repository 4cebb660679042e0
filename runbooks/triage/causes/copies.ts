// From unassigned copies to what keeps them so: every copy has exactly one cause. Pure.
import type { UnassignedCopy } from '#sdk'
import type { Cause } from '../diagnosis.ts'
import type { Explained, TriageFacts } from '../facts.ts'
import { splitByPrimary } from '../group-copies.ts'
import { findMissing, isOfAway } from '../missing-nodes.ts'
import { chooseDecider, chooseThrottle } from './choose-decider.ts'
import { deciders } from './deciders.ts'
import { scopesOf } from './filters.ts'
import { allocationEnable, enableRuling } from './places.ts'
import { restoreRuling } from './procedures.ts'
import { corruptRuling, isCorruptCopy, noValidCopyRuling } from './red.ts'
import { mergeSightings, type Ruled, type Ruling, type Sighting } from './sighting.ts'
import {
  delayedRuling,
  fetchingRuling,
  retriesRuling,
  soonRuling,
  throttledRuling,
  unknownRuling,
} from './states.ts'
import { primaryFirstRuling } from './waiting.ts'

/** Those whose node is away are told with the node: `membership.ts`. */
export function copiesOfAway({
  unassigned,
  members,
  hosts,
}: Pick<TriageFacts, 'unassigned' | 'members' | 'hosts'>): readonly UnassignedCopy[] {
  const missing = findMissing(hosts, members)
  return (unassigned ?? []).filter(copy => isOfAway(copy, members, missing))
}

export function decideCopies(facts: TriageFacts): readonly Cause[] {
  const away = new Set(copiesOfAway(facts))
  const { waiting } = splitByPrimary(facts.unassigned ?? [])
  const ruled = facts.groups.flatMap(group => {
    const copies = group.copies.filter(copy => !away.has(copy))
    return copies.length === 0 ? [] : ruleGroup({ ...group, copies }, facts)
  })
  const left = waiting.filter(copy => !away.has(copy))
  const behind: Ruled[] =
    left.length === 0 ? [] : [{ ruling: primaryFirstRuling, seen: sighting(left, null) }]
  return mergeSightings([...ruled, ...behind], facts)
}

const sighting = (copies: readonly UnassignedCopy[], explanation: Explained['explanation']): Sighting => ({
  copies,
  explanation,
  decider: null,
  words: '',
  nodes: [],
})

/** Copies that cannot be read apart from the others: each says so itself. */
function ruleGroup({ copies, explanation }: Explained, facts: TriageFacts): readonly Ruled[] {
  const corrupt = copies.filter(copy => isCorruptCopy(copy, facts))
  const unreadable = new Set(corrupt)
  const others = copies.filter(copy => !unreadable.has(copy))
  return [
    ...(corrupt.length === 0 ? [] : [{ ruling: corruptRuling, seen: sighting(corrupt, explanation) }]),
    ...(others.length === 0 ? [] : [rule(others, explanation, facts)]),
  ]
}

function rule(
  copies: readonly UnassignedCopy[],
  explanation: Explained['explanation'],
  facts: TriageFacts,
): Ruled {
  const plain = sighting(copies, explanation)
  const state = explanation?.canAllocate ?? stateOf(copies)
  const waits = states[state]
  // What is switched off does not even ask whether there is a valid copy.
  const chosen = explanation === null ? null : (chooseDecider(explanation) ?? chooseThrottle(explanation))
  if (waits !== undefined && !(state === 'no_valid_shard_copy' && chosen?.decider === 'enable'))
    return { ruling: waits, seen: plain }
  if (chosen !== null) {
    // The server stops trying long before it says that the restore has failed.
    const gaveUp = chosen.decider === 'max_retry' && copies.every(isRestored)
    const ruling = gaveUp ? restoreRuling : deciders[chosen.decider]
    const seen = { ...plain, ...chosen }
    return { ruling: ruling === undefined || ruling === 'moves' ? unknownRuling : ruling, seen }
  }
  return { ruling: guess(copies, facts), seen: plain }
}

const isRestored = ({ recoverySource }: UnassignedCopy): boolean => recoverySource === 'SNAPSHOT'

/** `can_allocate` of an explanation, or what the routing table says where nobody has explained. */
const states: Readonly<Record<string, Ruling>> = {
  no_valid_shard_copy: noValidCopyRuling,
  allocation_delayed: delayedRuling,
  delayed_allocation: delayedRuling,
  awaiting_info: fetchingRuling,
  fetching_shard_data: fetchingRuling,
  throttled: throttledRuling,
  deciders_throttled: throttledRuling,
  yes: soonRuling,
  no_attempt: soonRuling,
}

const stateOf = ([copy]: readonly UnassignedCopy[]): string =>
  copy?.delayed ? 'delayed_allocation' : (copy?.lastStatus ?? '')

const mostRetries = 5

/** Nobody has explained it: what can be told from the copy and the settings alone. */
function guess([copy]: readonly UnassignedCopy[], facts: TriageFacts): Ruling {
  if (copy !== undefined && copy.failedAttempts >= mostRetries) return retriesRuling
  return scopesOf(allocationEnable, facts).some(({ value }) => value !== 'all') ? enableRuling : unknownRuling
}
