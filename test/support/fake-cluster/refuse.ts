// How the fake refuses, in the words of the server.
import { type Code, OpsError } from '../../../src/errors/index.ts'

export function refuse(code: Code, message: string): never {
  throw new OpsError(code, { message })
}
