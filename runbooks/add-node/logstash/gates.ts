// Gates on a host that joins the Logstash fleet.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import type { AddParams } from '../params.ts'
import type { ShipperFacts } from './facts.ts'

export const shipperGates: readonly Gate<ShipperFacts, AddParams>[] = [
  {
    name: 'host_passes_the_checks',
    prevents: 'A consumer that joins its group, dies, and takes its partitions away for a minute each time.',
    waivable: 'never',
    check: ({ preflight, wanted }) =>
      refuseAny(
        preflight.map(({ host, problem }) => `${host}: ${problem}`),
        `${wanted.length} hosts checked`,
      ),
  },
  {
    name: 'consumers_have_settled',
    prevents: 'A rebalance on top of a rebalance: nobody reads until both are over.',
    waivable: 'reason',
    check: ({ fleet, group }) => {
      if (fleet === null) return refuse('the inventory has no fleet of Logstash that it could join')
      if (group === null) return refuse(`nobody reads in ${fleet.group}`)
      const evidence = `${group.group} is ${group.state} with ${group.members.length} members`
      return group.state === 'Stable' ? pass(evidence) : refuse(evidence)
    },
  },
  {
    name: 'partitions_still_divide',
    prevents: 'Consumers without a partition, or some that read twice as much as others.',
    waivable: 'reason',
    check: ({ fleet, partitions, wanted }) => {
      if (fleet === null) return refuse('the inventory has no fleet of Logstash that it could join')
      const threads = (fleet.hosts.length + wanted.length) * fleet.threads
      const counts = Map.groupBy(
        partitions.filter(({ topic }) => fleet.topics.includes(topic)),
        ({ topic }) => topic,
      )
      return refuseAny(
        [...counts]
          .filter(([, own]) => own.length % threads !== 0)
          .map(([topic, own]) => `${topic} has ${own.length} partitions for ${threads} threads`),
        `${threads} threads: ${[...counts].map(([topic, own]) => `${topic} ${own.length}`).join(', ') || 'no topic named'}`,
      )
    },
  },
]
