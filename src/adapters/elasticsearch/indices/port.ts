// IndicesPort on a cluster, composed from a file per topic.
import type { IndicesPort } from '../../../ports/indices.ts'
import type { Pool } from '../pool.ts'
import { readShardBudget } from './budget.ts'
import { removeIndices, replaceByAlias } from './change.ts'
import { hashDocuments, readContent, sampleDocuments } from './content.ts'
import { findIndices, readSettingsOfAll } from './facts.ts'

export const openIndices = (pool: Pool): IndicesPort => ({
  find: patterns => findIndices(pool, patterns),
  settings: names => readSettingsOfAll(pool, names),
  content: indices => readContent(pool, indices),
  sample: (index, count, seed) => sampleDocuments(pool, index, count, seed),
  hashes: (index, ids) => hashDocuments(pool, index, ids),
  remove: indices => removeIndices(pool, indices),
  replaceByAlias: change => replaceByAlias(pool, change),
  shardBudget: () => readShardBudget(pool),
})
