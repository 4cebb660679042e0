// Making, growing and finding topics. Placement without an assignment goes round the brokers, as Kafka's own does.
import { rejected } from './refuse.ts'
import type { FakePartition, FakeState, FakeTopic, TopicSpec } from './state.ts'

export function createTopic(state: FakeState, spec: TopicSpec): FakeTopic {
  const ids = state.brokers.map(({ id }) => id)
  const copies = Math.min(spec.replicationFactor ?? 3, ids.length)
  const count = spec.replicas?.length ?? spec.partitions ?? 1
  const topic: FakeTopic = {
    name: spec.name,
    internal: spec.internal ?? false,
    configs: { ...spec.configs },
    recordsPerSecond: spec.recordsPerSecond ?? 0,
    bytesPerRecord: spec.bytesPerRecord ?? 1000,
    keyed: spec.keyed ?? false,
    partitions: [],
  }
  for (let number = 0; number < count; number++) {
    const around = Array.from({ length: copies }, (_, at) => ids[(number + at) % ids.length] as number)
    const bytes = typeof spec.bytes === 'number' ? spec.bytes : (spec.bytes?.[number] ?? 0)
    const partition = createPartition(state, number, spec.replicas?.[number] ?? around)
    const end = Math.floor(bytes / topic.bytesPerRecord)
    Object.assign(partition, { bytes, end, weight: spec.weights?.[number] ?? 1 })
    for (const id of partition.isr) partition.holds[id] = end
    topic.partitions.push(partition)
  }
  state.topics.push(topic)
  return topic
}

/** In sync from the beginning on every broker that is there. */
export function createPartition(
  state: FakeState,
  number: number,
  replicas: readonly number[],
): FakePartition {
  const isr = replicas.filter(id => state.brokers.some(one => one.id === id && one.registered))
  return {
    number,
    replicas: [...replicas],
    isr,
    leader: isr[0] ?? null,
    adding: [],
    removing: [],
    before: null,
    bytes: 0,
    start: 0,
    end: 0,
    holds: Object.fromEntries(isr.map(id => [id, 0])),
    catchUp: {},
    copying: {},
    producedFromMs: 0,
    weight: 1,
  }
}

/** @throws OpsError CLUSTER_REJECTED, as the server would */
export function growTopic(
  state: FakeState,
  name: string,
  change: {
    readonly total: number
    readonly assignments: readonly (readonly number[])[]
    readonly validateOnly: boolean
  },
): void {
  const topic = topicNamed(state, name)
  const { total, assignments, validateOnly } = change
  const now = topic.partitions.length
  const refuse = (why: string) => rejected(`partitions of ${name}: ${why}`)
  if (total < now) throw refuse(`the topic has ${now} partitions, and ${total} is fewer (INVALID_PARTITIONS)`)
  if (total === now) throw refuse(`the topic has ${now} partitions already (INVALID_PARTITIONS)`)
  if (topic.partitions.some(({ before }) => before !== null))
    throw refuse('a reassignment is in progress (REASSIGNMENT_IN_PROGRESS)')
  if (assignments.length !== total - now)
    throw refuse(
      `${assignments.length} assignments for ${total - now} partitions (INVALID_REPLICA_ASSIGNMENT)`,
    )
  const copies = topic.partitions[0]?.replicas.length
  for (const replicas of assignments) {
    if (replicas.length !== copies || new Set(replicas).size !== replicas.length)
      throw refuse(`the assignment ${replicas.join(',')} (INVALID_REPLICA_ASSIGNMENT)`)
    for (const id of replicas)
      if (!state.brokers.some(one => one.id === id && one.registered))
        throw refuse(`no broker ${id} is there (INVALID_REPLICA_ASSIGNMENT)`)
  }
  if (validateOnly) return
  for (const [at, replicas] of assignments.entries()) {
    const partition = createPartition(state, now + at, replicas)
    partition.producedFromMs = state.atMs + state.producerRefreshMs
    topic.partitions.push(partition)
  }
  for (const group of state.groups)
    if (group.topics.includes(name) && group.members.length > 0)
      group.refreshAtMs = state.atMs + state.consumerRefreshMs
}

export function topicNamed(state: FakeState, name: string): FakeTopic {
  const topic = state.topics.find(one => one.name === name)
  if (topic === undefined) throw rejected(`there is no topic ${name} (UNKNOWN_TOPIC_OR_PARTITION)`)
  return topic
}

export function eachPartition(
  state: FakeState,
  visit: (partition: FakePartition, topic: FakeTopic) => void,
): void {
  for (const topic of state.topics) for (const partition of topic.partitions) visit(partition, topic)
}
