// Writes docs/reference from the code: runbooks, journal records, error codes, commands. `--check` writes nothing and fails
// where a page is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { runbooks } from '../runbooks/index.ts'
import { describeParams } from '../src/cli/params.ts'
import { buildProgram } from '../src/cli/program.ts'
import { recordTypes } from '../src/engine/record-types.ts'
import { codes } from '../src/errors/codes.ts'

const folder = join(import.meta.dirname, 'reference')
const made = 'Made by `npm run docs`; edit the code instead.'

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.map(escapeCell).join(' | ')} |`).join('\n')

const escapeCell = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')

async function runbooksPage(): Promise<string> {
  const parts = ['# Runbooks', made]
  for (const load of Object.values(runbooks)) {
    const { id, summary, example, params, gates } = await load()
    const options = describeParams(params).map(one => [
      `\`${one.flag}\``,
      one.choices.length > 0 ? one.choices.join(', ') : one.type,
      one.default === undefined ? '' : String(one.default),
      one.description,
    ])
    parts.push(
      `## ${id}`,
      `${summary}. Example: \`${example}\``,
      table(['parameter', 'type', 'default', 'meaning'], options),
      table(
        ['gate', 'prevents', 'waived with'],
        gates.map(({ name, prevents, waivable }) => [`\`${name}\``, prevents, waivable]),
      ),
    )
  }
  return parts.join('\n\n')
}

const eventsPage = (): string =>
  [
    '# Journal records',
    made,
    'Each is one line of `ops run --json`, with `seq`, `at` (UTC), `run`, `type` and `prev` (SHA-256 of the record before).',
    table(
      ['type', 'when'],
      Object.entries(recordTypes).map(([type, meaning]) => [`\`${type}\``, meaning]),
    ),
  ].join('\n\n')

const errorsPage = (): string =>
  [
    '# Error codes',
    made,
    'Exit: 0 done · 1 failed, everything temporary undone · 2 refused, nothing touched · 3 waiting · 4 a human is needed · 5 a lock is held · 64 wrong use · 130 interrupted at a safe point.',
    table(
      ['code', 'meaning', 'exit', 'next'],
      Object.entries(codes).map(([code, { meaning, exitCode, next }]) => [
        `\`${code}\``,
        meaning,
        String(exitCode),
        next,
      ]),
    ),
  ].join('\n\n')

async function commandsPage(): Promise<string> {
  const parts = ['# Commands', made]
  const add = (command: Command, path: string): void => {
    const help = command.configureHelp({ helpWidth: 100 }).helpInformation().trimEnd()
    parts.push(`## ${path}`, `\`\`\`\n${help}\n\`\`\``)
    for (const sub of command.commands) add(sub, `${path} ${sub.name()}`)
  }
  add(await buildProgram([]), 'ops')
  return parts.join('\n\n')
}

const pages: Readonly<Record<string, string>> = {
  'runbooks.md': await runbooksPage(),
  'events.md': eventsPage(),
  'errors.md': errorsPage(),
  'cli.md': await commandsPage(),
}

mkdirSync(folder, { recursive: true })
for (const [name, text] of Object.entries(pages)) {
  const file = join(folder, name)
  if (!process.argv.includes('--check')) writeFileSync(file, `${text}\n`)
  else if (readOrNothing(file) !== `${text}\n`) {
    console.error(`docs/reference/${name} is out of date: npm run docs`)
    process.exitCode = 1
  }
}

function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
