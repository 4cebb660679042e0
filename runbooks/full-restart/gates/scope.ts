// Gates on what is to be stopped and on its hosts: it is something, it can be reached, it would come back.
import { pass, refuse, refuseAny } from '#sdk'
import type { FullGate } from './gate.ts'

export const scopeGates: readonly FullGate[] = [
  {
    name: 'there_is_something_to_stop',
    prevents: 'People who pull a plug because a run has ended well that stopped nothing.',
    waivable: 'never',
    check: ({ fleets, source }) =>
      fleets.length === 0
        ? refuse(`${source} has no service that --only and --keep leave to be stopped`)
        : pass(fleets.map(({ name, hosts }) => `${name} on ${hosts.length}`).join(', ')),
  },
  {
    name: 'every_host_can_be_asked',
    prevents: 'A platform that is half down because one host takes no orders.',
    waivable: 'never',
    check: ({ states }) =>
      refuseAny(
        states
          .filter(({ state }) => state === 'unknown')
          .map(({ host, service, says }) => `${service} on ${host}: ${says}`),
        `${states.length} services on their hosts say how they are`,
      ),
  },
  {
    name: 'ingest_stops_before_elasticsearch',
    prevents: 'Events that are thrown away because their writers meet a cluster that is not there.',
    waivable: 'reason',
    check: ({ fleets, kept }) =>
      fleets.some(({ name }) => name === 'elasticsearch') && kept.includes('logstash')
        ? refuse('Elasticsearch would stop while Logstash goes on writing: add logstash to --only')
        : pass('nobody of ours writes to what is stopped'),
  },
  {
    name: 'hosts_would_let_everything_come_back',
    prevents: 'Finding out with everything down that a node cannot start.',
    waivable: 'reason',
    check: ({ lint }) =>
      refuseAny(
        lint.flatMap(({ host, errors }) => errors.map(error => `${host}: ${error}`)),
        `${lint.length} hosts checked`,
      ),
  },
  {
    name: 'no_run_left_anything_behind',
    prevents:
      "Stopping in the middle of somebody else's run, and giving back its settings as if they were wanted.",
    waivable: 'never',
    check: ({ leftovers }) =>
      refuseAny(
        leftovers.map(({ run, name }) => `run ${run} has not given back ${name}: ops abort ${run}`),
        'no temporary setting is left',
      ),
  },
]
