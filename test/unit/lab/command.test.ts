import { join } from 'node:path'
import { expect } from 'chai'
import { Command } from 'commander'
import { addLabCommands } from '../../../src/cli/commands/lab.ts'
import type { CliIo } from '../../../src/cli/io.ts'
import type { OpsError } from '../../../src/errors/index.ts'
import { saveState } from '../../../src/lab/state.ts'
import { makeDirectory, makeLab } from './fake-lab.ts'

/** One captured call of `ops lab ...`. */
async function run(stateDir: string, ...words: string[]) {
  const results: (string | object)[] = []
  const io: CliIo = {
    stateDir,
    inventory: '',
    json: false,
    quiet: true,
    verbose: false,
    live: false,
    result: value => results.push(value),
    talk: () => {},
  }
  const program = new Command('ops')
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
  addLabCommands(program, () => io)
  for (const command of allCommands(program)) command.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    await program.parseAsync(['lab', ...words], { from: 'user' })
    return { results }
  } catch (error) {
    return { results, error: error as OpsError }
  }
}
const allCommands = (command: Command): Command[] =>
  command.commands.flatMap(one => [one, ...allCommands(one)])

describe('ops lab', () => {
  it('says that no lab is up, whatever is asked of it', async () => {
    using directory = makeDirectory()
    for (const words of [
      'status',
      'service status es-data01',
      'load',
      'fault list',
      'fault freeze es-data01',
    ]) {
      expect((await run(directory.path, ...words.split(' '))).error, words).to.have.property(
        'code',
        'LAB_NOT_UP',
      )
    }
  })

  it('names the nodes where one is asked for that is not there', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    saveState(lab.paths, lab.state)
    const { error } = await run(join(directory.path, 'state'), 'service', 'stop', 'es-nope')
    expect(error).to.have.property('code', 'USAGE')
    expect(error?.hint).to.equal('one of es-node01, es-node02, es-node03')
  })

  it('answers the service verbs in one object', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    saveState(lab.paths, lab.state)
    const { results } = await run(join(directory.path, 'state'), 'service', 'stop', 'es-node01')
    expect(results).to.deep.equal(['es-node01 stopped, as it was'])
  })

  it('refuses a service, layout or number that it does not know', async () => {
    using directory = makeDirectory()
    const only = await run(directory.path, 'up', '--only', 'elasticsearch,mongodb')
    expect(only.error).to.have.property('message', 'the lab has no service mongodb yet')
    for (const words of ['up --layout huge', 'up --boot-delay soon', 'load --rate -1']) {
      expect((await run(directory.path, ...words.split(' '))).error, words).to.have.property('exitCode')
    }
  })

  it('refuses two things at once, and a load that writes nothing', async () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path, '')
    saveState(lab.paths, lab.state)
    const state = join(directory.path, 'state')
    expect((await run(state, 'load', '--stop', '--verify')).error).to.have.property('code', 'USAGE')
    expect((await run(state, 'load', '--rate', '0')).error).to.have.property('code', 'USAGE')
    expect((await run(state, 'load', '--name', '../x')).error).to.have.property('code', 'USAGE')
    expect((await run(state, 'load', '--status', '--name', 'never')).error).to.have.property('code', 'USAGE')
    expect((await run(state, 'load', '--kafka')).error).to.have.property('code', 'LAB_NOT_UP')
  })

  it('has an example in the help of every verb', () => {
    const program = new Command('ops')
    addLabCommands(program, () => {
      throw new Error('help asks for nothing')
    })
    const leaves = allCommands(program).filter(command => command.commands.length === 0)
    for (const command of leaves) {
      let help = ''
      command.configureOutput({ writeOut: text => (help += text) }).outputHelp()
      expect(help, command.name()).to.include('Example:\n  ops lab ')
    }
  })
})
