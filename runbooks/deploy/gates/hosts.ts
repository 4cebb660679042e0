// Gates on the hosts: each can be reached and changed, and has what its systems need.
import { type Gate, refuseAny } from '#sdk'
import type { DeployFacts } from '../facts.ts'
import type { DeployParams } from '../params.ts'

export const hostGates: readonly Gate<DeployFacts, DeployParams>[] = [
  {
    name: 'every_host_answers',
    prevents: 'A rollout that stops half way because a host was away from the start.',
    waivable: 'never',
    check: ({ states }) =>
      refuseAny(
        states.flatMap(({ host, problem }) => (problem === null ? [] : [`${host}: ${problem}`])),
        `${states.length} hosts answer and let themselves be changed`,
      ),
  },
  {
    name: 'every_host_passes_its_preflight_checks',
    prevents:
      'A node that is installed and cannot start: too little memory or disk, a port taken, a name unknown.',
    waivable: 'reason',
    check: ({ preflight, states }) =>
      refuseAny(
        preflight.map(({ host, message }) => `${host}: ${message}`),
        `${states.length} hosts checked`,
      ),
  },
  {
    name: 'it_is_known_what_would_change',
    prevents: 'Applying what the check could not follow to its end.',
    waivable: 'reason',
    check: ({ parts }) =>
      refuseAny(
        parts.flatMap(({ system, preview }) =>
          preview.faults.map(({ host, message }) => `${system.name} on ${host}: ${message}`),
        ),
        'every check ran to its end',
      ),
  },
]
