// The table: everything that must be true before anything is lost, in the order in which it is shown.
import { markGates } from './marks.ts'
import { partGates } from './parts.ts'
import { steadyGates } from './steady.ts'
import { wholeClusterGates } from './whole-cluster.ts'

export const gates = [...markGates, ...steadyGates, ...wholeClusterGates, ...partGates]
