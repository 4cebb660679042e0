// What would go and what would stay, as data. Pure.
import { type PlanBody, type Repository, sayFew } from '#sdk'
import { decidePrune, type PruneDecision } from './decide-prune.ts'
import { explainBusy, type PruneFacts, type RepositoryFacts } from './facts.ts'
import type { PruneParams } from './params.ts'

export type PlannedPrune = {
  readonly name: string
  readonly type: string
  readonly settings: Readonly<Record<string, string>>
  readonly readOnly: boolean
  /** Uuids too: a name may be another snapshot's by then. */
  readonly remove: readonly { readonly name: string; readonly uuid: string }[]
  readonly newestGood: string | null
}

export type PruneDetails = {
  readonly clusterUuid: string
  readonly repositories: readonly PlannedPrune[]
  /** Those that cannot be pruned now, and why. */
  readonly leftOut: readonly { readonly name: string; readonly why: string }[]
}

const secondsPerSnapshot = 5
const mostLines = 40
const nothing: Repository = { name: '', type: '', settings: {}, readOnly: false }

export function planPrune(facts: PruneFacts, params: PruneParams): PlanBody<PruneDetails> {
  const asked = facts.repositories.map(one => ({ one, why: explainBusy(one, facts) }))
  const free = asked.filter(({ why }) => why === null).map(({ one }) => one)
  const decisions = free.map(one => ({ one, decision: decideFor(one, params, facts.nowMs) }))
  const leftOut = asked.flatMap(({ one, why }) => (why === null ? [] : [{ name: one.name, why }]))
  const repositories = decisions.map(({ one, decision }) => toPlanned(one, decision))
  const count = repositories.reduce((sum, { remove }) => sum + remove.length, 0)
  return {
    expectedSeconds: count * secondsPerSnapshot,
    effects: [
      ...decisions.flatMap(({ one, decision }) => sayRemovals(one.name, decision)),
      ...(params.cleanup
        ? free.map(({ name }) => `delete what no snapshot of ${name} refers to any more`)
        : []),
    ],
    notes: [
      ...decisions.flatMap(({ one, decision }) => sayKept(one.name, decision)),
      ...leftOut.map(
        ({ name, why }) => `${name} is left out, and the run will say that it has failed: ${why}`,
      ),
    ],
    fingerprint: {
      cluster: facts.identity.clusterUuid,
      remove: repositories.flatMap(({ name, remove }) =>
        remove.map(one => `${name}/${one.name} ${one.uuid}`),
      ),
    },
    details: { clusterUuid: facts.identity.clusterUuid, repositories, leftOut },
  }
}

const decideFor = (
  { snapshots, proven }: RepositoryFacts,
  params: PruneParams,
  nowMs: number,
): PruneDecision =>
  decidePrune(
    snapshots.map(({ name, state, startedAtMs, metadata }) => ({
      ...{ name, state, startedAtMs },
      ours: metadata.taken_by === 'ops',
      proven: proven.includes(name),
    })),
    params,
    nowMs,
  )

function toPlanned(
  { name, repository, snapshots }: RepositoryFacts,
  { keep, remove }: PruneDecision,
): PlannedPrune {
  const { type, settings, readOnly } = repository ?? nothing
  const uuids = new Map(snapshots.map(one => [one.name, one.uuid]))
  return {
    ...{ name, type, settings, readOnly },
    remove: remove.map(one => ({ name: one.name, uuid: uuids.get(one.name) ?? '' })),
    newestGood: keep.find(({ because }) => because === 'it is the newest good one')?.name ?? null,
  }
}

function sayRemovals(name: string, { remove }: PruneDecision): string[] {
  if (remove.length > mostLines)
    return [
      `delete ${remove.length} snapshots from ${name}: ${sayFew(
        remove.map(one => one.name),
        mostLines,
      )}`,
    ]
  return remove.map(one => `delete ${name}/${one.name}: ${one.because}`)
}

function sayKept(name: string, { keep, remove }: PruneDecision): string[] {
  const lines = keep.slice(0, mostLines).map(one => `${name}/${one.name} stays: ${one.because}`)
  const more = keep.length > mostLines ? [`and ${keep.length - mostLines} more stay in ${name}`] : []
  return [`${name}: ${remove.length} go, ${keep.length} stay`, ...lines, ...more]
}
