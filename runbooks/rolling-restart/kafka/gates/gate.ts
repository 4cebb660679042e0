// A gate of a Kafka restart.
import type { Gate } from '#sdk'
import type { RestartParams } from '../../params.ts'
import type { KafkaFacts } from '../facts.ts'

export type KafkaGate = Gate<KafkaFacts, RestartParams>
