// The batches of a run: which indices it restores together, under which names. Pure.
import type { Run } from '#sdk'
import { type Batch, withoutForCopies, withoutInPlace } from './batch.ts'
import type { RestoreDetails } from './plan.ts'

const prefixOf = ({ id }: Pick<Run, 'id'>): string => `restored-${id}-`

export const asideOf = (run: Pick<Run, 'id'>, { from, aside, replicas }: RestoreDetails): Batch => ({
  ...{ key: 'aside', from, indices: aside, replicas },
  prefix: prefixOf(run),
  without: withoutInPlace,
})

/** Those that have nothing to restore are left out. */
export function batchesOf(run: Pick<Run, 'id'>, details: RestoreDetails): readonly Batch[] {
  const { from, renamed, straight, replicas } = details
  const all: readonly Batch[] = [
    {
      ...{ key: 'renamed', from, indices: renamed, replicas },
      prefix: prefixOf(run),
      without: withoutForCopies,
    },
    { ...{ key: 'straight', from, indices: straight, replicas }, prefix: '', without: withoutInPlace },
    asideOf(run, details),
  ]
  return all.filter(({ indices }) => indices.length > 0)
}
