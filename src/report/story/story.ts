// The run as a report tells it: every part made from the records once, drawn by Markdown and HTML alike. Pure.
import type { JournalRecord, Sample } from '../../ports/journal.ts'
import type { JsonObject } from '../../ports/json.ts'
import { isObject, namesOf, textOf } from '../read.ts'
import { listSteps, type StepStory } from './attempts.ts'
import { type Judgement, judge } from './judgement.ts'
import { drawLanes, type Lane } from './lanes.ts'
import { type NodeRow, nodeRows } from './node-rows.ts'
import { type PlanStory, tellPlan } from './plan-story.ts'
import { listProcesses, type Process } from './processes.ts'
import { type SettingStory, tellSettings } from './settings.ts'
import { measureTraffic, type Traffic } from './traffic.ts'
import { tellVerdict, type Verdict } from './verdict.ts'
import { listWaits, type Wait } from './waits.ts'

export interface Story {
  readonly run: string
  readonly runbook: string
  readonly version: string
  readonly params: JsonObject
  readonly beganMs: number
  /** Of the last record; the run may still be going on. */
  readonly endedMs: number
  readonly processes: readonly Process[]
  readonly verdict: Verdict
  readonly plan: PlanStory | null
  readonly judgement: Judgement
  readonly lanes: readonly Lane[]
  readonly waits: readonly Wait[]
  readonly settings: readonly SettingStory[]
  readonly nodes: readonly NodeRow[]
  readonly steps: readonly StepStory[]
  readonly traffic: Traffic
  readonly remarks: readonly { readonly atMs: number; readonly text: string }[]
  readonly locks: readonly string[]
  readonly records: readonly JournalRecord[]
}

export function tellStory(records: readonly JournalRecord[], samples: readonly Sample[]): Story {
  const started = records.find(({ type }) => type === 'run.started')
  const processes = listProcesses(records, samples)
  const lanes = drawLanes(records)
  const settings = tellSettings(records)
  const steps = listSteps(records)
  const locked = records.findLast(({ type }) => type === 'lock.acquired')
  return {
    run: records[0]?.run ?? '',
    runbook: textOf(started?.runbook),
    version: textOf(started?.version),
    params: isObject(started?.params) ? started.params : {},
    beganMs: atOf(records[0]),
    endedMs: atOf(records.at(-1)),
    processes,
    verdict: tellVerdict({ records, processes, lanes, settings, steps }),
    plan: tellPlan(records),
    judgement: judge(records),
    lanes,
    waits: listWaits(lanes),
    settings,
    nodes: nodeRows(records, lanes),
    steps,
    traffic: measureTraffic(samples, processes),
    remarks: records
      .filter(({ type }) => type === 'remark')
      .map(record => ({ atMs: Date.parse(record.at), text: textOf(record.text) })),
    locks: namesOf(locked?.names),
    records,
  }
}

const atOf = (record: JournalRecord | undefined): number => (record === undefined ? 0 : Date.parse(record.at))
