// The report as Markdown: the verdict first, then what was planned, judged and done. Pure.
import type { JournalRecord, Sample } from '../../ports/journal.ts'
import { listEvents } from '../story/event-log.ts'
import { type Story, tellStory } from '../story/story.ts'
import { spentMs } from '../story/verdict.ts'
import { sayDateTime, sayDuration, sayTime } from '../words.ts'
import { bullets, code, table, words } from './escape.ts'
import * as sections from './sections.ts'

export function reportMarkdown(records: readonly JournalRecord[], samples: readonly Sample[]): string {
  const story = tellStory(records, samples)
  const parts = [
    `# ${words(story.runbook)} ${story.run}`,
    verdict(story),
    facts(story),
    section('What was found', [sections.found(story)]),
    section('Timeline', [sections.timeline(story), sections.figures(story)]),
    section('Nodes', [sections.nodes(story)]),
    section('What gated whom', [sections.waits(story)]),
    section(story.lanes.length === 0 ? 'Steps' : 'Steps worth a look', [sections.steps(story)]),
    section('Temporary settings', [sections.settings(story)]),
    section('Remarks', [sections.remarks(story)]),
    section('Gates', [sections.gates(story)]),
    section('Plan', [sections.plan(story)]),
    section('Parameters', [sections.parameters(story)]),
    section('Event log', [eventLog(story)]),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function section(title: string, parts: readonly string[]): string {
  const said = parts.filter(part => part !== '')
  return said.length === 0 ? '' : [`## ${title}`, ...said].join('\n\n')
}

function verdict({ verdict: { outcome, sentence, code: errorCode, leftOver, next } }: Story): string {
  return [
    `**${words(sentence)}**`,
    bullets([
      ...(errorCode === '' ? [] : [`Code: ${code(errorCode)}`]),
      leftOver.length === 0
        ? 'Nothing is left over.'
        : `${outcome === 'not ended' ? 'By now' : 'Left over'}: ${leftOver.map(words).join('; ')}`,
      ...(next === '' ? [] : [`Next: ${words(next)}`]),
    ]),
  ].join('\n\n')
}

function facts({ processes, beganMs, endedMs, plan, locks, version }: Story): string {
  const rows = processes.map(({ mode, actor, host, fromMs, untilMs, outcome }) => [
    mode,
    words(actor),
    words(host),
    sayDateTime(fromMs),
    sayDateTime(untilMs),
    outcome === null ? 'no end recorded' : words(outcome),
  ])
  const expected = plan?.expectedMs ?? null
  return [
    bullets([
      `From ${sayDateTime(beganMs)} to ${sayDateTime(endedMs)} UTC, ${sayDuration(spentMs(processes))} at work${expected === null ? '' : `, ${sayDuration(expected)} expected`}`,
      ...(locks.length === 0 ? [] : [`Locked: ${locks.map(code).join(', ')}`]),
      `Runbook version ${code(version.slice(0, 12))}`,
    ]),
    table(['Process', 'By', 'On', 'From', 'Until', 'Outcome'], rows),
  ].join('\n\n')
}

function eventLog({ records }: Story): string {
  const rows = listEvents(records).map(({ seq, atMs, type, text }) => [
    seq,
    sayTime(atMs),
    code(type),
    words(text),
  ])
  return [
    '<details>',
    `<summary>${rows.length} records</summary>`,
    '',
    table(['#', 'UTC', 'Type', 'What it says'], rows),
    '',
    '</details>',
  ].join('\n')
}
