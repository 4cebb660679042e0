// runbooks: what can be run, with parameters and gates.
import type { Command } from 'commander'
import type { CliIo } from '../io.ts'

export function addRunbookCommands(program: Command, io: () => CliIo): void {
  const list = program
    .command('runbooks')
    .description('what can be run')
    .addHelpText('after', '\nExample:\n  ops runbooks show rolling-restart')
    .action(async () => {
      const [{ runbooks }, { findRunbook }] = await Promise.all([
        import('../../../runbooks/index.ts'),
        import('../find.ts'),
      ])
      const all = await Promise.all(Object.keys(runbooks).map(findRunbook))
      const rows = all.map(({ id, summary, example }) => ({ id, summary, example }))
      io().result(io().json ? rows : rows.map(({ id, summary }) => `${id.padEnd(20)}${summary}`).join('\n'))
    })
  list
    .command('show')
    .description('one runbook: parameters and gates')
    .argument('<runbook>')
    .addHelpText('after', '\nExample:\n  ops runbooks show rolling-restart')
    .action(async (id: string) => {
      const [{ findRunbook }, { describeParams }] = await Promise.all([
        import('../find.ts'),
        import('../params.ts'),
      ])
      const runbook = await findRunbook(id)
      const params = describeParams(runbook.params)
      const gates = runbook.gates.map(({ name, prevents, waivable }) => ({ name, prevents, waivable }))
      const { summary, example } = runbook
      if (io().json) return io().result({ id, summary, example, params, gates })
      io().result(
        [
          `${id}: ${summary}`,
          '',
          'Parameters',
          ...params.map(one => `  ${`${one.flag} <${one.type}>`.padEnd(36)}${one.description}`),
          '',
          'Gates',
          ...gates.map(one => `  ${one.name}\n      prevents: ${one.prevents}`),
          '',
          `Example: ${example}`,
        ].join('\n'),
      )
    })
}
