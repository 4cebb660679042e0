// The program: global options, every verb, and the options of the one runbook that was named. Commands load their own
// code when they run, so that help is quick.
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { redactor } from '../app/redactor.ts'
import { addHistoryCommands } from './commands/history.ts'
import { addLabCommands } from './commands/lab.ts'
import { addRunCommands } from './commands/run.ts'
import { addRunbookCommands } from './commands/runbooks.ts'
import { addScheduleCommands } from './commands/schedule.ts'
import type { CliIo } from './io.ts'

const checkout = resolve(import.meta.dirname, '../..')

export async function buildProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('ops')
    .description('Day-two runbooks for an on-premises ELK platform')
    .version('0.1.0')
    .addOption(
      new Option('-i, --inventory <path>', 'Ansible inventory')
        .env('OPS_INVENTORY')
        .default('inventory/embedded'),
    )
    .addOption(new Option('--state <dir>', 'state directory').env('OPS_STATE'))
    .option('--json', 'results as JSON, a run as its journal records, one a line')
    .option('--quiet', 'only results and errors')
    .option('--verbose', 'say more')
    .showSuggestionAfterError()
    // Errors are shown where all others are; help for want of a verb goes to stderr.
    .configureOutput({
      outputError: () => {},
      writeErr: text => {
        if (!argv.includes('--json')) process.stderr.write(text)
      },
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExample:\n  ops plan rolling-restart\n  ops run rolling-restart --limit es_data_warm',
    )
  const io = (): CliIo => ioOf(program)
  addLabCommands(program, io)
  addRunbookCommands(program, io)
  await addRunCommands(program, io, namedRunbook(argv))
  addHistoryCommands(program, io)
  addScheduleCommands(program, io)
  inherit(program)
  return program
}

/** Errors of subcommands are handled where those of the program are. */
function inherit(command: Command): void {
  for (const sub of command.commands) {
    sub.copyInheritedSettings(command)
    inherit(sub)
  }
}

const globalsWithValue = new Set(['-i', '--inventory', '--state'])

/** The runbook that `plan` or `run` was typed with, found before the options are known. */
function namedRunbook(argv: readonly string[]): string | null {
  const words: string[] = []
  for (let at = 0; at < argv.length && words.length < 2; at++) {
    const word = argv[at] ?? ''
    if (globalsWithValue.has(word)) at++
    else if (!word.startsWith('-')) words.push(word)
  }
  return words[0] === 'plan' || words[0] === 'run' ? (words[1] ?? null) : null
}

function ioOf(program: Command): CliIo {
  const { inventory, state, json = false, quiet = false, verbose = false } = program.opts()
  const tty = process.stdout.isTTY === true && process.stderr.isTTY === true
  return {
    stateDir: resolve(state ?? defaultState()),
    // The default is the checkout's own, so that `ops` works from any folder; a path that was typed is taken as it is.
    inventory:
      program.getOptionValueSource('inventory') === 'default'
        ? resolve(checkout, inventory)
        : resolve(inventory),
    json,
    quiet,
    verbose,
    live: tty && !json && !quiet && !process.env.NO_COLOR && process.env.TERM !== 'dumb',
    result: value => {
      const said = typeof value === 'string' ? value : JSON.stringify(redactor.value(value))
      process.stdout.write(`${redactor.text(said)}\n`)
    },
    talk: line => {
      if (!quiet) process.stderr.write(`${redactor.text(line)}\n`)
    },
  }
}

function defaultState(): string {
  const base = process.env.XDG_STATE_HOME || `${process.env.HOME ?? ''}/.local/state`
  return `${base}/ops`
}
