// Tests of ops.config.ts: defaults, and errors that name the field.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runbooks } from '../../../runbooks/index.ts'
import { parseConfig } from '../../../src/config/define.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { OpsError } from '../../../src/errors/index.ts'

const usual = {
  approvals: { minutes: 30, selfApproval: false },
  schedules: [],
  maintenance: { timezone: 'UTC', windows: [], freezeDays: [] },
  secrets: [],
}

function errorOf(value: unknown): OpsError {
  try {
    parseConfig(value, 'ops.config.ts')
  } catch (thrown) {
    if (thrown instanceof OpsError) return thrown
  }
  throw new Error('the config was taken')
}

describe('parseConfig', () => {
  it('fills in what is not said', () => {
    expect(parseConfig({}, 'x')).to.deep.equal(usual)
    expect(parseConfig({ approvals: { minutes: 5 } }, 'x').approvals.selfApproval).to.equal(false)
  })

  const wrong: Readonly<Record<string, readonly [unknown, RegExp]>> = {
    'a field of the wrong type': [
      { approvals: { minutes: 'ten' } },
      /^ops\.config\.ts: approvals\.minutes: /,
    ],
    'a number of none': [{ approvals: { minutes: 0 } }, /approvals\.minutes/],
    'a field with a typo': [{ aprovals: {} }, /aprovals/],
    'no object': [7, /the config/],
  }
  for (const [what, [value, says]] of Object.entries(wrong)) {
    it(`refuses ${what}, by name and with exit status 64`, () => {
      const { message, code, exitCode } = errorOf(value)
      expect(message).to.match(says)
      expect({ code, exitCode }).to.deep.equal({ code: 'CONFIG_INVALID', exitCode: 64 })
    })
  }
})

describe('loadConfig', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ops-config-'))
  after(() => rmSync(folder, { recursive: true }))
  const checkoutWith = (name: string, text: string): string => {
    const checkout = mkdtempSync(join(folder, name))
    writeFileSync(join(checkout, 'ops.config.ts'), text)
    return checkout
  }

  it('is content without a file', async () => expect(await loadConfig('/nowhere')).to.deep.equal(usual))

  it('reads TypeScript', async () => {
    const checkout = checkoutWith('fine', 'export default { approvals: { minutes: 5 as number } }\n')
    expect((await loadConfig(checkout)).approvals.minutes).to.equal(5)
  })

  it('says which file cannot be loaded', async () => {
    const checkout = checkoutWith('broken', 'export default {\n')
    const error = await loadConfig(checkout).catch(thrown => thrown)
    expect(error).to.be.instanceOf(OpsError)
    expect(error.code).to.equal('CONFIG_INVALID')
    expect(error.message).to.include(`${checkout}/ops.config.ts cannot be loaded`)
  })

  it('takes the config of this checkout, whose jobs all have a runbook or are off', async () => {
    const { schedules, secrets: _others, ...rest } = await loadConfig(join(import.meta.dirname, '../../..'))
    expect(rest).to.deep.equal({ approvals: usual.approvals, maintenance: usual.maintenance })
    expect(schedules.map(({ id }) => id)).to.include.members([
      'snapshot',
      'prune-snapshots',
      'verify-snapshots',
    ])
    for (const { id, runbook = id, enabled } of schedules)
      expect(runbook in runbooks || !enabled, id).to.equal(true)
  })
})
