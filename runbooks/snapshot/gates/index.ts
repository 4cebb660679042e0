// The table: everything that must be true before a snapshot is begun, in the order in which it is shown.
import { clusterGates } from './cluster.ts'
import { repositoryGates } from './repository.ts'

export const gates = [...clusterGates, ...repositoryGates]
