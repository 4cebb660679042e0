// A look that may fail without ending the audit. A fault of `ops` itself must never pass for one of the world.
import { type OpsError, toOpsError } from '#sdk'

export type Attempt<T> =
  | { readonly value: T; readonly problem: null }
  | { readonly value: null; readonly problem: OpsError }

export async function attempt<T>(look: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await look(), problem: null }
  } catch (thrown) {
    const problem = toOpsError(thrown)
    if (problem.code === 'BUG') throw thrown
    return { value: null, problem }
  }
}
