// Gates on the room that is left: bytes and shards. Shared by every runbook that restores.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { explainDisk, explainShards } from '../room.ts'
import type { SourceFacts } from '../source.ts'

export const roomGates: readonly Gate<SourceFacts, unknown>[] = [
  {
    name: 'enough_disk',
    prevents: 'A restore that fills the disks and makes every other index read-only.',
    waivable: 'approval',
    check: facts => {
      const { troubles, fine } = explainDisk(facts.needs, facts)
      return refuseAny(troubles, fine)
    },
  },
  {
    name: 'shard_limit_holds',
    prevents: 'No new index being made any more, tomorrow’s among them, because restored ones count too.',
    waivable: 'never',
    check: ({ needs, budget }) => {
      const { fits, text } = explainShards(needs, budget)
      return fits ? pass(text) : refuse(text)
    },
  },
]
