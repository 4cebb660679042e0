// The table: what must be true before anything is deleted. A repository that cannot be pruned is left out and named; only when none
// can be, nothing begins.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import { explainBusy, type PruneFacts } from '../facts.ts'
import type { PruneParams } from '../params.ts'

export const gates: readonly Gate<PruneFacts, PruneParams>[] = [
  rightCluster('Deleting backups of production when the inventory of the lab was meant.'),
  {
    name: 'repositories_are_registered',
    prevents: 'A misspelt name that prunes nothing, night after night, until the disk is full.',
    waivable: 'never',
    check: ({ repositories, registered }) =>
      refuseAny(
        repositories
          .filter(({ repository }) => repository === null)
          .map(({ name }) => `${name} is not registered; there are ${registered.join(', ') || 'none'}`),
        repositories.map(({ name }) => name).join(', ') || 'none is asked for',
      ),
  },
  {
    name: 'a_repository_is_free_to_be_pruned',
    prevents: 'Deleting files while they are restored from, or while a snapshot builds upon them.',
    waivable: 'never',
    check: facts => {
      const busy = facts.repositories.map(one => ({ name: one.name, why: explainBusy(one, facts) }))
      const free = busy.filter(({ why }) => why === null).map(({ name }) => name)
      const others = busy.filter(({ why }) => why !== null).map(({ name, why }) => `${name}: ${why}`)
      if (free.length === 0) return refuse(others.join('; ') || 'no repository is asked for')
      return pass([free.join(', '), ...others.map(one => `left out: ${one}`)].join('; '))
    },
  },
]
