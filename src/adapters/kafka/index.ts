// The Kafka adapter: one way in. No type of a vendor's client leaves this folder.
export { connectKafkaCluster, type KafkaConnection } from './connect.ts'
export type { ConnectOptions } from './options.ts'
