// A runbook: what it takes, what it looks at, what must be true, what it would do, and how it does it.
import type { z } from 'zod'
import type { Json, JsonObject } from '../ports/json.ts'
import type { Gate } from './gate.ts'
import type { Look, Run } from './run.ts'

/** What a runbook would do, as data: printed, hashed, stored and applied. */
export interface PlanBody<Details extends Json> {
  /** Member names by wave, where the runbook has any. */
  readonly waves?: readonly (readonly string[])[]
  readonly lowerBound?: number
  readonly expectedSeconds: number
  /** Everything that will be touched, one sentence each. */
  readonly effects: readonly string[]
  /** What a person must read first, one sentence each; where there is any it stands before everything else. */
  readonly headline?: readonly string[]
  /** Choices the planner made and why, one sentence each. */
  readonly notes: readonly string[]
  /** The part of the world that the plan depends on; a change of it is a change of the plan. */
  readonly fingerprint: Json
  /** What `apply` needs. */
  readonly details: Details
  /** What scripts get of it beside the rest, by name, with `ops plan --json`. */
  readonly shown?: JsonObject
}

export interface Runbook<
  Shape extends z.ZodObject = z.ZodObject,
  Facts = unknown,
  Details extends Json = Json,
> {
  readonly id: string
  readonly summary: string
  /** A command that a newcomer can copy. */
  readonly example: string
  readonly params: Shape
  /** Resources that no other run may use meanwhile. */
  locks(facts: Facts, params: z.infer<Shape>): readonly string[]
  /** Reads everything that gates and plan need. */
  look(look: Look, params: z.infer<Shape>): Promise<Facts>
  readonly gates: readonly Gate<Facts, z.infer<Shape>>[]
  /** Pure. */
  plan(facts: Facts, params: z.infer<Shape>): PlanBody<Details>
  apply(run: Run, plan: PlanBody<Details>, params: z.infer<Shape>): Promise<void>
  /**
   * Takes back what a run has done, when it is aborted; every effect is a step of its own. A run of which this has begun cannot be
   * resumed any more, only aborted again. Without it an abort gives back what is temporary, and no more.
   */
  undo?(run: Run, plan: PlanBody<Details>, params: z.infer<Shape>): Promise<void>
  /** A measurement for the report and the live display, taken every two seconds while the run is applied. */
  sample?(look: Look): Promise<JsonObject>
}

/** Checks a runbook's types where it is written; the engine sees all runbooks alike. */
export function defineRunbook<Shape extends z.ZodObject, Facts, Details extends Json>(
  runbook: Runbook<Shape, Facts, Details>,
): Runbook<Shape, Facts, Details> {
  return runbook
}
