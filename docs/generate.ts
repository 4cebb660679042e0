// Writes docs/reference from the code, so that it cannot say anything else: `npm run docs`. With --check it writes
// nothing and fails where a page is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { runbooks } from '../runbooks/index.ts'
import { describeParams } from '../src/cli/params.ts'
import { buildProgram } from '../src/cli/program.ts'
import { recordTypes } from '../src/engine/record-types.ts'
import { codes, exitCodes } from '../src/errors/index.ts'

const folder = join(import.meta.dirname, 'reference')
const note = '<!-- Made by `npm run docs` from the code. Change it there. -->'

const pages: Readonly<Record<string, () => string | Promise<string>>> = {
  'runbooks.md': describeRunbooks,
  'events.md': describeEvents,
  'errors.md': describeErrors,
  'cli.md': describeCommands,
}

const check = process.argv.includes('--check')
for (const [name, write] of Object.entries(pages)) {
  const file = join(folder, name)
  const text = `${note}\n\n${await write()}\n`
  if (check && read(file) === text) continue
  if (check) {
    console.error(`docs/reference/${name} is out of date: npm run docs`)
    process.exitCode = 1
    continue
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, text)
}

async function describeRunbooks(): Promise<string> {
  const parts = ['# Runbooks']
  for (const load of Object.values(runbooks)) {
    const { id, summary, example, params, gates } = await load()
    const rows = describeParams(params).map(({ flag, type, choices, default: usual, description }) => [
      `\`${flag}\``,
      choices.length > 0 ? choices.join(', ') : type,
      usual === undefined ? '' : `\`${usual}\``,
      description,
    ])
    parts.push(
      `## ${id}`,
      `${summary}. How it goes step by step: [README](../../runbooks/${id}/README.md).`,
      `\`\`\`sh\n${example}\n\`\`\``,
      '### Parameters',
      table(['option', 'type', 'default', 'what it does'], rows),
      '### Gates',
      'All of them must be true before anything is touched. `ops plan` shows each with its evidence. Those with ' +
        '"reason" may be waived with `--waive gate=reason`; with "approval" another person must agree as well ' +
        '(`ops approve`); with "never" the cause has to be mended.',
      table(
        ['gate', 'prevents', 'waivable'],
        gates.map(({ name, prevents, waivable }) => [`\`${name}\``, prevents, waivable]),
      ),
    )
  }
  return parts.join('\n\n')
}

function describeEvents(): string {
  const rows = Object.entries(recordTypes).map(([type, meaning]) => [`\`${type}\``, meaning])
  return [
    '# Journal records',
    'Every run is a list of records, in the journal and, with `ops run --json`, on stdout, one a line. Each has `seq`, ' +
      '`at` (UTC), `run`, `type` and `prev` (SHA-256 of the record before); the other fields depend on the type.',
    table(['type', 'when and what'], rows),
  ].join('\n\n')
}

function describeErrors(): string {
  const statuses: Readonly<Record<keyof typeof exitCodes, string>> = {
    done: 'Done',
    failed: 'Failed; everything temporary is undone',
    refused: 'Refused by a gate or by a person; nothing was touched',
    waiting: 'Waits for an approval, or is paused',
    needsHuman: 'Failed, and a human is needed; the state is printed',
    locked: 'A lock is held; by whom and since when is printed',
    usage: 'Wrong use',
    interrupted: 'Interrupted at a safe point',
  }
  const next = {
    retry: 'tries again',
    wait: 'waits for the world, then looks again',
    ask: 'stops and asks a person',
    stop: 'stops',
  }
  return [
    '# Errors',
    '## Exit statuses',
    table(
      ['status', 'meaning'],
      Object.entries(exitCodes).map(([name, status]) => [
        String(status),
        statuses[name as keyof typeof exitCodes],
      ]),
    ),
    '## Codes',
    'A place in the code may choose another status where the same trouble is milder or graver there; the status that ' +
      'counts is the one of the process.',
    table(
      ['code', 'meaning', 'exit status', 'what ops does'],
      Object.entries(codes).map(([code, { meaning, exitCode, next: then }]) => [
        `\`${code}\``,
        meaning,
        String(exitCode),
        next[then],
      ]),
    ),
  ].join('\n\n')
}

async function describeCommands(): Promise<string> {
  const parts = [
    '# Command line',
    'stdout carries the result, stderr the talk.',
    helpOf(await buildProgram([]), 'ops'),
  ]
  for (const command of (await buildProgram([])).commands) parts.push(...describeCommand(command, 'ops'))
  for (const id of Object.keys(runbooks)) {
    const run = (await buildProgram(['run', id])).commands.find(command => command.name() === 'run')
    if (run !== undefined) parts.push(helpOf(run, `ops run ${id}`))
  }
  return parts.join('\n\n')
}

function describeCommand(command: Command, parent: string): readonly string[] {
  const name = `${parent} ${command.name()}`
  return [helpOf(command, name), ...command.commands.flatMap(sub => describeCommand(sub, name))]
}

function helpOf(command: Command, name: string): string {
  let text = ''
  // As wide as it is where there is no terminal, whatever terminal this runs in.
  command.configureOutput({
    getOutHelpWidth: () => 80,
    writeOut: part => {
      text += part
    },
  })
  command.outputHelp()
  return `## ${name}\n\n\`\`\`text\n${text.trim()}\n\`\`\``
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
