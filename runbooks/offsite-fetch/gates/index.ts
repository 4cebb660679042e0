// The table: what must be true before a copy is fetched and registered.
import { type Gate, pass, refuse, sayBytes } from '#sdk'
import { sayPlace } from '../../offsite-copy/store.ts'
import type { FetchFacts } from '../facts.ts'
import type { FetchParams } from '../params.ts'

/** Beside the copy itself, for what else is written there meanwhile. */
const margin = 1.05

export const gates: readonly Gate<FetchFacts, FetchParams>[] = [
  {
    name: 'store_is_in_the_inventory',
    prevents: 'Fetching from a place that nobody has copied to.',
    waivable: 'never',
    check: ({ missing, store, host }, { repository, host: wanted }) => {
      if (host === '')
        return refuse(
          `no host of the inventory has es_repo_dir${wanted === undefined ? '' : ` and is called ${wanted}`}`,
        )
      return missing.length > 0
        ? refuse(`the inventory lacks ${missing.join(', ')}`)
        : pass(sayPlace(store, repository))
    },
  },
  {
    name: 'the_store_answers',
    prevents: 'A target that is half filled when it turns out that the keys are not known to the store.',
    waivable: 'never',
    check: ({ ends, host }) => {
      if (ends === null) return refuse('it was not asked')
      if (ends.rclone === null) return refuse(`rclone is not installed on ${host}: apt-get install rclone`)
      return ends.store.problem === null
        ? pass(`it does, by rclone ${ends.rclone}`)
        : refuse(ends.store.problem)
    },
  },
  {
    name: 'copy_is_whole',
    prevents: 'A restore from half a repository.',
    waivable: 'never',
    check: ({ ends }) => {
      const marker = ends?.store.marker ?? null
      if (marker === null) return refuse('the store has no copy of it, or none that was marked')
      if (marker.whole === null)
        return refuse(`its only copy is unfinished: run ${marker.run} of ${marker.started_at}`)
      return pass(
        marker.state === 'finished'
          ? `generation ${marker.whole}, finished ${marker.ended_at ?? ''}`
          : `generation ${marker.whole} is whole; the copy of ${marker.generation} that came after it is unfinished`,
      )
    },
  },
  {
    name: 'target_is_where_nodes_may_read',
    prevents: 'Hours of fetching into a directory that Elasticsearch then refuses (path.repo).',
    waivable: 'reason',
    check: ({ into, base }) =>
      into.startsWith(`${base === '/' ? '' : base}/ops-fetched/`)
        ? pass(`${into}, inside ${base}`)
        : refuse(`${into} is not inside ${base}/ops-fetched, where nodes read and no copy looks`),
  },
  {
    name: 'target_is_empty_or_was_fetched',
    prevents: 'Files of somebody else deleted because they are not in the copy.',
    waivable: 'never',
    check: ({ into, ends }) => {
      const target = ends?.target ?? null
      if (target === null) return refuse('the target was not looked at')
      if (target.entries === 0) return pass(`${into} is empty`)
      return target.fetched
        ? pass(`${into} holds an earlier fetch`)
        : refuse(`${into} holds ${target.entries} files or directories that no fetch has put there`)
    },
  },
  {
    name: 'target_has_room',
    prevents: 'The disk of the snapshots filled by their own copy, so that tonight’s snapshot fails.',
    waivable: 'reason',
    check: ({ ends }) => {
      const [free, bytes] = [ends?.target?.free ?? null, ends?.store.marker?.whole_bytes ?? null]
      if (free === null || bytes === null) return refuse('the size of the copy or the room is not known')
      const text = `${sayBytes(bytes)} are fetched, ${sayBytes(free)} are free`
      return bytes * margin > free && ends?.target?.fetched !== true ? refuse(text) : pass(text)
    },
  },
  {
    name: 'name_is_free_or_holds_a_fetch',
    prevents: 'A repository that snapshots go to, replaced by a read-only one.',
    waivable: 'never',
    check: ({ repositories, into }, { as }) => {
      const there = repositories.find(({ name }) => name === as)
      if (there === undefined) return pass(`${as} is free`)
      return there.readOnly && there.settings.location === into
        ? pass(`${as} is registered for ${into} already`)
        : refuse(
            `${as} is registered as type ${there.type} for ${there.settings.location ?? 'another place'}`,
          )
    },
  },
  {
    name: 'nobody_restores_from_the_target',
    prevents: 'A running restore whose files are replaced under it.',
    waivable: 'never',
    check: ({ restores }, { as }) => {
      const one = restores.find(({ repository }) => repository === as)
      return one === undefined
        ? pass('no restore reads from it')
        : refuse(`${one.snapshot} is being restored from it`)
    },
  },
]
