// Sets a quota by other means than the port; kafkajs has no request for it.
import { readFileSync } from 'node:fs'
import { alterClientQuotasV1, Connection } from '@platformatic/kafka'
import { type KafkaAccess, readPair } from '../../../src/lab/kafka/access.ts'

/** Bytes a second that a user may write. `clientId: null`: with any client id. */
export async function setQuota(
  { brokers, caFile = '', certificate }: KafkaAccess,
  name: string,
  clientId: string | null,
  value: number,
): Promise<void> {
  const pair = certificate && readPair(certificate)
  const connection = new Connection('scram', { tls: { ca: readFileSync(caFile), ...pair } })
  const [host = '', port] = brokers[0]?.split(':') ?? []
  await connection.connect(host, Number(port))
  const entities = [
    { entityType: 'user' as const, entityName: name },
    ...(clientId === null ? [] : [{ entityType: 'client-id' as const, entityName: clientId }]),
  ]
  const ops = [{ key: 'producer_byte_rate' as const, value, remove: false as const }]
  await alterClientQuotasV1.api.async(connection, [{ entities, ops }], false)
  await connection.close()
}
