// The cases of every gate, in the order of the table of gates.
import type { GateCase } from './case.ts'
import { clusterCases } from './cluster.ts'
import { nodeCases } from './nodes.ts'
import { operationCases } from './operations.ts'
import { planCases } from './plan.ts'
import { shardCases } from './shards.ts'

export const gateCases: readonly GateCase[] = [
  ...clusterCases,
  ...shardCases,
  ...nodeCases,
  ...operationCases,
  ...planCases,
]
