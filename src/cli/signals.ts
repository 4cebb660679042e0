// Ctrl-C: once for the next safe point, twice to stop at once. A lost terminal or a service manager counts as once.
import type { Control } from '../engine/control.ts'
import { OpsError } from '../errors/index.ts'

/** Listens until the returned function is called. */
export function listenForSignals(control: Control, say: (line: string) => void): () => void {
  const gently = (): void => {
    if (control.halted === null) {
      say('Ending at the next safe point: no node will be left down. Ctrl-C again stops at once.')
      control.halt('interrupt')
    }
  }
  const interrupt = (): void => {
    if (control.halted === null) gently()
    else control.stopNow(new OpsError('INTERRUPTED', { message: 'stopped at once' }))
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', gently)
  process.on('SIGHUP', gently)
  return () => {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', gently)
    process.off('SIGHUP', gently)
  }
}
