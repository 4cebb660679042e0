// Gates on a host that leaves the Logstash fleet.
import { type Gate, pass, refuse, refuseAny } from '#sdk'
import { instanceOf, readInstances } from '../../kafka-lag/instances.ts'
import { judgeLags } from '../../rolling-restart/consumer-lag.ts'
import type { ShipperFacts } from './facts.ts'

export const shipperGates: readonly Gate<ShipperFacts, unknown>[] = [
  {
    name: 'another_host_reads_the_group',
    prevents: 'Messages that expire in Kafka because the last consumer has gone.',
    waivable: 'reason',
    check: ({ fleets, groups, targets, hosts }) =>
      refuseAny(
        fleets.flatMap(({ group, hosts: own }) => {
          const known = readInstances(hosts, own)
          const members = groups.find(one => one.group === group)?.members ?? []
          const others = members.filter(member => {
            const name = instanceOf(member, known)
            return name !== null && !targets.includes(name)
          })
          return others.length > 0 ? [] : [`nobody but ${targets.join(', ')} reads in ${group}`]
        }),
        fleets.map(({ group }) => group).join(', '),
      ),
  },
  {
    name: 'consumers_have_settled',
    prevents: 'A rebalance on top of a rebalance: nobody reads until both are over.',
    waivable: 'reason',
    check: ({ groups, fleets }) => {
      const said = groups.map(
        ({ group, state, members }) => `${group} is ${state} with ${members.length} members`,
      )
      const calm = groups.length === fleets.length && groups.every(({ state }) => state === 'Stable')
      return calm ? pass(said.join(', ')) : refuse(said.join(', ') || 'nobody reads in its group')
    },
  },
  {
    name: 'consumers_keep_up',
    prevents: 'Fewer consumers on top of a lag that grows already.',
    waivable: 'reason',
    check: ({ lags }) => judgeLags(lags),
  },
  {
    name: 'host_can_leave_the_inventory',
    prevents: 'A host that is stopped and stays in the inventory, where the next run starts it again.',
    waivable: 'never',
    check: ({ written, writeProblem }) =>
      written === null ? refuse(writeProblem ?? 'it cannot be looked at') : pass(written.file),
  },
]
