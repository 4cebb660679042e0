// Tests of the small pure rules: windows, ends of processes, what is overdue, metrics.
import { expect } from 'chai'
import { decideEnd, decideLost, type FoundRun, retryMs } from '../../../src/scheduler/decide-end.ts'
import { explainMaintenance } from '../../../src/scheduler/maintenance.ts'
import { renderMetrics } from '../../../src/scheduler/metrics.ts'
import { explainOverdue, explainTroubles } from '../../../src/scheduler/overdue.ts'
import type { JobStatus } from '../../../src/scheduler/status.ts'
import { maintenanceOf, scheduleOf } from '../../support/schedule-world/schedule-world.ts'

const at = (time: string): Date => new Date(time)

describe('maintenance', () => {
  const night = { days: ['sat'], from: '22:00', to: '02:00' }
  const cases: readonly [string, object, string, boolean][] = [
    ['covers its days', { windows: [night] }, '2026-03-07T22:00Z', true],
    ['goes on after midnight', { windows: [night] }, '2026-03-08T01:59Z', true],
    ['is over at its end', { windows: [night] }, '2026-03-08T02:00Z', false],
    ['has not begun before its beginning', { windows: [night] }, '2026-03-07T21:59Z', false],
    ['is not on other days', { windows: [night] }, '2026-03-06T23:00Z', false],
    ['does not go on after midnight of another day', { windows: [night] }, '2026-03-07T01:00Z', false],
    [
      'is read in its zone',
      { timezone: 'Europe/Warsaw', windows: [{ from: '02:00', to: '03:00' }] },
      '2026-01-07T01:30Z',
      true,
    ],
    ['freezes whole days', { freezeDays: ['2026-12-24'] }, '2026-12-24T23:59Z', true],
    [
      'freezes days of its zone',
      { timezone: 'Europe/Warsaw', freezeDays: ['2026-12-24'] },
      '2026-12-23T23:30Z',
      true,
    ],
    ['thaws', { freezeDays: ['2026-12-24'] }, '2026-12-25T00:00Z', false],
  ]
  for (const [title, fields, now, closed] of cases) {
    it(title, () => {
      const reason = explainMaintenance(maintenanceOf(fields), at(now), false)
      expect(reason !== null, String(reason)).to.equal(closed)
    })
  }
})

describe('the end of a process', () => {
  const now = at('2026-03-03T02:10Z')
  const queue = scheduleOf({ id: 'snapshot', cron: '0 2 * * *' })
  const skip = scheduleOf({ id: 'snapshot', cron: '0 2 * * *', overlap: 'skip' })
  const ended = (exitCode: number | null, signal: string | null = null, said: string | null = null) => ({
    exitCode,
    signal,
    said,
  })
  const run = (fields: Partial<FoundRun> = {}): FoundRun => ({
    run: 'r1',
    outcome: 'succeeded',
    exitCode: 0,
    message: null,
    ...fields,
  })

  it('with status 0 is done', () => {
    expect(decideEnd(queue, ended(0), run(), false, now)).to.include({
      state: 'done',
      run: 'r1',
      exitCode: 0,
    })
  })

  it('with a held lock waits and tries again', () => {
    const found = run({ outcome: 'refused', exitCode: 5, message: 'es:prod is locked by run r7' })
    const end = decideEnd(queue, ended(5), found, false, now)
    expect(end).to.include({ state: 'due', reason: 'a lock is held: es:prod is locked by run r7' })
    expect(Date.parse(end.notBefore ?? '')).to.equal(now.getTime() + retryMs)
  })

  it('with a held lock is left out where overlap is skip', () => {
    expect(decideEnd(skip, ended(5), run({ exitCode: 5 }), false, now).state).to.equal('skipped')
  })

  it('with a refusing gate has failed, in the words of the run', () => {
    const found = run({ outcome: 'refused', exitCode: 2, message: 'the cluster is red' })
    const { state, reason } = decideEnd(queue, ended(2), found, false, now)
    expect({ state, reason }).to.deep.equal({ state: 'failed', reason: 'exit status 2: the cluster is red' })
  })

  it('before there was a run has failed, in the last words of the process', () => {
    const { reason } = decideEnd(queue, ended(64, null, 'no inventory at /x'), null, false, now)
    expect(reason).to.equal('exit status 64: no inventory at /x')
  })

  it('by a signal names the run that is left unfinished', () => {
    const { state, reason } = decideEnd(queue, ended(null, 'SIGKILL'), run({ outcome: null }), false, now)
    expect(state).to.equal('failed')
    expect(reason).to.match(/SIGKILL; run r1 was left unfinished: ops resume r1/)
  })

  it('that the scheduler asked for before anything was begun leaves the due time for later', () => {
    expect(decideEnd(queue, ended(null, 'SIGTERM'), null, true, now).state).to.equal('due')
    expect(decideEnd(queue, ended(null, 'SIGTERM'), null, false, now).state).to.equal('failed')
    expect(decideEnd(queue, ended(130), run({ outcome: 'interrupted' }), true, now).state).to.equal('failed')
  })

  const lost: readonly [string, FoundRun | null, string, RegExp | null][] = [
    ['that nobody saw, without a run, is unknown', null, 'failed', /^unknown: .*no run of it/],
    ['that nobody saw is done where the run succeeded', run(), 'done', null],
    [
      'that nobody saw is the failure of the run',
      run({ outcome: 'failed', exitCode: 1, message: 'shard lost' }),
      'failed',
      /^failed: shard lost$/,
    ],
    [
      'that nobody saw may have left a run to resume',
      run({ outcome: null }),
      'failed',
      /^unknown: run r1 .*resume r1/,
    ],
    ['that nobody saw may have met a lock', run({ outcome: 'refused', exitCode: 5 }), 'due', /lock is held/],
  ]
  for (const [title, found, state, reason] of lost) {
    it(title, () => {
      const end = decideLost(queue, found, now)
      expect(end.state).to.equal(state)
      if (reason === null) expect(end.reason).to.equal(null)
      else expect(end.reason).to.match(reason)
    })
  }
})

describe('an overdue job', () => {
  const now = at('2026-03-03T12:00Z')
  const ages = { enabled: true, maxAgeHours: 26, lastSuccessAt: null, since: null }
  const cases: readonly [string, object, RegExp | null][] = [
    ['is none with a fresh success', { lastSuccessAt: '2026-03-02T12:00:00.000Z' }, null],
    ['is one whose success is old', { lastSuccessAt: '2026-03-02T09:00:00.000Z' }, /overdue.* 27 h ago/],
    ['has its time from when a scheduler first saw it', { since: '2026-03-03T00:00:00.000Z' }, null],
    [
      'is one that never succeeded in that time',
      { since: '2026-03-01T00:00:00.000Z' },
      /never succeeded in the 60 h/,
    ],
    ['is one that nobody ever looked at', {}, /no scheduler has looked/],
    ['is told when the clock went back', { lastSuccessAt: '2026-05-01T00:00:00.000Z' }, /clock was set back/],
    ['is none without a limit', { maxAgeHours: null }, null],
    ['is none when it is disabled', { enabled: false }, null],
  ]
  for (const [title, fields, says] of cases) {
    it(title, () => {
      const overdue = explainOverdue({ ...ages, ...fields }, now)
      if (says === null) expect(overdue).to.equal(null)
      else expect(overdue).to.match(says)
    })
  }
})

const status = (fields: Partial<JobStatus> = {}): JobStatus => ({
  job: 'snapshot',
  runbook: 'snapshot',
  cron: '0 2 * * *',
  timezone: 'UTC',
  enabled: true,
  maxAgeHours: 26,
  nextDueAt: null,
  last: null,
  lastFailed: null,
  lastMissed: null,
  lastSuccessAt: null,
  lastExit: null,
  lookedAt: '2026-03-03T11:59:00.000Z',
  overdue: null,
  ...fields,
})

describe('troubles of a job', () => {
  const now = at('2026-03-03T12:00Z')
  const failed = {
    job: 'snapshot',
    dueAt: '2026-03-03T02:00:00.000Z',
    state: 'failed',
    run: 'r9',
    reason: 'exit status 1',
    exitCode: 1,
    claimedBy: null,
    notBefore: null,
    at: '2026-03-03T02:10:00.000Z',
  } as const

  it('are none while all is well', () => expect(explainTroubles(status(), now)).to.deep.equal([]))

  it('name a scheduler that has gone', () => {
    const [trouble] = explainTroubles(status({ lookedAt: '2026-03-03T11:00:00.000Z' }), now)
    expect(trouble?.what).to.match(/no scheduler.*since 2026-03-03T11:00/)
  })

  it('name a failure until there is a success', () => {
    const [trouble] = explainTroubles(status({ lastFailed: failed }), now)
    expect(trouble?.what).to.match(/failed when it was due at 2026-03-03T02:00.*exit status 1/)
    expect(trouble?.mend).to.include('ops show r9')
    expect(
      explainTroubles(status({ lastFailed: failed, lastSuccessAt: '2026-03-03T03:00:00.000Z' }), now),
    ).to.deep.equal([])
  })

  it('are none for a job that is disabled', () => {
    expect(
      explainTroubles(status({ enabled: false, lastFailed: failed, lookedAt: null }), now),
    ).to.deep.equal([])
  })
})

describe('metrics', () => {
  it('have one sample a job, and 0 for one that never succeeded', () => {
    const text = renderMetrics([
      status({
        lastSuccessAt: '2026-03-03T02:10:00.000Z',
        lastExit: { status: 0, at: '2026-03-03T02:10:00.000Z' },
      }),
      status({ job: 'verify', maxAgeHours: null, lookedAt: null }),
    ])
    const samples = text.split('\n').filter(line => !line.startsWith('#'))
    expect(samples).to.deep.equal([
      'ops_job_last_success_timestamp_seconds{job="snapshot"} 1772503800',
      'ops_job_last_success_timestamp_seconds{job="verify"} 0',
      'ops_job_last_run_exit_status{job="snapshot"} 0',
      'ops_job_max_age_seconds{job="snapshot"} 93600',
      'ops_job_scheduler_looked_timestamp_seconds{job="snapshot"} 1772539140',
    ])
    expect(text.match(/# TYPE \S+ gauge/g)).to.have.lengthOf(4)
  })
})
