// Changes that tests make or schedule, by name. Every one is plain JSON, so that it survives a saved state.
import { brokerNamed, killBroker, startBroker, stopBroker } from './brokers.ts'
import { beginRebalance, createGroup, replaceMembers, spreadThreads } from './groups.ts'
import { beginMove } from './moves.ts'
import type { Action, FakeGroup, FakeState } from './state.ts'
import { createTopic, topicNamed } from './topics.ts'
import { produceTo } from './writes.ts'

export function act(state: FakeState, action: Action): void {
  switch (action.do) {
    case 'stop-broker':
      stopBroker(state, action.broker)
      break
    case 'kill-broker':
      killBroker(state, action.broker)
      break
    case 'start-broker':
      startBroker(state, action.broker)
      break
    case 'trouble':
      brokerNamed(state, action.broker).trouble = action.trouble
      break
    case 'flap': {
      const { everyMs, awayMs } = action
      brokerNamed(state, action.broker).flap = { everyMs, awayMs, nextMs: state.atMs }
      break
    }
    case 'calm':
      brokerNamed(state, action.broker).flap = null
      break
    case 'dir':
      for (const dir of brokerNamed(state, action.broker).dirs)
        if (dir.path === action.path) dir.problem = action.problem
      break
    case 'create-topic':
      createTopic(state, action.topic)
      break
    case 'delete-topic':
      deleteTopic(state, action.topic)
      break
    case 'traffic':
      topicNamed(state, action.topic).recordsPerSecond = action.recordsPerSecond
      break
    case 'set-topic':
      setValue(topicNamed(state, action.topic).configs, action.name, action.value)
      break
    case 'set-broker':
      setValue(brokerNamed(state, action.broker).dynamic, action.name, action.value)
      break
    case 'reassign':
      beginMove(state, topicNamed(state, action.topic), action.partition, action.replicas)
      break
    case 'members': {
      const { threads, hosts, perSecond } = action
      replaceMembers(
        state,
        groupNamed(state, action.group),
        spreadThreads(state, action.group, threads, hosts, perSecond),
      )
      break
    }
    case 'create-group':
      createGroup(state, action.group)
      break
    case 'produce': {
      const topic = topicNamed(state, action.topic)
      const partition = topic.partitions[action.partition]
      if (partition !== undefined) produceTo(state, topic, partition, action.records)
      break
    }
    case 'member-speed':
      for (const member of groupNamed(state, action.group).members)
        if (member.id === action.member) member.perSecond = action.perSecond
      break
    case 'poison':
      groupNamed(state, action.group).poison = action.partitions
      break
    case 'rebalance':
      beginRebalance(state, groupNamed(state, action.group), action.forMs)
      break
    case 'world':
      Object.assign(state.world, action.world)
      break
  }
}

export function setValue(values: Record<string, string>, name: string, value: string | null): void {
  if (value === null) delete values[name]
  else values[name] = value
}

export function deleteTopic(state: FakeState, name: string): void {
  state.topics = state.topics.filter(one => one.name !== name)
  for (const group of state.groups)
    for (const member of group.members)
      member.assigned = member.assigned.filter(({ topic }) => topic !== name)
}

export function groupNamed(state: FakeState, name: string): FakeGroup {
  const group = state.groups.find(one => one.group === name)
  if (group === undefined) throw new Error(`the fake Kafka has no group ${name}`)
  return group
}
