// The one way in which the engine talks to people: a host (terminal, test, web page) receives what happened and
// answers questions. The engine never prints and never prompts.
import type { JournalRecord, Sample } from './journal.ts'
import type { JsonObject } from './json.ts'

export type Notice =
  | { readonly kind: 'record'; readonly record: JournalRecord }
  | { readonly kind: 'sample'; readonly sample: Sample }
  /** What a running step is doing right now; replaced by the next one of the same subject. */
  | { readonly kind: 'progress'; readonly subject: string; readonly text: string }
  | { readonly kind: 'detail'; readonly text: string; readonly data?: JsonObject }

export interface Host {
  notify(notice: Notice): void
}
