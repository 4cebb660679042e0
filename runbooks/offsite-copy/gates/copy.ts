// Gates about the copy that is there: what goes wrong with a repository must not go on to its copy.
import { type Gate, pass, refuse, sayFew } from '#sdk'
import type { CopyFacts } from '../facts.ts'
import type { CopyParams } from '../params.ts'

/** More than this part of the copy's snapshots gone at once is no retention. */
const mostGone = 0.5

export const copyGates: readonly Gate<CopyFacts, CopyParams>[] = [
  {
    name: 'copy_never_goes_back',
    prevents: 'The copy of a repository replaced by that of a younger one, made anew after a loss.',
    waivable: 'approval',
    check: ({ ends }) => {
      const [now, copied] = [ends?.source?.generation ?? null, ends?.store.marker?.generation ?? null]
      if (copied === null) return pass('there is no copy yet')
      if (now === null) return refuse('the generation of the repository is not known')
      return now < copied
        ? refuse(`the repository is at generation ${now}, the copy at ${copied}`)
        : pass(`from generation ${copied} to ${now}`)
    },
  },
  {
    name: 'copy_keeps_most_snapshots',
    prevents: 'Snapshots that a mistake or an attacker has deleted, deleted from their only copy as well.',
    waivable: 'approval',
    check: ({ ends, snapshots }) => {
      const copied = ends?.store.marker?.snapshots ?? []
      const there = new Set(snapshots.map(({ uuid }) => uuid))
      const gone = copied.filter(one => !there.has(one.split(' ')[1] ?? ''))
      return gone.length > copied.length * mostGone
        ? refuse(
            `${gone.length} of the copy's ${copied.length} snapshots are gone from the repository: ${sayFew(gone.map(one => one.split(' ')[0] ?? ''))}`,
          )
        : pass(
            copied.length === 0
              ? 'no snapshot is in a copy yet'
              : `${copied.length - gone.length} of the copy's ${copied.length} snapshots stay`,
          )
    },
  },
]
