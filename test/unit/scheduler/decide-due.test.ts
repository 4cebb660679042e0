// Tests of what becomes of due times: each rule of decideDue, and what it leaves alone.
import { expect } from 'chai'
import type { DueRow } from '../../../src/ports/ledger.ts'
import { decideDue, type Situation, startOf } from '../../../src/scheduler/decide-due.ts'
import { maintenanceOf, scheduleOf } from '../../support/schedule-world/schedule-world.ts'

const day = (date: number, time = '02:00'): string =>
  `2026-03-${String(date).padStart(2, '0')}T${time}:00.000Z`
const row = (dueAt: string, fields: Partial<DueRow> = {}): DueRow => ({
  job: 'snapshot',
  dueAt,
  state: 'due',
  run: null,
  reason: null,
  exitCode: null,
  claimedBy: null,
  notBefore: null,
  at: dueAt,
  ...fields,
})
const situation = (
  now: string,
  fresh: readonly string[],
  fields: Partial<Situation> = {},
  schedule: Partial<Situation['schedule']> = {},
): Situation => ({
  schedule: scheduleOf({ id: 'snapshot', cron: '0 2 * * *', ...schedule }),
  maintenance: maintenanceOf(),
  now: new Date(now),
  fresh: fresh.map(time => new Date(time)),
  waiting: [],
  claimed: null,
  ...fields,
})

describe('decideDue', () => {
  it('starts what is due now', () => {
    expect(decideDue(situation(day(3), [day(3)]))).to.deep.equal({
      verdicts: [],
      start: day(3),
      lookAgainAt: null,
    })
  })

  it('does nothing where nothing is due', () => {
    expect(decideDue(situation(day(3), []))).to.deep.equal({ verdicts: [], start: null, lookAgainAt: null })
  })

  it('runs the newest of those that were missed, once, and says by whom the others are caught up', () => {
    const { start, verdicts } = decideDue(situation(day(5, '09:00'), [day(3), day(4), day(5)]))
    expect(start).to.equal(day(5))
    expect(verdicts).to.deep.equal(
      [day(3), day(4)].map(dueAt => ({
        dueAt,
        state: 'skipped',
        reason: `caught up by the one due at ${day(5)}`,
      })),
    )
  })

  for (const [catchUp, state] of [
    ['skip', 'skipped'],
    ['alert', 'missed'],
  ] as const) {
    it(`records every one as ${state} where catchUp is ${catchUp}`, () => {
      const { start, verdicts } = decideDue(situation(day(5, '09:00'), [day(4), day(5)], {}, { catchUp }))
      expect(start).to.equal(null)
      expect(verdicts.map(verdict => [verdict.dueAt, verdict.state])).to.deep.equal([
        [day(4), state],
        [day(5), state],
      ])
    })

    it(`starts what came just now where catchUp is ${catchUp}`, () => {
      const { start } = decideDue(situation(day(5, '02:01'), [day(4), day(5)], {}, { catchUp }))
      expect(start).to.equal(day(5))
    })
  }

  it('puts the start off by jitter, the same for everybody, and says when to look again', () => {
    const late = { jitterSeconds: 600 }
    const { schedule } = situation(day(3), [], {}, late)
    const at = startOf(schedule, day(3))
    expect(at.getTime()).to.be.within(Date.parse(day(3)) + 1, Date.parse(day(3)) + 600_000)
    expect(startOf(schedule, day(3))).to.deep.equal(at)
    expect(startOf(schedule, day(4)).getTime() - Date.parse(day(4))).to.not.equal(
      at.getTime() - Date.parse(day(3)),
    )
    expect(decideDue(situation(day(3), [day(3)], {}, late))).to.deep.equal({
      verdicts: [],
      start: null,
      lookAgainAt: at,
    })
    expect(decideDue(situation(at.toISOString(), [day(3)], {}, late)).start).to.equal(day(3))
  })

  it('leaves out what is due on a freeze day, unless the job ignores it', () => {
    const maintenance = maintenanceOf({ freezeDays: ['2026-03-03'] })
    expect(decideDue(situation(day(3), [day(3)], { maintenance })).verdicts).to.deep.equal([
      { dueAt: day(3), state: 'skipped', reason: 'freeze day 2026-03-03' },
    ])
    const backup = situation(day(3), [day(3)], { maintenance }, { ignoresFreeze: true })
    expect(decideDue(backup).start).to.equal(day(3))
  })

  it('leaves out what is due in a maintenance window, with its reason', () => {
    const maintenance = maintenanceOf({ windows: [{ from: '01:30', to: '04:00', reason: 'new switches' }] })
    const [verdict] = decideDue(situation(day(3), [day(3)], { maintenance })).verdicts
    expect(verdict).to.include({
      state: 'skipped',
      reason: 'maintenance window 01:30-04:00 UTC (new switches)',
    })
  })

  it('lets a due time wait while the one before is under way', () => {
    const claimed = row(day(2), { state: 'claimed' })
    expect(decideDue(situation(day(3), [day(3)], { claimed }))).to.deep.equal({
      verdicts: [{ dueAt: day(3), state: 'due', reason: `the run due at ${day(2)} is still under way` }],
      start: null,
      lookAgainAt: null,
    })
  })

  it('leaves it out there where overlap is skip', () => {
    const claimed = row(day(2), { state: 'claimed' })
    const [verdict] = decideDue(situation(day(3), [day(3)], { claimed }, { overlap: 'skip' })).verdicts
    expect(verdict?.state).to.equal('skipped')
  })

  it('starts what has waited as soon as it may', () => {
    const waiting = [row(day(3), { reason: 'a lock is held', notBefore: day(3, '02:05') })]
    const early = decideDue(situation(day(3, '02:04'), [], { waiting }))
    expect(early).to.deep.include({ start: null, lookAgainAt: new Date(day(3, '02:05')) })
    expect(decideDue(situation(day(3, '02:05'), [], { waiting })).start).to.equal(day(3))
  })

  it('gives up what has waited when the next due time comes, with the reason', () => {
    const waiting = [row(day(3), { reason: 'a lock is held: es:prod is locked by run r7' })]
    const { start, verdicts } = decideDue(situation(day(4), [day(4)], { waiting }))
    expect(start).to.equal(day(4))
    expect(verdicts).to.deep.equal([
      {
        dueAt: day(3),
        state: 'missed',
        reason: 'could not start before the next due time: a lock is held: es:prod is locked by run r7',
      },
    ])
  })
})
