// What is wrong with schedules is said by the name of its field, before anything is scheduled.
import { expect } from 'chai'
import { parseConfig } from '../../../src/config/define.ts'
import { toOpsError } from '../../../src/errors/index.ts'
import { checkSchedules } from '../../../src/scheduler/check-schedules.ts'

const now = new Date('2026-03-01T00:00:00Z')
const nightly = { id: 'snapshot', cron: '0 2 * * *' }

function troubleOf(config: unknown): string {
  try {
    checkSchedules(parseConfig(config, 'ops.config.ts'), 'ops.config.ts', now)
  } catch (thrown) {
    const { code, message } = toOpsError(thrown)
    return `${code} ${message}`
  }
  return 'taken'
}

describe('schedules of ops.config.ts', () => {
  it('are taken when they are right', () => {
    expect(
      troubleOf({ schedules: [nightly, { id: 'verify', cron: '*/30 * * * *', timezone: 'Europe/Warsaw' }] }),
    ).to.equal('taken')
  })

  for (const [what, config, says] of [
    [
      'an expression with a minute that there is not',
      { schedules: [{ ...nightly, cron: '61 2 * * *' }] },
      /schedules\.0\.cron: "61 2/,
    ],
    ['an expression of words', { schedules: [{ ...nightly, cron: 'every night' }] }, /schedules\.0\.cron/],
    ['a day that never comes', { schedules: [{ ...nightly, cron: '0 2 31 2 *' }] }, /schedules\.0\.cron/],
    [
      'a zone that there is not',
      { schedules: [{ ...nightly, timezone: 'Europe/Warschau' }] },
      /schedules\.0\.timezone: Europe\/Warschau is no time zone/,
    ],
    [
      'two jobs of one name',
      { schedules: [nightly, nightly] },
      /schedules\.1\.id: snapshot is the id of another/,
    ],
    [
      'a jitter that reaches the next due time',
      { schedules: [{ id: 'a', cron: '* * * * *', jitterSeconds: 60 }] },
      /schedules\.0\.jitterSeconds/,
    ],
    [
      'a freeze day that is no day',
      { maintenance: { freezeDays: ['24.12.2026'] } },
      /maintenance\.freezeDays/,
    ],
    [
      'a window with 25 hours',
      { maintenance: { windows: [{ from: '25:00', to: '05:00' }] } },
      /maintenance\.windows\.0\.from/,
    ],
  ] as const)
    it(`are refused with ${what}, by the name of the field`, () => {
      expect(troubleOf(config))
        .to.match(/^CONFIG_INVALID ops\.config\.ts: /)
        .and.to.match(says)
    })
})
