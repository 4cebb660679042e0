// What is looked at before a host leaves the Logstash fleet. Reads only.
import type { ConsumerGroup, Inventory, InventoryHost, InventoryPreview, Look } from '#sdk'
import { type Fleet, readFleets } from '../../expand-partitions/consumers.ts'
import { beginLagReading, type LagReadings } from '../../rolling-restart/consumer-lag.ts'
import { previewRemoval } from '../preview.ts'

export interface ShipperFacts {
  readonly source: string
  readonly targets: readonly string[]
  readonly hosts: readonly InventoryHost[]
  /** Fleets that the targets are of, with all their hosts. */
  readonly fleets: readonly Fleet[]
  /** Groups that they read in. */
  readonly groups: readonly ConsumerGroup[]
  readonly lags: LagReadings
  readonly written: InventoryPreview | null
  readonly writeProblem: string | null
}

const readingGapMs = 3000

export async function lookAtShippers(
  look: Look,
  { hosts, source }: Inventory,
  targets: readonly string[],
): Promise<ShipperFacts> {
  const fleets = readFleets(hosts).filter(fleet => fleet.hosts.some(name => targets.includes(name)))
  const readLagsAgain = await beginLagReading(look)
  const groups = await look.kafka.groups()
  await look.clock.sleep(readingGapMs)
  return {
    ...{ source, targets, hosts, fleets },
    groups: groups.filter(({ group }) => fleets.some(fleet => fleet.group === group)),
    lags: await readLagsAgain(),
    ...(await previewRemoval(look, targets)),
  }
}
