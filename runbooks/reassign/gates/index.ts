// The table: everything that must be true before a partition is moved, in the order in which it is shown.
import { clusterGates } from './cluster.ts'
import { placementGates } from './placement.ts'
import { quietGates } from './quiet.ts'

export const gates = [...clusterGates, ...quietGates, ...placementGates]
