// The table: everything that must be true before the topic is touched, in the order in which it is shown.
import { clusterGates } from './cluster.ts'
import { consumerGates } from './consumers.ts'
import { topicGates } from './topic.ts'

export const gates = [...clusterGates, ...topicGates, ...consumerGates]
