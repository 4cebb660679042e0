// Processes of this machine, to tell a live holder of a lock from a dead one.

export interface ProcessTable {
  readonly host: string
  /** Of this process. */
  readonly pid: number
  /** When a process of this machine started, in a form that is never reused with the pid; `null` where it is gone. */
  startOf(pid: number): string | null
}
