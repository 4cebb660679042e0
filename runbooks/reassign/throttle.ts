// The throttle of one chunk: a rate on the brokers that take part, and the replicas that it is for on their topics. What others
// have set stays; `*` is never touched. What is given back is looked at again, by the source of the config.
import { type Configs, type Move, OpsError, type Run } from '#sdk'

export const throttleNames = {
  replicas: {
    leader: 'leader.replication.throttled.replicas',
    follower: 'follower.replication.throttled.replicas',
  },
  rate: { leader: 'leader.replication.throttled.rate', follower: 'follower.replication.throttled.rate' },
} as const
const sides = ['leader', 'follower'] as const
type Side = (typeof sides)[number]
const rateNames = sides.map(side => throttleNames.rate[side])

/** One list of replicas of one topic. */
export type ThrottledTopic = {
  readonly topic: string
  readonly side: Side
  readonly before: string | null
  readonly value: string
}

export type Throttle = {
  /** Bytes per second. */
  readonly rate: number
  readonly brokers: readonly number[]
  readonly topics: readonly ThrottledTopic[]
  /** `broker name` of settings that had that very rate before: they keep it. */
  readonly sameBefore: readonly string[]
}

const verifyStallMs = 60_000
const verifyEveryMs = 1000

/** What to set for these moves, on top of what is there. Pure. */
export function decideThrottle(
  moves: readonly Move[],
  rate: number,
  configs: {
    readonly topics: ReadonlyMap<string, Configs>
    /** Those that are there: of one that is away nobody can set anything. */
    readonly brokers: ReadonlyMap<number, Configs>
  },
): Throttle {
  const copying = moves.filter(({ adding }) => adding.length > 0)
  const topics = [...Map.groupBy(copying, ({ topic }) => topic)].flatMap(([topic, own]) =>
    sides.flatMap(side => {
      const before = ownValue(configs.topics.get(topic), throttleNames.replicas[side])
      const entries = own.flatMap(({ partition, from, adding }) =>
        (side === 'leader' ? from : adding).map(id => `${partition}:${id}`),
      )
      const value = mergeReplicas(before, entries)
      return value === null ? [] : [{ topic, side, before, value }]
    }),
  )
  const brokers = [...new Set(copying.flatMap(({ from, adding }) => [...from, ...adding]))]
  const sameBefore = [...configs.brokers].flatMap(([id, own]) =>
    rateNames.filter(name => ownValue(own, name) === String(rate)).map(name => `${id} ${name}`),
  )
  const present = brokers.filter(id => configs.brokers.has(id)).sort((a, b) => a - b)
  return { rate, brokers: present, topics, sameBefore }
}

/** `null` where every replica is throttled already: nothing is to be added to `*`. */
export function mergeReplicas(before: string | null, entries: readonly string[]): string | null {
  const there = listOf(before)
  return there.includes('*') ? null : [...new Set([...there, ...entries])].join(',')
}

const listOf = (value: string | null): readonly string[] =>
  (value ?? '').split(',').filter(entry => entry !== '')

/** The value that is set for the topic or broker itself; `null` where it only inherits one. */
export function ownValue(configs: Configs | undefined, name: string): string | null {
  const entry = configs?.get(name)
  const isOwn = entry?.source === 'topic' || entry?.source === 'dynamic-broker'
  return isOwn ? (entry.value ?? '') : null
}

const topicKey = (topic: string, side: Side): string => `throttle.${side}.${topic}`
const rateKey = (side: Side): string => `throttle.${side}-rate`

export async function putThrottle(run: Run, { rate, brokers, topics }: Throttle): Promise<void> {
  if (brokers.length === 0) return
  for (const side of sides)
    await run.temporarily({
      key: rateKey(side),
      kind: 'kafka.broker',
      name: throttleNames.rate[side],
      targets: brokers.map(String),
      value: String(rate),
    })
  for (const { topic, side, value } of topics)
    await run.temporarily({
      key: topicKey(topic, side),
      kind: 'kafka.topic',
      name: throttleNames.replicas[side],
      targets: [topic],
      value,
    })
}

/** The rate that is in place is given back and the new one set at once; what is throttled stays the same. */
export async function raiseRate(run: Run, throttle: Throttle): Promise<void> {
  for (const side of sides) await run.giveBack(rateKey(side))
  await putThrottle(run, throttle)
}

/** Whatever of these topics, and of any broker, this run has in place. */
export async function giveBackThrottle(run: Run, topics: Iterable<string>): Promise<void> {
  for (const topic of topics) for (const side of sides) await run.giveBack(topicKey(topic, side))
  for (const side of sides) await run.giveBack(rateKey(side))
}

/** Waits until no entry and no rate of ours is the config of a topic or broker itself any more. */
export function verifyGivenBack(run: Run, throttle: Throttle): Promise<void> {
  if (throttle.brokers.length === 0) return Promise.resolve()
  return run.wait({
    subject: 'throttle',
    title: 'is given back',
    everyMs: verifyEveryMs,
    stallMs: verifyStallMs,
    ceilingMs: Number.POSITIVE_INFINITY,
    poll: async () => {
      // One that was deleted meanwhile took its settings with it.
      const there = new Set((await run.kafka.partitions()).map(({ topic }) => topic))
      const topics = [...new Set(throttle.topics.map(({ topic }) => topic))].filter(topic => there.has(topic))
      const [topicConfigs, brokerConfigs] = await Promise.all([
        run.kafka.topicConfigs(topics),
        run.kafka.brokerConfigs(throttle.brokers),
      ])
      const left = listLeft(throttle, topicConfigs, brokerConfigs)
      return left.length === 0 ? { done: undefined } : { progress: left, text: left.slice(0, 3).join('; ') }
    },
    orElse: lastSeen =>
      new OpsError('STALLED', {
        message: `a throttle of this run is still set: ${lastSeen}`,
        hint: `somebody changed it meanwhile: take it out with kafka-configs --alter --delete-config, then: ops resume ${run.id}`,
      }),
  })
}

/** What is still ours, one sentence each. Pure. */
export function listLeft(
  { rate, topics, sameBefore }: Throttle,
  topicConfigs: ReadonlyMap<string, Configs>,
  brokerConfigs: ReadonlyMap<number, Configs>,
): readonly string[] {
  const entries = topics.flatMap(({ topic, side, before, value }) => {
    const name = throttleNames.replicas[side]
    const there = new Set(listOf(ownValue(topicConfigs.get(topic), name)))
    const ours = listOf(value).filter(entry => !listOf(before).includes(entry) && there.has(entry))
    return ours.length === 0 ? [] : [`${topic} has ${name}=${ours.join(',')}`]
  })
  const rates = [...brokerConfigs].flatMap(([id, configs]) =>
    rateNames
      .filter(name => ownValue(configs, name) === String(rate) && !sameBefore.includes(`${id} ${name}`))
      .map(name => `broker ${id} has ${name}=${rate}`),
  )
  return [...entries, ...rates]
}
