// schedule: what runs by itself, when, and what became of it.
import { type Command, Option } from 'commander'
import type { CliIo } from '../io.ts'
import type { StartOptions } from '../schedule/start-command.ts'

export function addScheduleCommands(program: Command, io: () => CliIo): void {
  const schedule = program.command('schedule').description('the schedules of ops.config.ts')
  schedule
    .command('list')
    .description('every job with its next and last due time, or the last due times of one')
    .argument('[job]')
    .addHelpText('after', '\nExample:\n  ops schedule list\n  ops schedule list snapshot --json')
    .action(async (job: string | undefined) => {
      const { listCommand } = await import('../schedule/list-command.ts')
      await listCommand(io(), job)
    })
  schedule
    .command('start')
    .description('run what is due, in the foreground, until Ctrl-C')
    .option('--metrics <file>', 'keep a file for the textfile collector of Prometheus')
    .addOption(new Option('--program <path>', 'what carries jobs out').hideHelp())
    .addHelpText('after', '\nExample:\n  ops schedule start --metrics /var/lib/node_exporter/ops.prom')
    .action(async (options: StartOptions) => {
      const { startCommand } = await import('../schedule/start-command.ts')
      process.exitCode = await startCommand(io(), options)
    })
  schedule
    .command('metrics')
    .description('when each job last succeeded, for Prometheus')
    .option('--file <path>', 'write it there, as a whole')
    .addHelpText('after', '\nExample:\n  ops schedule metrics --file /var/lib/node_exporter/ops.prom')
    .action(async ({ file }: { file?: string }) => {
      const { metricsCommand } = await import('../schedule/metrics-command.ts')
      await metricsCommand(io(), file)
    })
}
