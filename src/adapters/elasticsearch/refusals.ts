// What the server calls its refusals about snapshots and indices, as codes of ours. A type that is not here stays a plain
// rejection; nothing is guessed from the status alone.
import type { Code } from '#errors'

interface Refusal {
  readonly code: Code
  readonly hint: string
}

/** The code of an error body by its type and, where one type stands for several things, its reason. */
export function readRefusal(type: string, reason: string): Refusal | null {
  // Its type differs from one version of the server to the next.
  if (reason.includes('readonly repository')) return broken
  const found = known[type]
  return typeof found === 'function' ? found(reason) : (found ?? null)
}

const broken: Refusal = {
  code: 'REPOSITORY_BROKEN',
  hint: 'see that every node has the repository mounted, writable and not full',
}
const inUse: Refusal = { code: 'CLUSTER_BUSY', hint: 'wait for the snapshot or restore that is under way' }
const nameTaken: Refusal = { code: 'SNAPSHOT_EXISTS', hint: 'take another name' }
const indexTaken: Refusal = {
  code: 'INDEX_EXISTS',
  hint: 'take another name, or close or delete what has this one',
}
const snapshotMissing: Refusal = {
  code: 'SNAPSHOT_MISSING',
  hint: 'check the name of the snapshot: GET _snapshot/REPOSITORY/_all',
}
const notRestored: Refusal = {
  code: 'RESTORE_FAILED',
  hint: 'choose another snapshot or other indices of it',
}

const known: Readonly<Record<string, Refusal | ((reason: string) => Refusal | null)>> = {
  repository_missing_exception: {
    code: 'REPOSITORY_MISSING',
    hint: 'check the name of the repository: GET _snapshot',
  },
  repository_verification_exception: broken,
  repository_exception: broken,
  // A snapshot cannot begin where a primary is missing: that is no trouble of the repository.
  snapshot_exception: reason => (reason.includes('primary shards') ? null : broken),
  repository_conflict_exception: inUse,
  concurrent_snapshot_execution_exception: inUse,
  snapshot_in_progress_exception: inUse,
  snapshot_missing_exception: snapshotMissing,
  snapshot_name_already_in_use_exception: nameTaken,
  invalid_snapshot_name_exception: reason => (reason.includes('same name') ? nameTaken : null),
  snapshot_restore_exception: reason => {
    if (reason.includes('open index with same name')) return indexTaken
    return reason.includes('snapshot does not exist') ? snapshotMissing : notRestored
  },
  resource_already_exists_exception: indexTaken,
  invalid_index_name_exception: reason => (reason.includes('already exists') ? indexTaken : null),
}
