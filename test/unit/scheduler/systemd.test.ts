// The units call what there is: every verb and option in them is one of the command line's.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'

const checkout = join(import.meta.dirname, '../../..')
const folder = join(checkout, 'src/scheduler/systemd')

describe('the systemd units', () => {
  const commands = readdirSync(folder).flatMap(name =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/^ExecStart=\S+\/ops (.*)$/gm)].map(
      ([, line = '']) => ({ name, words: line.split(' ') }),
    ),
  )

  it('are two services that run ops', () => {
    expect([...new Set(commands.map(({ name }) => name))].sort()).to.deep.equal([
      'ops-schedule.service',
      'ops-watchdog.service',
    ])
  })

  for (const { name, words } of commands)
    it(`${name} calls ${words.join(' ')} as ops has it`, async () => {
      const verb = words.slice(0, words[0] === 'schedule' ? 2 : 1)
      const { stdout } = await execa(join(checkout, 'ops'), [...verb, '--help'])
      expect(stdout).to.include(`Usage: ops ${verb.join(' ')}`)
      for (const option of words.filter(word => word.startsWith('--'))) expect(stdout).to.include(option)
    }).timeout(60_000)
})
