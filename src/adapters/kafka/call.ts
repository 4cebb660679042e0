// One request to one broker, and the schema that its answer passes before anything else sees it. Unknown fields are dropped,
// never an error: newer versions add some.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { API, Wires } from './vendor.ts'

export interface Call<S extends z.ZodType = z.ZodType> {
  /** As Kafka's documentation names it, for messages. */
  readonly name: string
  // biome-ignore lint/suspicious/noExplicitAny: what is sent differs by request, what is answered is parsed
  readonly api: (wires: Wires) => API<any, unknown>
  readonly args: readonly unknown[]
  readonly schema: S
  /** Trouble that another broker may not have. Everything else in an answer is for the caller to judge. */
  readonly problemOf?: (answer: z.output<S>) => Problem | null
  /** It may wait for an election or a disk: three times the usual limit. */
  readonly slow?: true
}

/** An error code of the protocol that is not 0, and what the broker says about it. */
export interface Problem {
  readonly code: number
  readonly text: string | null
}

export const problem = (code: number, text: string | null = null): Problem | null =>
  code === 0 ? null : { code, text }

export function parse<S extends z.ZodType>({ name, schema }: Call<S>, answer: unknown): z.output<S> {
  return parseAs(name, schema, answer)
}

export function parseAs<S extends z.ZodType>(name: string, schema: S, answer: unknown): z.output<S> {
  const result = schema.safeParse(answer)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw new OpsError('CLUSTER_REJECTED', {
    message: `${name} was answered in a form that ops does not know: ${issue?.path.join('.')}: ${issue?.message}`,
    hint: 'ops is made for Kafka 3.3 to 3.9; check the version of the brokers',
  })
}

/** 64 bits on the wire; offsets, sizes and times fit into a number. */
export const long = z.bigint().transform(Number)
/** The same as kafkajs has it. */
export const longText = z
  .string()
  .regex(/^-?\d+$/)
  .transform(Number)
