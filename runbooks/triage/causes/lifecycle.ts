// Indices that should have moved on, should be gone, or lie on disks that nobody looks at. Pure.
import { sayFew, sayTime } from '#sdk'
import type { Cause } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { advise, retryLifecycle } from './remedies.ts'
import { makeCause } from './sighting.ts'

export const decideLifecycle = (facts: TriageFacts): readonly Cause[] => [
  ...decideErrors(facts),
  ...decideOverdue(facts),
]

function decideErrors({ lifecycle }: TriageFacts): readonly Cause[] {
  const errors = lifecycle?.ilm?.errors ?? []
  if (errors.length === 0) return []
  const indices = errors.map(({ index }) => index)
  return [
    {
      ...makeCause(
        'lifecycle_error',
        `the lifecycle of ${sayFew(indices, 3)} stands still at an error`,
        errors.map(({ index, step, message }) => `${index}: ${step}: ${message}`),
        [retryLifecycle(indices), advise('if it fails again: mend what it says', 'GET INDEX/_ilm/explain')],
      ),
      indices,
    },
  ]
}

/** Logs are deleted after 90 days; a day for whoever deletes them. */
const [deleteAfterDays, dayMs] = [90, 86_400_000]
const overdueMs = (deleteAfterDays + 1) * dayMs
const daily = /-\d{4}[.-]\d{2}[.-]\d{2}/

function decideOverdue({ shardMap, nowMs, lifecycle }: TriageFacts): readonly Cause[] {
  const overdue = (shardMap?.indices ?? [])
    .filter(
      ({ name, createdAtMs }) => daily.test(name) && !name.startsWith('.') && nowMs - createdAtMs > overdueMs,
    )
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
  const [oldest] = overdue
  if (oldest === undefined) return []
  const indices = overdue.map(({ name }) => name)
  const mode = lifecycle?.ilm?.mode
  return [
    {
      ...makeCause(
        'lifecycle_overdue',
        `${indices.length} daily indices are older than ${deleteAfterDays} days and not deleted, the oldest ${oldest.name}`,
        [
          `${oldest.name} was made at ${sayTime(oldest.createdAtMs)}`,
          ...(mode === undefined
            ? ['this cluster has no lifecycle management']
            : [`lifecycle management: ${mode}`]),
        ],
        [
          advise(
            mode !== undefined && mode !== 'RUNNING'
              ? 'start lifecycle management again'
              : 'see why nothing deletes them; deleting is for whoever owns them',
            mode !== undefined && mode !== 'RUNNING' ? 'POST _ilm/start' : 'GET INDEX/_ilm/explain',
          ),
        ],
      ),
      indices,
    },
  ]
}

export function decideDangling({ dangling, shardMap, nowMs }: TriageFacts): readonly Cause[] {
  return (dangling ?? []).map(({ name, uuid, createdAtMs, nodes }) => {
    const taken = shardMap?.indices.some(index => index.name === name) ?? false
    const odd = createdAtMs > nowMs || createdAtMs <= 0
    return {
      ...makeCause(
        'dangling',
        `${name} lies on the disk of ${sayFew(nodes)} and is not in the cluster`,
        [
          `uuid ${uuid}, made at ${sayTime(Math.max(0, createdAtMs))}`,
          ...(taken ? ['an index of this name is in the cluster'] : []),
        ],
        taken || odd
          ? [
              advise(
                taken
                  ? 'an index of this name is there: compare both by a copy of the disk, then delete one'
                  : 'its time of making makes no sense: find out where it is from',
                `DELETE _dangling/${uuid}?accept_data_loss=true`,
              ),
            ]
          : [
              {
                do: 'import-dangling',
                uuid,
                index: name,
                risk: 'reversible',
                text: `take ${name} into the cluster, unless somebody has deleted it on purpose while ${sayFew(nodes)} was away`,
                command: `ops run reroute --import-dangling ${uuid}`,
              },
            ],
      ),
      indices: [name],
    } satisfies Cause
  })
}
