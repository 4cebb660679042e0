// The brokers of a lab as the adapter is told of them.
import type { ConnectOptions } from '../../../src/adapters/kafka/index.ts'
import { kafkaPort, nodesFor, numberOf } from '../../../src/lab/layout.ts'
import type { Lab } from '../../../src/lab/state.ts'

export const kafkaEndpoints = ({ nodes }: Lab): ConnectOptions['endpoints'] =>
  nodesFor(nodes, 'kafka').map(node => ({
    host: node.name,
    address: node.address,
    port: kafkaPort,
    nodeId: numberOf(node),
  }))
