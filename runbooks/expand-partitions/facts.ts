// Everything that gates and plan look at, read once. Reads only: the one call to a broker that looks like a change asks it
// to validate and nothing else.
import {
  type Configs,
  type KafkaIdentity,
  type LogDir,
  type LogRange,
  type Look,
  type PartitionState,
  type Reassignment,
  type SampledRecord,
  toOpsError,
} from '#sdk'
import { type InventoryBroker, readBrokers } from './brokers.ts'
import { type Fleet, readFleets } from './consumers.ts'
import { type GroupReading, readGroups } from './groups.ts'
import type { ExpandParams } from './params.ts'
import type { PipelineReading } from './pipelines.ts'
import { placeNew } from './placement.ts'
import { readPipelines } from './read-pipelines.ts'
import { readOffsets } from './reading.ts'

export interface ExpandFacts {
  readonly inventory: {
    readonly clusterId: string | null
    readonly brokers: readonly InventoryBroker[]
    readonly fleets: readonly Fleet[]
  }
  readonly identity: KafkaIdentity
  readonly partitions: readonly PartitionState[]
  /** Of the topic; `null` where it is not there. */
  readonly configs: Configs | null
  readonly reassignments: readonly Reassignment[]
  readonly logDirs: readonly LogDir[]
  /** Groups that read the topic or have read it. */
  readonly groups: readonly GroupReading[]
  /** Two readings of the topic, `gapMs` apart. */
  readonly ranges: readonly [readonly LogRange[], readonly LogRange[]]
  readonly gapMs: number
  readonly sample: readonly SampledRecord[]
  readonly pipelines: readonly PipelineReading[]
  /** What the brokers say to the change when they are asked to validate it only; `null` where they would make it. */
  readonly objection: string | null
}

/** Records that are looked at for their keys, over all partitions. */
const sampleSize = 1000
const readingGapMs = 3000

export async function lookAtTopic(look: Look, params: ExpandParams): Promise<ExpandFacts> {
  const { kafka, clock } = look
  const { topic } = params
  const { hosts } = await look.ansible.inventory()
  const fleets = readFleets(hosts)
  const identity = await kafka.identity()
  // Takes longest, so it goes on beside everything else.
  const pipelines = readPipelines(look, fleets)
  pipelines.catch(() => {})
  const groups = await kafka.groups()
  const partitions = await kafka.partitions()
  const there = partitions.filter(one => one.topic === topic).length
  const topics = there === 0 ? [] : [topic]
  const names = groups.map(({ group }) => group)
  const first = await readOffsets(look, names, topics)
  const [reassignments, logDirs, configs, sample] = await Promise.all([
    kafka.reassignments(),
    kafka.logDirs(identity.brokers.map(({ id }) => id)),
    there === 0 ? new Map<string, Configs>() : kafka.topicConfigs(topics),
    there === 0 ? [] : kafka.sample(topic, Math.ceil(sampleSize / there)),
  ])
  const seen = { identity, partitions, logDirs }
  const objection = await askBrokers(look, seen, params)
  const leftMs = readingGapMs - (clock.monotonicMs() - first.atMs)
  if (leftMs > 0) await clock.sleep(leftMs)
  const second = await readOffsets(look, names, topics)
  return {
    ...seen,
    inventory: {
      clusterId: textOrNull(hosts.find(one => one.groups.includes('kafka'))?.vars.kafka_cluster_id),
      brokers: readBrokers(hosts),
      fleets,
    },
    configs: configs.get(topic) ?? null,
    reassignments,
    groups: readGroups(topic, groups, fleets, [first, second]),
    ranges: [first.ranges, second.ranges],
    gapMs: second.atMs - first.atMs,
    sample,
    pipelines: await pipelines,
    objection,
  }
}

async function askBrokers(
  { kafka }: Look,
  seen: Pick<ExpandFacts, 'identity' | 'partitions' | 'logDirs'>,
  params: ExpandParams,
): Promise<string | null> {
  const assignments = placeNew(seen, params)
  if (assignments.length === 0) return 'not asked: there is no placement to ask for'
  try {
    await kafka.createPartitions(params.topic, { total: params.to, assignments, validateOnly: true })
    return null
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    if (code === 'CLUSTER_REJECTED' || code === 'CLUSTER_FORBIDDEN') return message
    throw thrown
  }
}

const textOrNull = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' ? value : null
