// Gates on the cluster as a whole: somebody decides where copies go, nobody else is changing it, and what matters was seen.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { Diagnosis } from '../../triage/diagnosis.ts'
import { chooseDeed, ofMembership } from '../choose.ts'
import type { RerouteFacts } from '../facts.ts'
import type { RerouteParams } from '../params.ts'

/**
 * Without these a diagnosis is still one of the shards. Of many alike not all are explained: what is not understood is left alone, and a loss
 * has looks of its own.
 */
const notNeeded = [
  ...['lifecycle', 'pending tasks', 'sizes of copies', 'running snapshots', 'limit of shards', 'watermarks'],
  ...['dangling indices', 'repositories', 'snapshots', 'topics', 'offsets', 'times', 'what can be read'],
  ...['explanation', 'settings of indices', 'what is left of red indices'],
]

/** What a diagnosis has not seen and had to: without it copies seem to be there that nobody has looked for. */
export const unseenIn = ({ blind }: Pick<Diagnosis, 'blind'>): readonly string[] =>
  // A line of what was not seen begins with its name.
  blind.filter(line => !notNeeded.some(name => line.startsWith(name)))

/** The first deed is one that brings members back: it touches no shard, and needs no more than is seen without a master. */
function comesFirst(facts: RerouteFacts, params: RerouteParams): string | null {
  const [first] = chooseDeed(facts.diagnosis, [], params, facts).deed?.remedies ?? []
  return first !== undefined && (first.do === 'wait' || ofMembership.includes(first.do)) ? first.text : null
}

export const clusterGates: readonly Gate<RerouteFacts, RerouteParams>[] = [
  {
    name: 'the_master_is_stable_or_nodes_come_first',
    prevents: 'Copies being moved about by one master and lost sight of by the next.',
    waivable: 'never',
    check: (facts, params) => {
      const { elected, stable, symptom } = facts.master
      if (elected !== null && (stable === 'green' || stable === 'unknown'))
        return pass(`${elected} is the master`)
      const first = comesFirst(facts, params)
      return first === null
        ? refuse(`no stable master: ${symptom}`)
        : pass(`no stable master; first: ${first}`)
    },
  },
  {
    name: 'no_unfinished_run_has_changed_settings',
    prevents: 'Taking the settings of a run that died for the cause, and its own way back being lost.',
    waivable: 'reason',
    check: ({ leftovers }) =>
      refuseAny(
        [
          ...new Set(
            leftovers
              .filter(({ kind }) => kind.startsWith('elasticsearch.'))
              .map(({ run, name }) => `run ${run} has changed ${name}: ops abort ${run}`),
          ),
        ],
        'no unfinished run has anything to give back',
      ),
  },
  {
    name: 'the_diagnosis_has_seen_what_matters',
    prevents: 'Giving up a copy that only did not answer in time.',
    waivable: 'never',
    check: (facts, params) => {
      const { blind } = facts.diagnosis
      const missing = unseenIn(facts.diagnosis)
      if (missing.length > 0 && comesFirst(facts, params) !== null)
        return pass(`without ${missing.join('; ')}: nodes come first`)
      return refuseAny(missing, blind.length === 0 ? 'everything answered' : `without ${blind.join('; ')}`)
    },
  },
]
