// Gates on reading the gap again from Kafka.
import { type Gate, pass, refuse, sayCount, sayFew, sayTime } from '#sdk'
import type { RestoreFacts } from '../facts.ts'
import { isGeneratedId } from '../gap.ts'
import type { RestoreParams } from '../params.ts'

export const backfillGates: readonly Gate<RestoreFacts, RestoreParams>[] = [
  {
    name: 'backfill_makes_no_duplicates',
    prevents:
      'Every record of hours twice, in every index that the same topics feed, because ids are made anew.',
    waivable: 'reason',
    applies: ({ backfill }) => backfill,
    check: ({ gaps, gapFromMs, manifest: { manifest } }) => {
      const records = gaps.reduce((sum, one) => sum + one.records, 0)
      const again = `${sayCount(records)} records since ${sayTime(gapFromMs)} are read again`
      if (records === 0) return pass('nothing is read again')
      if (manifest === null)
        return refuse(`${again}, and nobody knows whether documents have ids of their own`)
      const generated = manifest.indices.filter(({ samples }) => samples.some(({ id }) => isGeneratedId(id)))
      if (generated.length === 0) return pass(`${again}; documents have ids of their own`)
      const names = sayFew(generated.map(({ index }) => index))
      return refuse(
        `${again}; documents without an id of their own come twice, in ${names} and whatever else those topics feed`,
      )
    },
  },
]
