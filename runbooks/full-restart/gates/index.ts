// The table: everything that must be true before anything is stopped, in the order in which it is shown.
import { clusterGates } from './cluster.ts'
import { kafkaGates } from './kafka.ts'
import { operationGates } from './operations.ts'
import { scopeGates } from './scope.ts'

export const gates = [...scopeGates, ...clusterGates, ...operationGates, ...kafkaGates]
