// Where new partitions of a topic go: copies on racks of their own, leaders where least comes in, followers where least lies.
// The same brokers in any order give the same placement. It moves nothing that is there already.
import { inOrder } from './rules.ts'

export interface PlacementBroker {
  readonly id: number
  readonly rack: string | null
  /** What it leads once the change is made, in any unit that the new partitions share: bytes, bytes per second. */
  readonly leads: number
  /** Bytes of all copies on it once the change is made. */
  readonly holds: number
  /** Bytes that are free on its disks; `null` where nobody knows. */
  readonly freeBytes: number | null
}

export interface Placement {
  readonly brokers: readonly PlacementBroker[]
  /** New partitions. */
  readonly count: number
  /** Copies of each. */
  readonly copies: number
  /** What one new partition will add to its leader, in the unit of `leads`. */
  readonly load: number
  /** What one copy of it will add to a disk. */
  readonly bytes: number
}

interface Place {
  readonly broker: PlacementBroker
  readonly rack: string
  leads: number
  leaders: number
  holds: number
  copies: number
}

/**
 * One list of broker ids for each new partition, the leader first:
 * 1. the broker that leads least becomes the leader;
 * 2. copies go to the racks that hold fewest of this partition, there to the broker that holds least.
 * Fewer brokers than copies give an empty answer.
 */
export function placePartitions({
  brokers,
  count,
  copies,
  load,
  bytes,
}: Placement): readonly (readonly number[])[] {
  if (brokers.length < copies || copies < 1) return []
  const places = [...brokers].sort((a, b) => a.id - b.id).map(placeOf)
  return Array.from({ length: count }, () => {
    const [leader] = [...places].sort(byLead)
    if (leader === undefined) return []
    leader.leads += load
    leader.leaders += 1
    const chosen = [leader]
    while (chosen.length < copies) chosen.push(nextFollower(places, chosen))
    for (const place of chosen) {
      place.holds += bytes
      place.copies += 1
    }
    return chosen.map(({ broker }) => broker.id)
  })
}

/** A broker without rack fails alone, so it is a rack of its own. */
const placeOf = (broker: PlacementBroker): Place => ({
  broker,
  rack: broker.rack ?? `broker ${broker.id}`,
  leads: broker.leads,
  leaders: 0,
  holds: broker.holds,
  copies: 0,
})

const byLead = (a: Place, b: Place): number => a.leads - b.leads || a.leaders - b.leaders || byDisk(a, b)

const byDisk = (a: Place, b: Place): number =>
  a.holds - b.holds || a.copies - b.copies || free(b) - free(a) || a.broker.id - b.broker.id

const free = ({ broker }: Place): number => broker.freeBytes ?? 0

function nextFollower(places: readonly Place[], chosen: readonly Place[]): Place {
  const onRack = (rack: string): number => chosen.filter(place => place.rack === rack).length
  const [best] = places
    .filter(place => !chosen.includes(place))
    .sort((a, b) => onRack(a.rack) - onRack(b.rack) || byDisk(a, b))
  if (best === undefined) throw new RangeError('fewer brokers than copies')
  return best
}

/** Placements with two copies on one rack although there are racks enough, as sentences. */
export function explainSharedRacks(
  assignments: readonly (readonly number[])[],
  brokers: readonly Pick<PlacementBroker, 'id' | 'rack'>[],
): readonly string[] {
  const racks = new Map(brokers.map(({ id, rack }) => [id, rack ?? `broker ${id}`]))
  const total = new Set(racks.values()).size
  return assignments.flatMap((ids, at) => {
    const used = ids.map(id => racks.get(id) ?? `broker ${id}`)
    const distinct = new Set(used).size
    if (distinct >= Math.min(ids.length, total)) return []
    return [`new partition ${at}: copies on ${used.sort(inOrder).join(', ')}`]
  })
}
