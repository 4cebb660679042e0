// What kafkajs throws, as an error of ours. The telling error is the innermost one.
import { OpsError } from '../../errors/index.ts'

export function explainKafka(thrown: unknown): OpsError {
  if (thrown instanceof OpsError) return thrown
  const inner = innermost(thrown)
  const message = inner.type ? `${inner.type}: ${inner.message}` : inner.message
  const code = codeOf(inner)
  return new OpsError(code, { message, hint: 'ops lab status', cause: thrown })
}

/** `type` is what the protocol calls it, where it comes from a broker. */
export function innermost(thrown: unknown): Error & { readonly type?: string } {
  let inner = thrown as Error & { type?: string }
  while (inner.cause instanceof Error) inner = inner.cause
  return inner
}

function codeOf({ name, type }: { name: string; type?: string }) {
  if (name === 'KafkaJSSASLAuthenticationError') return 'CLUSTER_AUTH'
  if (type?.endsWith('AUTHORIZATION_FAILED')) return 'CLUSTER_FORBIDDEN'
  return name.startsWith('KafkaJSConnection') || name === 'KafkaJSRequestTimeoutError'
    ? 'CLUSTER_UNREACHABLE'
    : 'CLUSTER_REJECTED'
}
