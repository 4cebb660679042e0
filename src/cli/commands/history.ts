// runs, show, report, doctor, completion: reads only.
import type { Command } from 'commander'
import type { CliIo } from '../io.ts'

export function addHistoryCommands(program: Command, io: () => CliIo): void {
  program
    .command('runs')
    .description('every run, the newest first')
    .addHelpText('after', '\nExample:\n  ops runs --json')
    .action(async () => {
      const { runsCommand } = await import('../history/runs-command.ts')
      await runsCommand(io())
    })
  program
    .command('show')
    .description('one run: what happened, record by record')
    .argument('<run>')
    .addHelpText('after', '\nExample:\n  ops show last')
    .action(async (typed: string) => {
      const { showCommand } = await import('../history/runs-command.ts')
      await showCommand(io(), typed)
    })
  program
    .command('report')
    .description('the report of one run, as Markdown or one HTML file')
    .argument('<run>')
    .option('--html <file>', 'write one self-contained HTML file')
    .addHelpText('after', '\nExample:\n  ops report last --html report.html')
    .action(async (typed: string, options: { html?: string }) => {
      const { reportCommand } = await import('../history/report-command.ts')
      await reportCommand(io(), typed, options.html)
    })
  program
    .command('doctor')
    .description('what dead runs left, and how to mend it')
    .addHelpText('after', '\nExample:\n  ops doctor')
    .action(async () => {
      const { doctorCommand } = await import('../history/doctor-command.ts')
      process.exitCode = await doctorCommand(io())
    })
  program
    .command('completion')
    .description('a completion script for your shell')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', '\nExample:\n  source <(ops completion bash)')
    .action(async (shell: string) => {
      const { completionScript } = await import('../completion.ts')
      io().result(await completionScript(program, shell))
    })
}
