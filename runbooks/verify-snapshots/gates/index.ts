// The table: what must be true before a sample is restored.
import { type Gate, pass, refuse, refuseAny, sayBytes } from '#sdk'
import { roomGates } from '../../restore/gates/room.ts'
import { sourceGates } from '../../restore/gates/source.ts'
import type { VerifyFacts } from '../facts.ts'
import type { VerifyParams } from '../params.ts'

export const gates: readonly Gate<VerifyFacts, VerifyParams>[] = [
  ...sourceGates,
  {
    name: 'budget_bears_an_index',
    prevents: 'A verification that finds nothing wrong, night after night, because it looks at nothing.',
    waivable: 'reason',
    check: ({ sample: { chosen }, candidates, budgetBytes }) => {
      if (chosen.length > 0) return pass(`${chosen.length} of ${candidates.length} indices`)
      const smallest = Math.min(...candidates.map(({ bytes }) => bytes))
      return candidates.length === 0
        ? refuse('the snapshot has no index to verify')
        : refuse(`the smallest index has ${sayBytes(smallest)}, the budget is ${sayBytes(budgetBytes)}`)
    },
  },
  {
    name: 'no_earlier_copy_lies_about',
    prevents: 'Disks that fill up with what killed verifications have left.',
    waivable: 'reason',
    check: ({ leftBehind }) =>
      refuseAny(
        leftBehind.map(({ name }) => `${name} is still there: ops abort its run, or delete it`),
        'no drill-* index is there',
      ),
  },
  ...roomGates,
]
