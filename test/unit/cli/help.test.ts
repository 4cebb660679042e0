// Tests of help and completion: what people and scripts read off the program itself.
import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import type { Command } from 'commander'
import { execa } from 'execa'
import { buildProgram } from '../../../src/cli/program.ts'
import { opsCalls } from './capture-ops.ts'

describe('help', () => {
  const { ops, end } = opsCalls()
  after(end)

  const golden: Readonly<Record<string, readonly string[]>> = {
    ops: ['--help'],
    run: ['run', '--help'],
    'run-rolling-restart': ['run', 'rolling-restart', '--help'],
  }
  for (const [name, args] of Object.entries(golden)) {
    it(`of ops ${args.join(' ')} is what test/golden/cli/${name}.txt has`, async () => {
      const { status, stdout } = await ops(args)
      expect(status).to.equal(0)
      const file = `test/golden/cli/${name}.txt`
      expect(`${stdout}\n`).to.equal(readFileSync(file, 'utf8'))
    })
  }

  it('of every verb ends with an example', async () => {
    const program = await buildProgram([])
    const without = verbsOf(program).filter(verb => helpOf(verb).match(/\nExample:\n {2}.*\bops /) === null)
    expect(without.map(verb => verb.name())).to.deep.equal([])
  })

  it('of every verb says in one line what it does', async () => {
    const program = await buildProgram([])
    for (const verb of verbsOf(program)) expect(verb.description(), verb.name()).to.match(/^\S.{10,}[^.]$/)
  })

  it('goes to stderr with exit status 64 where a verb is missing', async () => {
    const { status, stdout, stderr } = await ops([])
    expect(status).to.equal(64)
    expect(stdout).to.equal('')
    expect(stderr).to.match(/^Usage: ops/)
  })

  it('has the version', async () => {
    const { status, stdout } = await ops(['--version'])
    expect(status).to.equal(0)
    expect(stdout).to.match(/^\d+\.\d+\.\d+$/)
  })
})

describe('completion', () => {
  const { ops, write, end } = opsCalls()
  after(end)

  for (const shell of ['bash', 'zsh']) {
    it(`for ${shell} is a script that bash can parse`, async () => {
      const { status, stdout } = await ops(['completion', shell])
      expect(status).to.equal(0)
      await execa('bash', ['-n', write(shell, stdout)])
    })
  }

  it('for bash completes verbs, runbooks and parameters', async () => {
    const { stdout } = await ops(['completion', 'bash'])
    const script = write('complete', stdout)
    const completed = async (...words: string[]) => {
      const line = `source ${script}; COMP_WORDS=(${words.map(word => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _ops; echo "\${COMPREPLY[@]}"`
      return (await execa('bash', ['-c', line])).stdout
    }
    expect(await completed('ops', 'do')).to.equal('doctor')
    expect(await completed('ops', 'run', 'roll')).to.equal('rolling-restart')
    expect(await completed('ops', 'plan', 'rolling-restart', '--max-u')).to.equal('--max-unavailable')
  })

  it('for fish names every verb', async () => {
    const { status, stdout } = await ops(['completion', 'fish'])
    expect(status).to.equal(0)
    for (const line of stdout.split('\n')) expect(line).to.match(/^complete -c ops -n '[^']+' -a '[^']*'$/)
    expect(stdout).to.include('doctor')
  })

  it('for any other shell is a usage error', async () => {
    const { status, stderr } = await ops(['completion', 'tcsh'])
    expect(status).to.equal(64)
    expect(stderr).to.include('bash, zsh or fish')
  })
})

/** Every verb that does something; a verb that only groups others has the examples in those. */
function verbsOf(command: Command): readonly Command[] {
  return command.commands.flatMap(sub => (sub.commands.length > 0 ? verbsOf(sub) : [sub]))
}

function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: part => {
      text += part
    },
  })
  command.outputHelp()
  return text
}
