// The table: everything that must be true before a node is touched, in the order in which it is shown.
import { clusterGates } from './cluster.ts'
import { nodeGates } from './nodes.ts'
import { operationGates } from './operations.ts'
import { planGates } from './plan.ts'
import { shardGates } from './shards.ts'

export const gates = [...clusterGates, ...shardGates, ...nodeGates, ...operationGates, ...planGates]
