// Asks the cluster why copies are unassigned, once for all that are alike and never more often than the budget allows. Reads only.
import type { Explanation, IndexSettings, Look, UnassignedCopy } from '#sdk'
import type { ClusterFacts, Explained, TriageHost } from './facts.ts'
import { type Group, groupCopies, splitByPrimary } from './group-copies.ts'
import { findMissing, isOfAway } from './missing-nodes.ts'
import type { Eyes } from './open-eyes.ts'

const mostExplains = 50
const leastExplains = 5
/** All looks of a triage together stay under 200 requests; what follows needs some of them. */
const budget = 160
/** The server computes an explanation on its master: few at a time. */
const atOnce = 4
/** So many without an answer, and nobody is asked any more. */
const patience = 3
/** What decides where a copy may be. */
const settings = [
  'index.routing.*',
  'index.number_of_replicas',
  'index.auto_expand_replicas',
  'index.blocks.*',
  'index.store.snapshot.*',
]

export interface CopyFacts {
  readonly groups: readonly Explained[]
  /** Of the indices that lack copies. */
  readonly indexSettings: Readonly<Record<string, IndexSettings>>
}

export async function lookAtCopies(
  look: Look,
  eyes: Eyes,
  { unassigned, members }: ClusterFacts,
  hosts: readonly TriageHost[],
): Promise<CopyFacts> {
  if (unassigned === null || unassigned.length === 0) return { groups: [], indexSettings: {} }
  const found = await eyes.see('settings of indices', 1, () => look.indices.settings(settings))
  const missing = findMissing(hosts, members)
  const isAway = (copy: UnassignedCopy) => isOfAway(copy, members, missing)
  const groups = groupCopies(splitByPrimary(unassigned).own, {
    isAway,
    settingsOf: index => found?.get(index) ?? {},
  })
  const wanted = new Set(unassigned.map(({ index }) => index))
  return {
    groups: await explainGroups(look, eyes, groups),
    indexSettings: Object.fromEntries([...(found ?? [])].filter(([index]) => wanted.has(index))),
  }
}

async function explainGroups(look: Look, eyes: Eyes, groups: readonly Group[]): Promise<Explained[]> {
  const most = Math.min(mostExplains, Math.max(leastExplains, budget - eyes.requests))
  const asked = chooseAsked(groups, most)
  const found = new Map<string, Explanation>()
  let failures = 0
  const rest = asked.values()
  const askOn = async (): Promise<void> => {
    for (const { key, copies } of rest) {
      const [copy] = copies
      if (copy === undefined || failures >= patience) continue
      const { index, shard, primary } = copy
      const explanation = await eyes.see(`explanation of ${index}[${shard}]`, 1, () =>
        look.allocation.explain({ index, shard, primary }),
      )
      if (explanation === null) failures += 1
      else found.set(key, explanation)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, askOn))
  if (failures >= patience)
    eyes.leaveOut('explanations', `not asked any more after ${failures} without an answer`)
  return lendExplanations(groups, found)
}

/** One of each kind first; then more of the same kinds, to see whether they are as alike as they look. */
export function chooseAsked(groups: readonly Group[], most: number): readonly Group[] {
  const kinds = new Set<string>()
  const firsts = groups.filter(({ kind }) => !kinds.has(kind) && kinds.add(kind))
  const chosen = new Set(firsts)
  return [...firsts, ...groups.filter(group => !chosen.has(group))].slice(0, most)
}

/** A group that was not asked for is as the first of its kind. */
export function lendExplanations(
  groups: readonly Group[],
  found: ReadonlyMap<string, Explanation>,
): Explained[] {
  const ofKind = new Map<string, Explanation>()
  for (const { key, kind } of groups) {
    const own = found.get(key)
    if (own !== undefined && !ofKind.has(kind)) ofKind.set(kind, own)
  }
  return groups.map(group => ({
    ...group,
    explanation: found.get(group.key) ?? ofKind.get(group.kind) ?? null,
  }))
}
