// The only way into the journal: redacts, appends durably, folds into the view, tells the host.
import { OpsError } from '../errors/index.ts'
import type { Clock } from '../ports/clock.ts'
import type { Journal, JournalRecord } from '../ports/journal.ts'
import type { JsonObject } from '../ports/json.ts'
import type { Host } from '../ports/notify.ts'
import type { RecordType } from './record-types.ts'
import type { Redactor } from './redactor.ts'
import { emptyView, fold, type RunView } from './view.ts'

export interface RecorderParts {
  readonly journal: Journal
  readonly clock: Clock
  readonly host: Host
  readonly redactor: Redactor
}

export class Recorder {
  readonly run: string
  readonly view: RunView
  readonly #parts: RecorderParts
  #lowSpace = false

  constructor(run: string, parts: RecorderParts, view: RunView = emptyView()) {
    this.run = run
    this.#parts = parts
    this.view = view
  }

  /** Called once when the journal's disk turns out to be full and only its reserve is left. */
  onLowSpace: (error: OpsError) => void = () => {}

  async append(type: RecordType, data: JsonObject): Promise<JournalRecord> {
    const { journal, clock, redactor, host } = this.#parts
    const record = await journal.append(this.run, type, clock.now(), redactor.value(data))
    fold(this.view, record)
    host.notify({ kind: 'record', record })
    if (journal.low && !this.#lowSpace) {
      this.#lowSpace = true
      this.onLowSpace(
        new OpsError('STATE_FULL', {
          message: 'the disk of the state directory is full; the run uses its reserve to end safely',
          hint: `free space there, then: ops resume ${this.run}`,
        }),
      )
    }
    return record
  }

  progress(subject: string, text: string): void {
    this.#parts.host.notify({ kind: 'progress', subject, text: this.#parts.redactor.text(text) })
  }
}
