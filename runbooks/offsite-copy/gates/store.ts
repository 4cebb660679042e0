// Gates about the store: named in the inventory, answering, with room.
import { type Gate, pass, refuse, sayBytes } from '#sdk'
import type { CopyFacts } from '../facts.ts'
import type { CopyParams } from '../params.ts'
import { sayPlace } from '../store.ts'

export const storeGates: readonly Gate<CopyFacts, CopyParams>[] = [
  {
    name: 'store_is_in_the_inventory',
    prevents: 'A copy to a place that nobody will look for on the day it is needed.',
    waivable: 'never',
    check: ({ missing, store }, { repository }) =>
      missing.length > 0
        ? refuse(`the inventory lacks ${missing.join(', ')}`)
        : pass(sayPlace(store, repository)),
  },
  {
    name: 'the_store_answers',
    prevents: 'Hours of copying towards a store that is away, or to which the keys are not known.',
    waivable: 'never',
    check: ({ ends, host }) => {
      if (ends === null) return refuse('it was not asked')
      if (ends.rclone === null) return pass(`rclone is not on ${host} yet; once it is, the store is asked`)
      return ends.store.problem === null
        ? pass(`it does, by rclone ${ends.rclone} on ${host}`)
        : refuse(ends.store.problem)
    },
  },
  {
    name: 'repository_fits_the_store',
    prevents: 'A store that is full in the middle of the night, with the last copy half replaced.',
    waivable: 'reason',
    check: ({ quotaBytes, ends }) => {
      if (quotaBytes === null) return pass('the inventory names no limit (offsite_quota_bytes)')
      const bytes = ends?.source?.bytes ?? null
      if (bytes === null) return refuse('the size of the repository is not known')
      // Old files go only when the new ones are all there.
      const before = ends?.store.marker?.whole_bytes ?? 0
      const most = Math.max(bytes, before) + Math.max(0, bytes - before)
      return most > quotaBytes
        ? refuse(`${sayBytes(most)} at its fullest, ${sayBytes(quotaBytes)} are allowed`)
        : pass(`${sayBytes(most)} of ${sayBytes(quotaBytes)} at its fullest`)
    },
  },
]
