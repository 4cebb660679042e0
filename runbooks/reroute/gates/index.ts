// The table: everything that must be true before a run does anything, in the order in which it is shown. What is particular to moves
// and to losses is judged right before each of them.
import type { Gate } from '#sdk'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import type { RerouteFacts } from '../facts.ts'
import type { RerouteParams } from '../params.ts'
import { askedGates } from './asked.ts'
import { clusterGates } from './cluster.ts'

export const gates: readonly Gate<RerouteFacts, RerouteParams>[] = [
  rightCluster('Copies given up in production when the inventory of the lab was meant.'),
  ...clusterGates,
  ...askedGates,
]
