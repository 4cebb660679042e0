// What kafkajs throws, as an error of ours. The telling error is the innermost one.
import { OpsError } from '../../../errors/index.ts'

export function explainKafka(thrown: unknown): OpsError {
  if (thrown instanceof OpsError) return thrown
  let inner = thrown as Error & { cause?: unknown; type?: string }
  while (inner.cause instanceof Error) inner = inner.cause
  const message = inner.type ? `${inner.type}: ${inner.message}` : inner.message
  const code = codeOf(inner)
  return new OpsError(code, { message, hint: 'ops lab status', cause: thrown })
}

function codeOf({ name, type }: { name: string; type?: string }) {
  if (name === 'KafkaJSSASLAuthenticationError') return 'CLUSTER_AUTH'
  if (type?.endsWith('AUTHORIZATION_FAILED')) return 'CLUSTER_FORBIDDEN'
  return name.startsWith('KafkaJSConnection') || name === 'KafkaJSRequestTimeoutError'
    ? 'CLUSTER_UNREACHABLE'
    : 'CLUSTER_REJECTED'
}
