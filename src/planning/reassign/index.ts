// The planner of reassignments: which broker holds which copy in the end, in which chunks and how fast. Pure.
export { chooseChunk, decideBatch, decidePace, estimateSeconds } from './chunks.ts'
export { planReassignment } from './plan-reassignment.ts'
export type {
  BrokerChange,
  BrokerLoad,
  BrokerRole,
  LoadedBroker,
  LoadedPartition,
  Move,
  ReassignGoal,
  ReassignPlan,
  ReassignWorld,
} from './world.ts'
