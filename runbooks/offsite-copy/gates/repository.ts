// Gates about the repository: the cluster's own, a directory, at rest, and really what lies on the host.
import { type Gate, pass, refuse } from '#sdk'
import type { CopyFacts } from '../facts.ts'
import type { CopyParams } from '../params.ts'

export const repositoryGates: readonly Gate<CopyFacts, CopyParams>[] = [
  {
    name: 'repository_is_registered',
    prevents: 'A copy of something that the cluster no longer writes its snapshots to.',
    waivable: 'never',
    check: ({ repository }, params) =>
      repository === null
        ? refuse(`the cluster has no repository ${params.repository}`)
        : pass(`${repository.name}, type ${repository.type}`),
  },
  {
    name: 'repository_is_a_directory',
    prevents: 'Looking for files of a repository that is itself in an object store.',
    waivable: 'never',
    check: ({ repository, directory }) =>
      repository?.type !== 'fs' || directory === ''
        ? refuse(`${repository?.name ?? 'it'} is of type ${repository?.type ?? 'none'}, with no directory`)
        : pass(directory),
  },
  {
    name: 'nothing_works_on_the_repository',
    prevents: 'A copy whose index names files that came, or went, while it was being made.',
    waivable: 'never',
    check: ({ work }) => {
      const [first] = work
      return first === undefined
        ? pass('no snapshot, deletion or clean-up runs on it')
        : refuse(`a ${first.kind} runs on it${first.snapshots.map(name => `, ${name}`).join('')}`)
    },
  },
  {
    name: 'repository_lies_on_the_host',
    prevents: 'An empty mount point, or yesterday’s mount, copied over the only copy that is left.',
    waivable: 'never',
    check: ({ host, directory, ends, snapshots, missing }, params) => {
      if (host === '')
        return refuse(
          params.host === undefined
            ? 'no host of the inventory has the directory (es_repo_dir)'
            : `${params.host} is no host of the inventory that has the directory`,
        )
      const source = ends?.source ?? null
      if (source === null)
        return refuse(`${host} was not asked${missing.length > 0 ? ': see the store' : ''}`)
      if (!source.exists) return refuse(`${host} has no directory ${directory}`)
      if (source.generation === null) return refuse(`${directory} on ${host} holds no repository`)
      if (source.missing.length > 0)
        return refuse(`${directory} on ${host} lacks the newest snapshot's file ${source.missing.join(', ')}`)
      return pass(`${host}:${directory}, generation ${source.generation}, ${snapshots.length} snapshots`)
    },
  },
]
