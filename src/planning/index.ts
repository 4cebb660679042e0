// The planner: which members may go down together, in which order, and who may start now. Pure: it imports
// nothing, touches nothing and never asks what time it is.
export { decideStarts, type FrontierState, type Starts } from './decide-starts.ts'
export { estimateMakespan } from './estimate-makespan.ts'
export { planningGates } from './gates.ts'
export {
  explainSharedRacks,
  type PlacementBroker,
  placePartitions,
} from './place-partitions.ts'
export { planWaves } from './plan-waves.ts'
export type { Cap, Member, Share, WavePlan, World } from './world.ts'
