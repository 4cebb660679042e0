// The small parts of the engine on fakes, for tests that need no whole run.
import { Control } from '../../../src/engine/control.ts'
import { Recorder } from '../../../src/engine/recorder.ts'
import { Redactor } from '../../../src/engine/redactor.ts'
import { viewRun } from '../../../src/engine/view.ts'
import type { JournalRecord } from '../../../src/ports/journal.ts'
import type { Json } from '../../../src/ports/json.ts'
import type { SettingAddress, SettingsPort } from '../../../src/ports/settings.ts'
import { FakeJournal } from './fake-journal.ts'
import { WorldClock } from './world-clock.ts'

export interface EngineParts {
  readonly recorder: Recorder
  readonly control: Control
  readonly clock: WorldClock
  readonly progress: (subject: string, text: string) => void
  /** Types of the records so far, `step.done` and the like. */
  types(): Promise<string[]>
  records(): Promise<readonly JournalRecord[]>
  /** The same run in the next process. */
  again(): Promise<EngineParts>
}

export function engineParts(journal = new FakeJournal(), recorder?: Recorder): EngineParts {
  const clock = new WorldClock()
  const ports = { journal, clock, host: { notify: () => {} }, redactor: new Redactor() }
  const own = recorder ?? new Recorder('run-1', ports)
  const records = async () => ((await journal.runs()).length === 0 ? [] : journal.read('run-1'))
  return {
    recorder: own,
    control: new Control(),
    clock,
    progress: () => {},
    records,
    types: async () => (await records()).map(({ type }) => type),
    again: async () => engineParts(journal, new Recorder('run-1', ports, viewRun(await records()))),
  }
}

/** Settings of some remote system: a value by target. What a target does not have does not exist. */
export class FakeSettings implements SettingsPort {
  readonly values: Map<string, Json>
  readonly writes: { targets: readonly string[]; value: Json }[] = []
  /** The next write is lost before it has any effect. */
  failNext = false

  constructor(values: Record<string, Json>) {
    this.values = new Map(Object.entries(values))
  }

  async read(_address: SettingAddress, targets: readonly string[]): Promise<ReadonlyMap<string, Json>> {
    return new Map([...this.values].filter(([target]) => targets.includes(target)))
  }

  async write(_address: SettingAddress, targets: readonly string[], value: Json): Promise<void> {
    if (this.failNext) {
      this.failNext = false
      throw new Error('the connection was lost')
    }
    this.writes.push({ targets, value })
    for (const target of targets) if (this.values.has(target)) this.values.set(target, value)
  }
}
