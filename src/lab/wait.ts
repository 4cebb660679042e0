// The one way the lab waits: until something is there, for as long as it makes progress. There is no wait without a stall
// limit.
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpsError } from '../errors/index.ts'

export interface Wait<T> {
  readonly stallMs: number
  readonly everyMs?: number
  /** The result once it is there; until then anything that differs from the last look counts as progress. */
  look(): Promise<{ readonly result: T } | { readonly progress: string }>
  /** The error for a wait whose progress has stood still for stallMs. */
  onStall(progress: string): OpsError | Promise<OpsError>
}

export async function waitFor<T>({ stallMs, everyMs = 200, look, onStall }: Wait<T>): Promise<T> {
  let last: string | undefined
  let since = performance.now()
  for (;;) {
    const seen = await look()
    if ('result' in seen) return seen.result
    if (seen.progress !== last) {
      last = seen.progress
      since = performance.now()
    } else if (performance.now() - since > stallMs) throw await onStall(seen.progress)
    await sleep(everyMs)
  }
}
