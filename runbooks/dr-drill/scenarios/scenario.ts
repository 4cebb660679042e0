// What a scenario consists of; the frame around it is the same for all.
import type { Run } from '#sdk'
import type { Found } from '../method.ts'
import type { DrillParams } from '../params.ts'

export interface Scenario<Details> {
  /** Reads, `begin`s, loses something and gets it back. Every effect is a journalled step. */
  method(run: Run, details: Details, params: DrillParams): Promise<Found>
  /** Always run, whatever became of the method: what is down comes up, what was changed is as before. */
  restore(run: Run, details: Details, params: DrillParams): Promise<void>
  /** Waits for the steady state and says what it is. */
  settle(run: Run, details: Details, params: DrillParams): Promise<string>
}
