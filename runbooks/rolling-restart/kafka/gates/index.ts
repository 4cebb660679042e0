// The table: everything that must be true before a broker is touched, in the order in which it is shown.
import { clusterGates } from './cluster.ts'
import { partitionGates } from './partitions.ts'

export const kafkaGates = [...clusterGates, ...partitionGates]
