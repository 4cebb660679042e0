// Locks name resources (`es:ovh-prod-elk`), not runbooks. A higher fencing token always wins over a lower one.

export interface LockHolder {
  readonly run: string
  readonly actor: string
  readonly host: string
  readonly pid: number
  readonly since: string
  readonly heartbeatAt: string
  readonly fencing: number
}

export interface HeldLock extends LockHolder {
  readonly name: string
  /** `live`: its process runs or its heartbeat is fresh; `orphan`: its process is gone or silent for over 60 s. */
  readonly state: 'live' | 'orphan'
}

export interface Locks {
  /**
   * Takes every lock or none, with a fencing token higher than any given before.
   * A run takes over its own locks when their holder is no longer live.
   * @throws OpsError LOCK_HELD with holder, since when, and what to type
   */
  acquire(
    run: string,
    actor: string,
    names: readonly string[],
    at: Date,
  ): Promise<{ readonly fencing: number }>
  /**
   * Says that the run is alive.
   * @throws OpsError LOCK_LOST when a higher token was given meanwhile
   */
  heartbeat(run: string, fencing: number, at: Date): Promise<void>
  release(run: string): Promise<void>
  held(at: Date): Promise<readonly HeldLock[]>
}
