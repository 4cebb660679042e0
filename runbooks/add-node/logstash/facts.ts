// What is looked at before a host joins the Logstash fleet. Reads only.
import { type ConsumerGroup, type Look, type PartitionState, sayOutcome } from '#sdk'
import { type Fleet, readFleets } from '../../expand-partitions/consumers.ts'
import type { CommonFacts } from '../facts.ts'
import { entryOf } from '../wanted.ts'

export interface ShipperFacts extends CommonFacts {
  /** The fleet that the new hosts join: the first one of the inventory. */
  readonly fleet: Fleet | null
  readonly group: ConsumerGroup | null
  readonly partitions: readonly PartitionState[]
  /** Hosts on which the checks before a deploy failed, with what failed. */
  readonly preflight: readonly { readonly host: string; readonly problem: string }[]
}

const stallMs = 120_000

export async function lookAtShippers(look: Look, common: CommonFacts): Promise<ShipperFacts> {
  const [fleet = null] = readFleets(common.inventory.hosts)
  const [groups, partitions, { outcomes }] = await Promise.all([
    look.kafka.groups(),
    look.kafka.partitions(),
    look.ansible.play({
      playbook: 'preflight.yml',
      hosts: common.wanted.map(({ name }) => name),
      extraHosts: common.wanted.map(entryOf),
      vars: {},
      stallMs,
    }),
  ])
  return {
    ...common,
    ...{ fleet, partitions },
    group: groups.find(({ group }) => group === fleet?.group) ?? null,
    preflight: common.wanted.flatMap(({ name }) => {
      const outcome = outcomes.get(name)
      return outcome?.state === 'ok' ? [] : [{ host: name, problem: sayOutcome(outcome) }]
    }),
  }
}
