// The table: everything that must be true before a host is touched, in the order in which it is shown.
import { clusterGates } from './cluster.ts'
import { hostGates } from './hosts.ts'
import { inventoryGates } from './inventory.ts'

export const gates = [...inventoryGates, ...hostGates, ...clusterGates]
