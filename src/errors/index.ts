// The one error class of ops. Engine and terminal switch on `code` and `next`, never on text.
import { type Code, codes, exitCodes, type Next } from './codes.ts'

export { type Code, codes, exitCodes, type Next }

export interface OpsErrorFields {
  /** What happened to what, in one sentence. */
  readonly message: string
  /** One thing to type or do next. */
  readonly hint?: string
  readonly cause?: unknown
  /** Overrides the table where the same trouble can be waited out in this place but not in another. */
  readonly next?: Next
  readonly exitCode?: number
}

/** An error with a code of the table, a sentence and a hint. */
export class OpsError extends Error {
  readonly code: Code
  readonly hint: string | undefined
  readonly next: Next
  readonly exitCode: number

  constructor(code: Code, { message, hint, cause, next, exitCode }: OpsErrorFields) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'OpsError'
    this.code = code
    this.hint = hint
    this.next = next ?? codes[code].next
    this.exitCode = exitCode ?? codes[code].exitCode
  }
}

/** Any thrown value as an OpsError; what is not one is a bug of ours. */
export function toOpsError(thrown: unknown): OpsError {
  if (thrown instanceof OpsError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new OpsError('BUG', { message, hint: 'please report this with --verbose output', cause: thrown })
}
