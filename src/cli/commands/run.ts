// plan, run, resume, abort, approve, pause. `plan` and `run` get the options of the runbook that was named.
import type { Command } from 'commander'
import type { AnyRunbook } from '../../engine/engine.ts'
import type { CliIo } from '../io.ts'

type Io = () => CliIo

export async function addRunCommands(program: Command, io: Io, named: string | null): Promise<void> {
  const runbook = named === null ? null : await loadQuietly(named)
  const plan = program
    .command('plan')
    .description('show what a runbook would do; reads only')
    .argument('<runbook>')
    .addHelpText(
      'after',
      sayExample('plan', runbook?.example ?? 'ops plan rolling-restart --limit es_data_hot'),
    )
    .action(async (id: string, options) => {
      const { planCommand } = await import('../run/plan-command.ts')
      await planCommand(io(), id, options)
    })
  const run = program
    .command('run')
    .description('plan, ask, apply')
    .argument('<runbook>')
    .option('--yes', 'apply the plan without asking')
    .option(
      '--waive <gate=reason>',
      'let a gate that refuses pass, for a reason; may be repeated',
      collect,
      [],
    )
    .option('--expect <hash>', 'apply only the plan with this hash')
    .addHelpText('after', sayExample('run', runbook?.example ?? 'ops run rolling-restart --yes'))
    .action(async (id: string, options) => {
      const { runCommand } = await import('../run/run-command.ts')
      process.exitCode = await runCommand(io(), id, options)
    })
  plan.option('--waive <gate=reason>', 'plan as if this gate were waived; may be repeated', collect, [])
  if (runbook !== null) await addOptionsOf(runbook, [plan, run])
  addCarryOnCommands(program, io)
}

function addCarryOnCommands(program: Command, io: Io): void {
  program
    .command('resume')
    .description('carry an interrupted run on')
    .argument('<run>', 'its id, the beginning of it, or last')
    .option('--accept-changed', 'although the code of the runbook has changed')
    .addHelpText('after', '\nExample:\n  ops resume last')
    .action(async (typed: string, options) => {
      const { carryOnCommand } = await import('../run/carry-on-command.ts')
      process.exitCode = await carryOnCommand(io(), typed, 'resume', options.acceptChanged === true)
    })
  program
    .command('abort')
    .description('bring a run to a safe end with every temporary change undone')
    .argument('<run>')
    .addHelpText('after', '\nExample:\n  ops abort last')
    .action(async (typed: string) => {
      const { carryOnCommand } = await import('../run/carry-on-command.ts')
      process.exitCode = await carryOnCommand(io(), typed, 'abort', true)
    })
  program
    .command('approve')
    .description('approve a run that waits for another person')
    .argument('<run>')
    .addHelpText('after', '\nExample:\n  ops approve 20261123-105233-k3f')
    .action(async (typed: string) => {
      const { approveCommand } = await import('../run/answer-commands.ts')
      await approveCommand(io(), typed)
    })
  program
    .command('pause')
    .description('stop a run at its next safe point')
    .argument('<run>')
    .addHelpText('after', '\nExample:\n  ops pause last')
    .action(async (typed: string) => {
      const { pauseCommand } = await import('../run/answer-commands.ts')
      await pauseCommand(io(), typed)
    })
}

async function addOptionsOf(runbook: AnyRunbook, commands: readonly Command[]): Promise<void> {
  const { addParamOptions } = await import('../params.ts')
  for (const command of commands) {
    addParamOptions(command, runbook.params)
    command.addHelpText('before', `${runbook.summary}\n`)
  }
}

/** An unknown name is reported when the command runs, as every error is. */
async function loadQuietly(named: string): Promise<AnyRunbook | null> {
  const { runbooks } = await import('../../../runbooks/index.ts')
  return Object.hasOwn(runbooks, named) ? ((await runbooks[named]?.()) ?? null) : null
}

/** A runbook's own example, for the verb that is asked about. */
function sayExample(verb: 'plan' | 'run', example: string): string {
  const [, ...words] = example.split(' ').slice(1)
  return `\nExample:\n  ${['ops', verb, ...words.filter(word => verb === 'run' || word !== '--yes')].join(' ')}`
}

const collect = (value: string, all: readonly string[]): readonly string[] => [...all, value]
