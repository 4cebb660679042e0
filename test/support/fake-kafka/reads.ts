// Answers of the fake in the words of the port. They change nothing.
import { OpsError } from '../../../src/errors/index.ts'
import type * as port from '../../../src/ports/kafka.ts'
import { isController } from './brokers.ts'
import type { FakeGroup, FakeState } from './state.ts'
import { eachPartition, topicNamed } from './topics.ts'

export function readBrokers({ brokers }: FakeState): port.Broker[] {
  return brokers
    .filter(({ registered }) => registered)
    .map(({ id, address, port, rack }) => ({ id, host: address, port, rack }))
}

export function readPartitions(state: FakeState): port.PartitionState[] {
  const { emptyMetadata, hiddenTopics } = state.world
  const found: port.PartitionState[] = []
  if (emptyMetadata) return found
  const away = new Set(state.brokers.filter(({ registered }) => !registered).map(({ id }) => id))
  const known = new Set(state.brokers.map(({ id }) => id))
  eachPartition(state, ({ number, leader, replicas, isr }, { name, internal }) => {
    if (hiddenTopics.includes(name)) return
    const offline = replicas.filter(id => away.has(id) || !known.has(id))
    found.push({
      topic: name,
      partition: number,
      leader,
      replicas: [...replicas],
      isr: [...isr],
      offline,
      internal,
    })
  })
  return found
}

export function readQuorum(state: FakeState): port.Quorum {
  const end = Math.floor((state.atMs - state.createdAtMs) / 500)
  return {
    leader: state.controller,
    epoch: state.epoch,
    voters: state.brokers.filter(isController).map(({ id, running, registered, caughtUpAtMs }) => {
      const ago = running && registered ? 0 : state.atMs - caughtUpAtMs
      const lag = Math.ceil(ago / 500)
      return { id, logEndOffset: end - lag, lag, caughtUpMsAgo: ago }
    }),
  }
}

export function readLogDirs(state: FakeState, wanted: readonly number[]): port.LogDir[] {
  return state.brokers
    .filter(({ id, registered, running }) => wanted.includes(id) && registered && running)
    .flatMap(({ id, dirs }) =>
      dirs.map((dir, at) => {
        const replicas: (port.TopicPartition & { bytes: number; lag: number })[] = []
        eachPartition(state, (partition, { name }) => {
          if (partition.number % dirs.length !== at || dir.problem !== null) return
          if (!partition.replicas.includes(id)) return
          const missing = partition.copying[id]
          const lag = Math.floor(partition.end) - Math.floor(partition.holds[id] ?? 0)
          const held = partition.end < 1 ? 1 : Math.min(1, (partition.holds[id] ?? 0) / partition.end)
          const bytes = Math.round(missing === undefined ? partition.bytes * held : partition.bytes - missing)
          replicas.push({ topic: name, partition: partition.number, bytes, lag: Math.max(0, lag) })
        })
        const used = dir.otherBytes + replicas.reduce((sum, { bytes }) => sum + bytes, 0)
        return {
          broker: id,
          path: dir.path,
          problem: dir.problem,
          totalBytes: dir.totalBytes,
          usableBytes: dir.totalBytes - used,
          replicas,
        }
      }),
    )
}

export function readGroup({ group, members, rebalancesUntilMs }: FakeGroup): port.ConsumerGroup {
  const state = members.length === 0 ? 'Empty' : rebalancesUntilMs === null ? 'Stable' : 'PreparingRebalance'
  return {
    group,
    state,
    members: members.map(({ id, clientId, host, assigned }) => ({
      id,
      clientId,
      host,
      assigned: structuredClone(assigned),
    })),
  }
}

/** Every partition of the topics that the group has committed any offset of. */
export function readCommitted(state: FakeState, group: FakeGroup | undefined): port.CommittedOffset[] {
  if (group === undefined) return []
  return state.topics.flatMap(({ name, partitions }) => {
    const rows = partitions.map(({ number }) => {
      const offset = group.offsets[`${name}-${number}`]
      return { topic: name, partition: number, offset: offset === undefined ? null : Math.floor(offset) }
    })
    return rows.some(({ offset }) => offset !== null) ? rows : []
  })
}

export function readRanges(state: FakeState, topics: readonly string[]): port.LogRange[] {
  return topics.flatMap(topic =>
    topicNamed(state, topic).partitions.map(({ number, start, end, leader }) => {
      if (leader === null) throw new OpsError('CLUSTER_BUSY', { message: `${topic}-${number} has no leader` })
      return { topic, partition: number, start: Math.floor(start), end: Math.floor(end) }
    }),
  )
}

/** Records come at an even pace, as `readSample` has them. */
export function readOffsetsAt(state: FakeState, topic: string, atMs: number): port.PartitionOffset[] {
  const { partitions, recordsPerSecond } = topicNamed(state, topic)
  const apartMs = 1000 / Math.max(0.001, recordsPerSecond / partitions.length)
  return readRanges(state, [topic]).map(({ partition, start, end }) => {
    const later = Math.max(0, Math.floor((state.atMs - atMs) / apartMs))
    return { topic, partition, offset: Math.max(start, end - later) }
  })
}

export function readReassignments(state: FakeState): port.Reassignment[] {
  const found: port.Reassignment[] = []
  eachPartition(state, ({ before, number, replicas, adding, removing }, { name }) => {
    if (before === null) return
    const moving = { replicas: [...replicas], adding: [...adding], removing: [...removing] }
    found.push({ topic: name, partition: number, ...moving })
  })
  return found
}

export function readSample(state: FakeState, topic: string, most: number): port.SampledRecord[] {
  const { partitions, keyed, bytesPerRecord, recordsPerSecond } = topicNamed(state, topic)
  const apartMs = 1000 / Math.max(0.001, recordsPerSecond / partitions.length)
  return partitions.flatMap(({ number, start, end }) => {
    const last = Math.floor(end)
    const first = Math.max(Math.floor(start), last - most)
    return Array.from({ length: last - first }, (_, at) => {
      const offset = first + at
      const key = keyed ? new TextEncoder().encode(`key-${number}-${offset % 10}`) : null
      const timestampMs = Math.round(state.atMs - (last - offset) * apartMs)
      return { topic, partition: number, offset, timestampMs, key, bytes: bytesPerRecord }
    })
  })
}
