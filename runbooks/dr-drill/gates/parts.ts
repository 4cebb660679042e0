// Gates on the loss of one part: there is one that may be lost, and what it holds is held by another as well.
import { pass, refuse, refuseAny } from '#sdk'
import { sayPartitions } from '../../rolling-restart/kafka/copies.ts'
import { chooseBroker, chooseNode } from '../victim.ts'
import { type DrillGate, onBrokers, only, onNodes } from './gate.ts'

export const partGates: readonly DrillGate[] = [
  {
    name: 'there_is_a_hot_node_to_lose',
    prevents: 'Losing a node that was not meant, or none.',
    waivable: 'never',
    applies: only('hot-node'),
    check: onNodes((nodes, params) => {
      const { name, problem } = chooseNode(nodes, params)
      return problem === null ? pass(name) : refuse(problem)
    }),
  },
  {
    name: 'every_shard_of_the_node_has_another_copy',
    prevents: 'Data that is gone with the disk of one node.',
    waivable: 'approval',
    applies: only('hot-node'),
    check: onNodes((nodes, params) => {
      const { name, problem } = chooseNode(nodes, params)
      if (problem !== null) return refuse(problem)
      const id = nodes.nodeIds[name]
      const alone = nodes.map.indices.flatMap(({ name: index, shards }) =>
        shards
          .filter(({ copies, inSync }) => {
            const sound = copies.filter(({ allocationId }) => inSync.includes(allocationId ?? ''))
            return sound.some(({ node }) => node === id) && !sound.some(({ node }) => node !== id)
          })
          .map(({ number }) => `${index}[${number}] is only on ${name}`),
      )
      return refuseAny(alone, `everything on ${name} is in sync elsewhere as well`)
    }),
  },
  {
    name: 'there_is_a_broker_to_lose',
    prevents: 'Losing a broker that was not meant, or none.',
    waivable: 'never',
    applies: only('kafka-broker'),
    check: onBrokers((brokers, params) => {
      const { name, problem } = chooseBroker(brokers, params)
      return problem === null ? pass(name) : refuse(problem)
    }),
  },
  {
    name: 'every_partition_of_the_broker_has_another_copy',
    prevents: 'Records that nobody can read while the broker is away.',
    waivable: 'approval',
    applies: only('kafka-broker'),
    check: onBrokers((facts, params) => {
      const { name, problem } = chooseBroker(facts, params)
      if (problem !== null) return refuse(problem)
      const id = facts.brokers.find(one => one.name === name)?.id ?? -1
      const alone = facts.steady.partitions.filter(({ isr }) => isr.includes(id) && isr.length === 1)
      return alone.length === 0
        ? pass(`everything on ${name} is in sync elsewhere as well`)
        : refuse(`only on ${name}: ${sayPartitions(alone)}`)
    }),
  },
  {
    name: 'there_is_a_repository_for_the_snapshot',
    prevents: 'A run that fails by itself, so that nobody learns what its interruption does.',
    waivable: 'never',
    applies: only('ops'),
    check: onNodes(({ source: { problem, asked, repositories } }) => {
      if (problem !== null) return refuse(problem)
      const found = repositories.find(({ name }) => name === asked.repository)
      return found?.readOnly === true
        ? refuse(`${found.name} is registered read-only`)
        : pass(asked.repository)
    }),
  },
]
