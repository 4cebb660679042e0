// Consumer groups: who reads what, how far it is, and what it skips because it began at the end of a partition that had
// records already.
import type { FakeGroup, FakeMember, FakePartition, FakeState, GroupSpec } from './state.ts'

const usualHosts = ['logstash01', 'logstash02']

export function spreadThreads(
  state: FakeState,
  group: string,
  threads: number,
  hosts = usualHosts,
  perSecond = 1000,
): FakeMember[] {
  return Array.from({ length: threads }, (_, at) => {
    const host = hosts[at % hosts.length] as string
    const clientId = `${group}-${host}-${Math.floor(at / hosts.length)}`
    state.counter += 1
    return { id: `${clientId}-${state.counter}`, clientId, host, perSecond, assigned: [] }
  })
}

/** New members, as after a restart of the consumers: the group rebalances. */
export function replaceMembers(state: FakeState, group: FakeGroup, members: FakeMember[]): void {
  group.members = members
  group.refreshAtMs = null
  beginRebalance(state, group, state.rebalanceMs)
}

export function beginRebalance(state: FakeState, group: FakeGroup, forMs: number): void {
  for (const member of group.members) member.assigned = []
  group.rebalancesUntilMs = group.members.length > 0 ? state.atMs + forMs : null
}

/** Ranges per topic, as the default assignor has them. Whoever gets a partition that was never committed resets. */
export function assignGroup(state: FakeState, group: FakeGroup): void {
  group.rebalancesUntilMs = null
  for (const member of group.members) member.assigned = []
  const members = [...group.members].sort((a, b) => (a.id < b.id ? -1 : 1))
  if (members.length === 0) return
  for (const { name, partitions } of state.topics.filter(({ name }) => group.topics.includes(name))) {
    for (const [at, partition] of partitions.entries()) {
      members[Math.floor((at * members.length) / partitions.length)]?.assigned.push({
        topic: name,
        partition: partition.number,
      })
      begin(group, name, partition)
    }
  }
}

function begin(group: FakeGroup, topic: string, { number, start, end }: FakePartition): void {
  const key = `${topic}-${number}`
  if (group.offsets[key] !== undefined) return
  group.offsets[key] = group.reset === 'latest' ? end : start
  if (group.reset === 'latest' && end > start) group.skipped[key] = end - start
}

/** What the group reads in this stretch of time. */
export function consumeFor(state: FakeState, ms: number): void {
  for (const group of state.groups) {
    if (group.rebalancesUntilMs !== null) continue
    for (const member of group.members) {
      const waiting = member.assigned
        .map(({ topic, partition }) => {
          const key = `${topic}-${partition}`
          const found = state.topics.find(({ name }) => name === topic)?.partitions[partition]
          const at = group.offsets[key]
          const readable = found !== undefined && found.leader !== null && at !== undefined
          return { key, backlog: readable && !group.poison.includes(key) ? found.end - at : 0 }
        })
        .filter(({ backlog }) => backlog > 0)
        .sort((a, b) => a.backlog - b.backlog)
      // A fair share for each partition; what a short backlog leaves goes to the longer ones.
      let left = (member.perSecond * ms) / 1000
      for (const [at, { key, backlog }] of waiting.entries()) {
        const taken = Math.min(left / (waiting.length - at), backlog)
        group.offsets[key] = (group.offsets[key] ?? 0) + taken
        group.consumed += taken
        left -= taken
      }
    }
  }
}

/** It has read everything up to now; one without topics has committed nothing. */
export function createGroup(state: FakeState, spec: GroupSpec): FakeGroup {
  const group: FakeGroup = {
    group: spec.group,
    topics: spec.topics,
    reset: spec.reset ?? 'latest',
    members: spreadThreads(state, spec.group, spec.threads ?? 0, spec.hosts, spec.perSecond),
    rebalancesUntilMs: null,
    refreshAtMs: null,
    offsets: {},
    poison: [],
    consumed: 0,
    skipped: {},
  }
  for (const { name, partitions } of state.topics)
    if (spec.topics.includes(name))
      for (const { number, end } of partitions) group.offsets[`${name}-${number}`] = end
  state.groups.push(group)
  assignGroup(state, group)
  return group
}
