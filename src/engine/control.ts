// How a run is told to stop: at its next safe point (interrupt, pause, abort, trouble), or at once. Never resets.
import type { OpsError } from '../errors/index.ts'

export type HaltReason = 'interrupt' | 'pause' | 'abort' | 'trouble'

export class Control {
  readonly #stopNow: AbortController
  #halt: { readonly reason: HaltReason; readonly error: OpsError | null } | null = null

  constructor(stopNow = new AbortController()) {
    this.#stopNow = stopNow
  }

  /** For taking back what an aborted run has done: it is not halted, and stops at once when this one does. */
  forUndo(): Control {
    return new Control(this.#stopNow)
  }

  /** Aborts when nothing more may be done, not even to reach a safe point. */
  get signal(): AbortSignal {
    return this.#stopNow.signal
  }

  get halted(): { readonly reason: HaltReason; readonly error: OpsError | null } | null {
    return this.#halt
  }

  /** Asks for the next safe point; the first reason stays. */
  halt(reason: HaltReason, error: OpsError | null = null): void {
    this.#halt ??= { reason, error }
  }

  /** This moment is one: a run that was told to end goes no further. */
  safePoint(): void {
    this.#stopNow.signal.throwIfAborted()
    if (this.#halt !== null) throw new Halted()
  }

  stopNow(error: OpsError): void {
    this.halt('trouble', error)
    this.#stopNow.abort(error)
  }
}

/** Thrown at a safe point; not an error but the way out. */
export class Halted extends Error {
  constructor() {
    super('halted at a safe point')
    this.name = 'Halted'
  }
}

/** Thrown by `confirm` when a member must wait after all. */
export class Deferred extends Error {
  readonly because: string
  constructor(because: string) {
    super(because)
    this.name = 'Deferred'
    this.because = because
  }
}
