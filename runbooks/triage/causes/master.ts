// Whether the cluster has a master, and one that stays. Pure.
import { sayFew } from '#sdk'
import type { Cause, Remedy } from '../diagnosis.ts'
import type { TriageFacts } from '../facts.ts'
import { mayVote, sayEndpoint } from '../missing-nodes.ts'
import { advise, startNodes, waitFor } from './remedies.ts'
import { makeCause } from './sighting.ts'

export function decideMaster(facts: TriageFacts): readonly Cause[] {
  const { master, endpoints } = facts
  if (master === null) return endpoints.every(({ identity }) => identity === null) ? [nobody(facts)] : []
  if (master.elected === null) return [withoutMaster(facts)]
  return master.stable === 'red' || master.stable === 'yellow' ? [unstable(facts, master.stable)] : []
}

const silentIn = ({ hosts, endpoints }: TriageFacts): readonly TriageFacts['hosts'][number][] =>
  hosts.filter(({ name }) => endpoints.find(({ host }) => host === name)?.identity === null)

const sayEach = (names: readonly string[], { endpoints }: TriageFacts): readonly string[] =>
  names.map(name => `${name}: ${sayEndpoint(name, endpoints) ?? 'was not asked'}`)

/** Nothing answers at all. */
function nobody(facts: TriageFacts): Cause {
  const names = facts.hosts.map(({ name }) => name)
  return makeCause(
    'no_master',
    names.length === 0
      ? 'nobody of the cluster could be asked'
      : `no node of the inventory answers: ${sayFew(names)}`,
    sayEach(names, facts),
    [
      ...(facts.endpoints.length > 0 ? [startNodes(names)] : []),
      advise('see whether the hosts can be reached from here, and whether their processes run', 'ops doctor'),
    ],
  )
}

function withoutMaster(facts: TriageFacts): Cause {
  const voters = facts.hosts.filter(mayVote)
  const silent = silentIn(facts)
  const gone = silent.filter(host => voters.length === 0 || mayVote(host)).map(({ name }) => name)
  const needed = Math.floor(voters.length / 2) + 1
  const sentence =
    gone.length === 0
      ? 'the cluster has no elected master, although every node that may be one answers'
      : `the cluster has no elected master: ${sayFew(gone)} ${gone.length === 1 ? 'does' : 'do'} not answer${voters.length > 0 ? `, and ${needed} of ${voters.length} are needed` : ''}`
  return makeCause(
    'no_master',
    sentence,
    [facts.master?.symptom ?? '', ...sayEach(gone, facts)].filter(Boolean),
    [
      ...(gone.length > 0 ? [startNodes(gone)] : [waitFor(60_000, 'wait: an election takes seconds')]),
      advise(
        'read what the nodes say of the election: who is in the voting configuration, and whom they find',
        'grep ClusterFormationFailureHelper on every node that may be master',
      ),
    ],
  )
}

const oldTaskMs = 30_000

function unstable(facts: TriageFacts, stable: 'red' | 'yellow'): Cause {
  const { master, pendingTasks } = facts
  const gone = silentIn(facts)
    .filter(mayVote)
    .map(({ name }) => name)
  const busy = pendingTasks !== null && pendingTasks.oldestMs > oldTaskMs
  const remedies: readonly Remedy[] = [
    ...(gone.length > 0 ? [startNodes(gone)] : []),
    advise(
      'leave every shard alone until the master has stayed the same for a while; look at its network, disk and garbage collection',
      'GET _health_report/master_is_stable',
    ),
  ]
  return makeCause(
    'master_unstable',
    `the master does not stay (${stable}): ${master?.symptom ?? ''}`,
    [
      `elected now: ${master?.elected}`,
      ...(busy
        ? [
            `${pendingTasks.count} tasks wait for it, the oldest for ${Math.round(pendingTasks.oldestMs / 1000)} s: ${sayFew(pendingTasks.sources, 3)}`,
          ]
        : []),
      ...sayEach(gone, facts),
    ],
    remedies,
  )
}

/** Left behind by somebody who took a master out: the cluster can stand fewer losses than it should. */
export function decideVoting({ coordination, members }: TriageFacts): readonly Cause[] {
  const exclusions = coordination?.exclusions ?? []
  if (exclusions.length === 0) return []
  const there = exclusions.filter(({ nodeId }) => members?.some(({ id }) => id === nodeId))
  const names = exclusions.map(({ nodeName }) => nodeName)
  return [
    makeCause(
      'voting_exclusions',
      `${sayFew(names)} may not vote: ${exclusions.length === 1 ? 'an exclusion' : 'exclusions'} from voting ${exclusions.length === 1 ? 'was' : 'were'} left behind`,
      [
        there.length > 0
          ? `members all the same: ${sayFew(there.map(({ nodeName }) => nodeName))}`
          : 'none of them is a member',
      ],
      [
        {
          do: 'clear-voting-exclusions',
          risk: 'reversible',
          text: 'clear the exclusions, unless somebody is just taking these nodes out',
          command: 'DELETE _cluster/voting_config_exclusions?wait_for_removal=false',
        },
      ],
    ),
  ]
}
