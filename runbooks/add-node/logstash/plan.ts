// Hosts for the Logstash fleet, as data. Pure.
import type { PlanBody } from '#sdk'
import { sayDiff } from '../say-diff.ts'
import type { NewHost } from '../wanted.ts'
import type { ShipperFacts } from './facts.ts'

export type ShipperDetails = {
  readonly inventorySha256: string
  readonly hosts: readonly NewHost[]
  readonly service: string
  readonly group: string
  /** Members that the group has now, and each new host adds. */
  readonly members: number
  readonly threads: number
}

const secondsPerHost = 120

export function planShippers(facts: ShipperFacts): PlanBody<ShipperDetails> {
  const { wanted, fleet, group, preview } = facts
  const names = wanted.map(({ name }) => name)
  return {
    expectedSeconds: names.length * secondsPerHost,
    effects: [
      ...sayDiff(facts),
      `set up and start ${names.join(', ')}, and no other host`,
      `${fleet?.group ?? 'the group'} divides its partitions anew`,
    ],
    notes: [],
    fingerprint: { inventory: preview.sha256, hosts: names, group: fleet?.group ?? null },
    details: {
      inventorySha256: preview.sha256,
      hosts: wanted,
      service: fleet?.service ?? 'logstash',
      group: fleet?.group ?? 'logstash',
      members: group?.members.length ?? 0,
      threads: fleet?.threads ?? 1,
    },
  }
}
