// Looks at groups several times over a while, so that growth can be told from history. Reads only.
import { durationMs, type KafkaIdentity, type Look, type PartitionState, toOpsError } from '#sdk'
import { type Fleet, readFleets } from '../expand-partitions/consumers.ts'
import { readOffsets } from '../expand-partitions/reading.ts'
import { threadsNow } from '../expand-partitions/threads.ts'
import { diagnose, type Finding, type Patient } from './diagnosis.ts'
import { readInstances } from './instances.ts'
import { type GroupLag, type LagLook, measureGroups } from './measure.ts'
import type { LagParams } from './params.ts'
import { readStats } from './read-stats.ts'
import { readOutputUse } from './stats.ts'

export interface LagFacts {
  readonly clusterId: { readonly wanted: string | null; readonly found: string }
  readonly identity: KafkaIdentity
  readonly partitions: readonly PartitionState[]
  readonly groups: readonly GroupFacts[]
  readonly windowMs: number
}

export interface GroupFacts {
  readonly lag: GroupLag
  readonly fleet: Fleet | null
  readonly finding: Finding | null
}

/** One at each end of the window, and one in the middle: what moves once only is seen. */
const looksTaken = 3

export async function lookAtLag(look: Look, params: LagParams): Promise<LagFacts> {
  const { hosts } = await look.ansible.inventory()
  const fleets = readFleets(hosts).filter(({ group }) => params.group === undefined || group === params.group)
  const identity = await look.kafka.identity()
  const partitions = await look.kafka.partitions()
  const statsBefore = await readStats(look, fleets, null)
  const rejectedBefore = await readRejected(look)
  const looks = await takeLooks(look, params, fleets, leaderless(partitions))
  const stats = await readStats(look, fleets, statsBefore)
  const rejectedAfter = await readRejected(look)
  const windowMs = (looks.at(-1)?.atMs ?? 0) - (looks[0]?.atMs ?? 0)
  const rejectedPerSecond =
    rejectedBefore === null || rejectedAfter === null || windowMs === 0
      ? null
      : Math.max(0, rejectedAfter - rejectedBefore) / (windowMs / 1000)
  const wanted = hosts.find(({ groups }) => groups.includes('kafka'))?.vars.kafka_cluster_id
  return {
    clusterId: {
      wanted: typeof wanted === 'string' && wanted !== '' ? wanted : null,
      found: identity.clusterId,
    },
    identity,
    partitions,
    windowMs,
    groups: measureGroups(looks).map(lag => {
      const fleet = fleets.find(({ group }) => group === lag.group) ?? null
      const own = stats.filter(({ host }) => fleet?.hosts.includes(host))
      const threads = fleet === null ? 1 : threadsNow(fleet, lag.members.length)
      const patient: Patient = {
        lag,
        fleet,
        instances: readInstances(hosts, fleet?.hosts ?? []),
        stats: own,
        use: readOutputUse(own, threads),
        threads,
        wantedThreads: params.threads,
        rejectedPerSecond,
        alert: params.alert,
      }
      return { lag, fleet, finding: diagnose(patient) }
    }),
  }
}

/** Topics whose offsets nobody can read; a gate names them. */
const leaderless = (partitions: readonly PartitionState[]): ReadonlySet<string> =>
  new Set(partitions.filter(({ leader }) => leader === null).map(({ topic }) => topic))

export async function takeLooks(
  look: Pick<Look, 'kafka' | 'clock'>,
  { window, group, topic }: LagParams,
  fleets: readonly Fleet[],
  without: ReadonlySet<string> = new Set(),
): Promise<readonly LagLook[]> {
  const gapMs = durationMs(window) / (looksTaken - 1)
  const looks: LagLook[] = []
  for (let at = 0; at < looksTaken; at++) {
    if (at > 0) await look.clock.sleep(gapMs)
    const seen = await look.kafka.groups()
    const missing = fleets
      .filter(fleet => !seen.some(one => one.group === fleet.group))
      .map(fleet => ({ group: fleet.group, state: 'Dead' as const, members: [] }))
    const groups = [...seen, ...missing].filter(one => group === undefined || one.group === group)
    const names = groups.map(one => one.group)
    const reading = await readOffsets(look, names, topic === undefined ? null : [topic], without)
    looks.push({ ...reading, groups })
  }
  return looks
}

/** Writes that Elasticsearch has refused; an inventory without it, or a cluster that is away, says nothing. */
async function readRejected({ elasticsearch }: Look): Promise<number | null> {
  try {
    const nodes = await elasticsearch.pressure()
    return nodes.reduce((sum, one) => sum + one.writeRejected + one.indexingPressureRejected, 0)
  } catch (thrown) {
    if (toOpsError(thrown).code === 'BUG') throw thrown
    return null
  }
}
