// What a vendor's error means: whether anything was sent, and in whose words. It must never hand such an error on.
import { OpsError } from '#errors'
import type { Reply } from './wire.ts'

const untrusted = /certificate|altnames|SSL routines|EPROTO|wrong version number|self.signed|TLS/i

/** @throws OpsError where the failure is ours to explain already */
export function describeFailure(thrown: unknown): Exclude<Reply, { kind: 'answer' }> {
  if (thrown instanceof OpsError) throw thrown
  const text = innermost(thrown)
  const chain = chainOf(thrown)
  if (chain.some(({ message }) => message?.includes('suitable SASL mechanism')))
    return { kind: 'refused', problem: 'offers no SCRAM-SHA-512 on this port' }
  if (chain.some(isRefusal)) return { kind: 'refused', problem: 'refuses the user or its password' }
  if (untrusted.test(text)) return { kind: 'untrusted', problem: text }
  return { kind: 'unsent', problem: text }
}

const isRefusal = ({ code, type, apiId, name }: Link): boolean =>
  code === 'PLT_KFK_AUTHENTICATION' ||
  name === 'KafkaJSSASLAuthenticationError' ||
  [type, apiId].includes('SASL_AUTHENTICATION_FAILED')

interface Link {
  readonly message?: string
  readonly code?: unknown
  readonly name?: string
  /** kafkajs' name of an error code. */
  readonly type?: string
  /** The same of the other library. */
  readonly apiId?: string
}

/** An error and what it was caused by, the outermost first. */
export function chainOf(thrown: unknown): readonly Link[] {
  const chain: Link[] = []
  let next: unknown = thrown
  while (next instanceof Error && chain.length < 10) {
    chain.push(next as Link)
    const inside: unknown = next instanceof AggregateError ? next.errors[0] : undefined
    next = (next as { cause?: unknown }).cause ?? inside ?? (next as { errors?: unknown[] }).errors?.[0]
  }
  return chain
}

export const innermost = (thrown: unknown): string =>
  chainOf(thrown).findLast(({ message }) => message)?.message ?? String(thrown)

/** Whether a broker answered with this code of the protocol, as kafkajs tells it. */
export const hasType = (thrown: unknown, type: string): boolean =>
  chainOf(thrown).some(one => one.type === type)
