// What a scheduler says while it works: one event for each change of a due time, and for its own troubles.

export type ScheduleEvent =
  | {
      readonly what: 'claimed' | 'started' | 'done' | 'failed' | 'due' | 'skipped' | 'missed'
      readonly at: string
      readonly job: string
      readonly dueAt: string
      readonly run: string | null
      readonly reason: string | null
    }
  | { readonly what: 'trouble'; readonly at: string; readonly job: string | null; readonly reason: string }
