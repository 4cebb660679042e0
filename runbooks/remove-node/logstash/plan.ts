// Hosts that leave the Logstash fleet, as data. Pure.
import type { PlanBody } from '#sdk'
import { sayDiff } from '../say-diff.ts'
import type { ShipperFacts } from './facts.ts'

export type ShipperDetails = {
  readonly hosts: readonly { readonly name: string; readonly service: string; readonly group: string }[]
}

const secondsPerHost = 60

export function planShippers({ targets, fleets, written }: ShipperFacts): PlanBody<ShipperDetails> {
  const hosts = targets.flatMap(name => {
    const fleet = fleets.find(one => one.hosts.includes(name))
    return fleet === undefined ? [] : [{ name, service: fleet.service, group: fleet.group }]
  })
  return {
    expectedSeconds: hosts.length * secondsPerHost,
    effects: [
      ...hosts.map(
        ({ name, service, group }) =>
          `stop ${service} on ${name} for good; ${group} divides its partitions anew`,
      ),
      ...(written === null ? [] : sayDiff(written, '-', targets)),
    ],
    notes: [
      'what stands in a persisted queue of these hosts is sent only if Logstash drains it when it stops (queue.drain: true)',
    ],
    fingerprint: { hosts, groups: fleets.map(({ group, hosts: own }) => `${group}: ${own.join(' ')}`) },
    details: { hosts },
  }
}
