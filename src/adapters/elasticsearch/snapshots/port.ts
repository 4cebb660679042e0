// SnapshotsPort on a cluster, composed from a file per topic.
import type { SnapshotsPort } from '../../../ports/snapshots.ts'
import type { Pool } from '../pool.ts'
import { listSnapshots, readProgress } from './list.ts'
import { cleanUpRepository, readRepositories, registerRepository, verifyRepository } from './repositories.ts'
import { beginRestore, readRecoveries } from './restore.ts'
import { createSnapshot, removeSnapshots } from './take.ts'
import { readRestores, readWork } from './work.ts'

export const openSnapshots = (pool: Pool): SnapshotsPort => ({
  repositories: () => readRepositories(pool),
  verify: repository => verifyRepository(pool, repository),
  register: (repository, verify) => registerRepository(pool, repository, verify),
  list: repository => listSnapshots(pool, repository),
  progress: (repository, snapshot) => readProgress(pool, repository, snapshot),
  work: () => readWork(pool),
  create: request => createSnapshot(pool, request),
  remove: (repository, snapshots) => removeSnapshots(pool, repository, snapshots),
  cleanUp: repository => cleanUpRepository(pool, repository),
  restore: request => beginRestore(pool, request),
  restores: () => readRestores(pool),
  recoveries: indices => readRecoveries(pool, indices),
})
