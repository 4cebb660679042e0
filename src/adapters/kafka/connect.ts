// One Kafka cluster as the ports see it, composed from a file per topic. No connection is made before the first method is
// called.
import type { KafkaPort } from '../../ports/kafka.ts'
import type { SettingsPort } from '../../ports/settings.ts'
import { removeCanary, runCanary } from './canary.ts'
import { commitOffsets } from './commit.ts'
import { readBrokerConfigs, readTopicConfigs } from './configs.ts'
import { createPartitions } from './create-partitions.ts'
import { electPreferred } from './elect.ts'
import { sampleRecords } from './fetch.ts'
import { readCommitted, readGroups } from './groups.ts'
import { readLogDirs } from './log-dirs.ts'
import { readOffsetsAt, readRanges } from './offsets.ts'
import type { ConnectOptions } from './options.ts'
import { readPartitions } from './partitions.ts'
import { openPool } from './pool.ts'
import { readQuorum } from './quorum.ts'
import { readReassignments, reassign } from './reassignments.ts'
import { type KafkaCredentials, openScram } from './scram.ts'
import { openSettings } from './settings.ts'

export interface KafkaConnection extends KafkaPort {
  readonly settings: SettingsPort
  readonly credentials: KafkaCredentials
  close(): Promise<void>
}

/** Every method throws OpsError CLUSTER_TLS while the CA file cannot be read. */
export function connectKafkaCluster(options: ConnectOptions): KafkaConnection {
  const pool = openPool(options)
  return {
    identity: () => pool.brokers(),
    endpoints: () => pool.endpoints(),
    partitions: () => readPartitions(pool),
    quorum: () => readQuorum(pool),
    topicConfigs: topics => readTopicConfigs(pool, topics),
    brokerConfigs: brokers => readBrokerConfigs(pool, brokers),
    logDirs: brokers => readLogDirs(pool, brokers),
    groups: () => readGroups(pool),
    committed: group => readCommitted(pool, group),
    ranges: topics => readRanges(pool, topics),
    offsetsAt: (topic, atMs) => readOffsetsAt(pool, topic, atMs),
    reassignments: () => readReassignments(pool),
    sample: sampleRecords(pool),
    electPreferred: partitions => electPreferred(pool, partitions),
    createPartitions: createPartitions(pool),
    reassign: changes => reassign(pool, changes),
    commitOffsets: (group, offsets) => commitOffsets(pool, group, offsets),
    canary: (id, leaders) => runCanary(pool, id, leaders),
    removeCanary: () => removeCanary(pool),
    settings: openSettings(pool),
    credentials: openScram(pool),
    close: () => pool.close(),
  }
}
