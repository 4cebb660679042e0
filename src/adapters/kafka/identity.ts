// Which cluster a broker belongs to and who is registered in it, by Metadata without topics.
import { z } from 'zod'
import type { KafkaIdentity } from '../../ports/kafka.ts'
import type { Call } from './call.ts'

const broker = z.object({
  nodeId: z.number(),
  host: z.string(),
  port: z.number(),
  rack: z.string().nullable(),
})

export const brokersAnswer = z.object({ clusterId: z.string(), brokers: z.array(broker) })

export const brokersCall: Call<typeof brokersAnswer> = {
  name: 'Metadata',
  api: wires => wires.metadataV12.api,
  args: [[], false, false],
  schema: brokersAnswer,
}

export function readIdentity({ clusterId, brokers }: z.output<typeof brokersAnswer>): KafkaIdentity {
  return {
    clusterId,
    brokers: brokers
      .map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack: rack === '' ? null : rack }))
      .sort((a, b) => a.id - b.id),
  }
}
