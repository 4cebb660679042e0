// Other processes of `ops` on the same state directory and inventory: what a drill begins, harms and carries on.
import type { JsonObject } from './json.ts'

export interface OtherRun {
  /** Its id; `null` where the process ended before it had one. */
  readonly run: string | null
  /** Records that it had written when it ended. */
  readonly records: number
  /** It was ended by SIGKILL, and not by itself. */
  readonly killed: boolean
  /** Of `run.ended`; `null` where there was none. */
  readonly outcome: string | null
}

export interface OtherOps {
  /**
   * `ops run RUNBOOK --yes`, and SIGKILL once it holds its locks and has written so many records more. Without `killAfter` it
   * may come to its end. `hear` is told the id of the run as soon as it has one.
   */
  run(
    runbook: string,
    params: JsonObject,
    options: { readonly killAfter: number | null; readonly hear: (run: string) => void },
  ): Promise<OtherRun>
  /** `ops resume RUN`, to its end. */
  resume(run: string): Promise<OtherRun>
  /** Runs of this runbook that began at this time or later, the newest first, with how they ended; `null`: they have not. */
  begunSince(
    runbook: string,
    sinceMs: number,
  ): Promise<readonly { readonly run: string; readonly outcome: string | null }[]>
}
