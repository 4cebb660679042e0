// Tests of wrong use: exit status 64, what was wrong, and what to type instead. Each is one captured call.
import { expect } from 'chai'
import { opsCalls } from './capture-ops.ts'

interface UsageCase {
  readonly title: string
  readonly args: readonly string[]
  readonly code: string
  readonly says: RegExp
}

const run = ['run', 'rolling-restart', '--yes']
const cases: readonly UsageCase[] = [
  {
    title: 'a verb with a typo',
    args: ['rnus'],
    code: 'USAGE',
    says: /unknown command 'rnus'[\s\S]*mean runs\?/,
  },
  {
    title: 'a verb unlike any other',
    args: ['frobnicate'],
    code: 'USAGE',
    says: /'frobnicate'[\s\S]*ops --help/,
  },
  {
    title: 'a runbook with a typo',
    args: ['plan', 'roling-restart'],
    code: 'UNKNOWN_RUNBOOK',
    says: /no runbook roling-restart[\s\S]*did you mean rolling-restart/,
  },
  {
    title: 'a runbook unlike any other',
    args: ['runbooks', 'show', 'x'],
    code: 'UNKNOWN_RUNBOOK',
    says: /Try +list them: ops runbooks/,
  },
  { title: 'no runbook', args: ['plan'], code: 'USAGE', says: /missing required argument 'runbook'/ },
  {
    title: 'a parameter with a typo',
    args: ['plan', 'rolling-restart', '--limt', 'x'],
    code: 'USAGE',
    says: /'--limt'[\s\S]*--limit\?/,
  },
  {
    title: 'a duration without a unit',
    args: [...run, '--soak', '5'],
    code: 'USAGE',
    says: /--soak must be a number with a unit.*not "5"/,
  },
  {
    title: 'a count of none',
    args: [...run, '--max-unavailable', '0'],
    code: 'USAGE',
    says: /--max-unavailable must be a count/,
  },
  { title: 'an empty pattern', args: [...run, '--limit', ''], code: 'USAGE', says: /--limit/ },
  {
    title: 'a choice that is none',
    args: [...run, '--hold', 'tight'],
    code: 'USAGE',
    says: /--hold[\s\S]*auto, shutdown-api/,
  },
  {
    title: 'a service that is none',
    args: [...run, '--service', 'mysql'],
    code: 'USAGE',
    says: /--service[\s\S]*elasticsearch/,
  },
  {
    title: 'an option without its value',
    args: [...run, '--limit'],
    code: 'USAGE',
    says: /--limit <pattern>/,
  },
  {
    title: 'a waiver without a reason',
    args: [...run, '--waive', 'heap_has_room'],
    code: 'USAGE',
    says: /gives no reason/,
  },
  {
    title: 'nobody to ask',
    args: ['run', 'rolling-restart'],
    code: 'USAGE',
    says: /no terminal[\s\S]*add --yes/,
  },
  {
    title: 'a run that is not there',
    args: ['show', 'nope'],
    code: 'UNKNOWN_RUN',
    says: /no run nope[\s\S]*ops runs/,
  },
  { title: 'no last run', args: ['resume', 'last'], code: 'UNKNOWN_RUN', says: /no run last/ },
  {
    title: 'an inventory that is not there',
    args: [...run, '-i', '/nowhere'],
    code: 'INVENTORY_MISSING',
    says: /no inventory at \/nowhere/,
  },
  {
    title: 'a state directory inside of a file',
    args: ['runs', '--state', '/dev/null/state'],
    code: 'STATE_UNUSABLE',
    says: /\/dev\/null\/state cannot be used[\s\S]*--state DIR/,
  },
]

describe('wrong use', () => {
  const { ops, end } = opsCalls()
  after(end)

  for (const { title, args, code, says } of cases) {
    it(`is told for ${title}`, async () => {
      const { status, stdout, stderr } = await ops(args)
      expect(stderr).to.match(says)
      expect(stderr).to.match(new RegExp(`^Error +\\S[\\s\\S]*\nCode +${code}\nTry +\\S`))
      expect(stdout).to.equal('')
      expect(status).to.equal(64)
    })
  }

  for (const { title, args, code } of cases.filter((_, at) => at % 6 === 0)) {
    it(`is one JSON object on stderr with --json for ${title}`, async () => {
      const { status, stdout, stderr } = await ops([...args, '--json'])
      const { error } = JSON.parse(stderr)
      expect(error).to.have.all.keys('code', 'message', 'hint', 'exitCode')
      expect(error).to.include({ code, exitCode: 64 })
      expect(stdout).to.equal('')
      expect(status).to.equal(64)
    })
  }

  it('is one JSON object for a missing verb as well', async () => {
    const { status, stderr } = await ops(['--json'])
    expect(JSON.parse(stderr).error.code).to.equal('USAGE')
    expect(status).to.equal(64)
  })
})
