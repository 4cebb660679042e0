// Every due time is started once or reported: over both edges of daylight saving, a leap day, clocks that are set back, machines
// that sleep, schedulers that die, and two of them on one state.
import { expect } from 'chai'
import { nextDue } from '../../../src/scheduler/due-times.ts'
import { ScheduleWorld } from './schedule-world.ts'

const warsaw = 'Europe/Warsaw'
const localDay = (iso: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: warsaw, dateStyle: 'short' }).format(new Date(iso))
const localTime = (iso: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: warsaw, timeStyle: 'short' }).format(new Date(iso))

/** Looks at every moment at which some job is due, as the alarm would have it. */
async function live(
  world: ScheduleWorld,
  until: string,
  schedulers: readonly { look(): Promise<unknown>; idle(): Promise<void> }[],
) {
  for (const scheduler of schedulers) await scheduler.look()
  for (;;) {
    const next = world.jobs
      .map(
        ({ schedule: { cron, timezone } }) =>
          nextDue(cron, timezone, world.clock.now())?.getTime() ?? Number.POSITIVE_INFINITY,
      )
      .reduce((a, b) => Math.min(a, b))
    if (next > Date.parse(until)) return
    world.nowMs = next
    await Promise.all(schedulers.map(scheduler => scheduler.look()))
    for (const scheduler of schedulers) await scheduler.idle()
  }
}

describe('a year of schedules', function () {
  this.timeout(120_000)

  it('starts a nightly job once on each of the 366 days of a leap year, in the hour that daylight saving leaves out and repeats', async () => {
    using world = new ScheduleWorld('2027-12-31T23:00:00Z', [
      { id: 'snapshot', cron: '30 2 * * *', timezone: warsaw },
    ])
    const { scheduler } = world.begin()
    await live(world, '2028-12-31T23:00:00Z', [scheduler])
    const days = world.started.map(({ at }) => localDay(at))
    expect(new Set(days).size).to.equal(366)
    expect(days).to.have.length(366)
    expect(days).to.include.members(['2028-02-29', '2028-03-26', '2028-10-29'])
    const times = new Map(world.started.map(({ at }) => [localDay(at), at]))
    // 02:30 is not there on that day: the hour that follows 01:59 is three o'clock.
    expect(localTime(times.get('2028-03-26') ?? '')).to.match(/^03:/)
    expect(times.get('2028-10-29')).to.equal('2028-10-29T00:30:00.000Z')
    expect((await world.rows('snapshot')).every(({ state }) => state === 'done')).to.equal(true)
  })

  it('starts an hourly job 24 times on each day of UTC, and once for each hour that passes in Warsaw', async () => {
    using world = new ScheduleWorld('2028-03-20T00:00:00Z', [
      { id: 'hourly', cron: '0 * * * *', timezone: warsaw },
    ])
    const { scheduler } = world.begin()
    await live(world, '2028-04-01T00:00:00Z', [scheduler])
    const gaps = world.started
      .slice(1)
      .map(({ at }, i) => Date.parse(at) - Date.parse(world.started[i]?.at ?? ''))
    expect(world.started).to.have.length(12 * 24)
    expect(new Set(gaps)).to.deep.equal(new Set([3_600_000]))
  })

  it('never starts a due time twice with two schedulers on one state, in either order', async () => {
    using world = new ScheduleWorld('2026-10-20T00:00:00Z', [
      { id: 'snapshot', cron: '30 2 * * *', timezone: warsaw },
      { id: 'verify', cron: '*/30 * * * *' },
    ])
    const [one, other] = [world.begin(), world.begin()]
    await live(world, '2026-11-01T00:00:00Z', [one.scheduler, other.scheduler])
    const actors = world.started.map(({ actor }) => actor)
    expect(new Set(actors).size).to.equal(actors.length)
    expect(actors.filter(actor => actor.startsWith('schedule:snapshot'))).to.have.length(12)
    expect(actors.filter(actor => actor.startsWith('schedule:verify'))).to.have.length(12 * 48)
  })
})

describe('a scheduler', function () {
  this.timeout(60_000)
  const nightly = { id: 'snapshot', cron: '0 2 * * *' }

  it('does not start a due time again when the clock is set back over it', async () => {
    using world = new ScheduleWorld('2026-03-01T01:00:00Z', [nightly])
    const { scheduler } = world.begin()
    await live(world, '2026-03-01T02:30:00Z', [scheduler])
    world.at('2026-03-01T01:30:00Z')
    await live(world, '2026-03-02T02:30:00Z', [scheduler])
    expect(world.started.map(({ actor }) => actor)).to.deep.equal([
      'schedule:snapshot@2026-03-01T02:00:00.000Z',
      'schedule:snapshot@2026-03-02T02:00:00.000Z',
    ])
  })

  for (const [catchUp, starts, states] of [
    ['once', 1, ['skipped', 'skipped', 'done']],
    ['skip', 0, ['skipped', 'skipped', 'skipped']],
    ['alert', 0, ['missed', 'missed', 'missed']],
  ] as const)
    it(`accounts for every night of a machine that slept for three (${catchUp})`, async () => {
      using world = new ScheduleWorld('2026-03-01T12:00:00Z', [{ ...nightly, catchUp }])
      const { scheduler } = world.begin()
      await scheduler.look()
      world.at('2026-03-04T12:00:00Z')
      await scheduler.look()
      await scheduler.idle()
      await scheduler.look()
      expect(world.started).to.have.length(starts)
      const rows = await world.rows('snapshot')
      expect(rows.map(({ state }) => state)).to.deep.equal(states)
      if (catchUp === 'once')
        expect(rows[0]?.reason).to.include('caught up by the one due at 2026-03-04T02:00:00.000Z')
    })

  it('reports a due time that a dead scheduler had claimed and not begun, and does not begin it', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [nightly])
    world.conduct = { exitCode: null, hangs: true, journal: false }
    const first = world.begin()
    await first.scheduler.look()
    world.at('2026-03-01T02:00:00Z')
    await first.scheduler.look()
    expect(world.started).to.have.length(1)
    first.die()
    world.at('2026-03-01T02:10:00Z')
    const second = world.begin()
    await second.scheduler.look()
    expect(world.started).to.have.length(1)
    const [row] = await world.rows('snapshot')
    expect(row).to.include({ state: 'failed' })
    expect(row?.reason).to.include('unknown')
    world.conduct = { exitCode: 0 }
    world.at('2026-03-02T02:00:00Z')
    await second.scheduler.look()
    await second.scheduler.idle()
    expect((await world.rows('snapshot')).map(({ state }) => state)).to.deep.equal(['failed', 'done'])
  })

  it('takes the end of a run from the journal when its scheduler died before it could note it', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [nightly])
    world.conduct = { exitCode: null, hangs: true }
    const first = world.begin()
    await first.scheduler.look()
    world.at('2026-03-01T02:00:00Z')
    await first.scheduler.look()
    const actor = world.started[0]?.actor ?? ''
    const run = await world.beginRun('snapshot', actor)
    first.die()
    world.alive.add(actor)
    world.at('2026-03-01T02:05:00Z')
    const second = world.begin()
    await second.scheduler.look()
    expect((await world.rows('snapshot'))[0]).to.include({ state: 'claimed', run })
    await world.journal.append(run, 'run.ended', world.clock.now(), { outcome: 'succeeded', exitCode: 0 })
    world.alive.delete(actor)
    await second.scheduler.look()
    expect((await world.rows('snapshot'))[0]).to.include({ state: 'done', run })
    expect(world.started).to.have.length(1)
  })

  it('asks again for a lock that is held, until the next due time, and then reports the one that never began', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [{ id: 'snapshot', cron: '0 * * * *' }])
    world.conduct = { exitCode: 5, journal: false }
    const { scheduler } = world.begin()
    for (let minute = 0; minute < 62; minute++) {
      await scheduler.look()
      await scheduler.idle()
      world.nowMs += 60_000
    }
    world.conduct = { exitCode: 0 }
    await scheduler.look()
    await scheduler.idle()
    for (let minute = 0; minute < 6; minute++) {
      await scheduler.look()
      await scheduler.idle()
      world.nowMs += 60_000
    }
    const rows = await world.rows('snapshot')
    expect(rows[0]).to.include({ dueAt: '2026-03-01T02:00:00.000Z', state: 'missed' })
    expect(rows[0]?.reason).to.include('a lock is held')
    expect(rows[1]).to.include({ dueAt: '2026-03-01T03:00:00.000Z', state: 'done' })
    const tries = world.started.filter(({ actor }) => actor.endsWith('T02:00:00.000Z'))
    expect(tries.length).to.be.within(10, 12)
  })

  it('leaves a due time out on a freeze day and in a maintenance window, and says why; a backup runs on a freeze day', async () => {
    using world = new ScheduleWorld(
      '2026-12-23T12:00:00Z',
      [
        { id: 'prune', cron: '0 2 * * *' },
        { id: 'snapshot', cron: '0 2 * * *', ignoresFreeze: true },
        { id: 'verify', cron: '30 4 * * *', ignoresFreeze: true },
      ],
      {
        freezeDays: ['2026-12-24'],
        windows: [{ days: ['thu'], from: '04:00', to: '05:00', reason: 'power' }],
      },
    )
    const { scheduler } = world.begin()
    await live(world, '2026-12-24T12:00:00Z', [scheduler])
    expect(world.started.map(({ actor }) => actor)).to.deep.equal([
      'schedule:snapshot@2026-12-24T02:00:00.000Z',
    ])
    expect((await world.rows('prune'))[0]).to.include({ state: 'skipped', reason: 'freeze day 2026-12-24' })
    const [verify] = await world.rows('verify')
    expect(verify?.state).to.equal('skipped')
    expect(verify?.reason).to.include('power')
  })

  it('leaves a due time out, or lets it wait, while the run before is under way', async () => {
    for (const [overlap, state] of [
      ['skip', 'skipped'],
      ['queue', 'due'],
    ] as const) {
      using world = new ScheduleWorld('2026-03-01T01:59:00Z', [
        { id: 'snapshot', cron: '0 * * * *', overlap },
      ])
      world.conduct = { exitCode: null, hangs: true }
      const { scheduler } = world.begin()
      await live(world, '2026-03-01T02:00:00Z', [{ look: () => scheduler.look(), idle: async () => {} }])
      world.at('2026-03-01T03:00:00Z')
      await scheduler.look()
      const rows = await world.rows('snapshot')
      expect(rows.map(row => row.state)).to.deep.equal(['claimed', state])
      expect(rows[1]?.reason).to.include('still under way')
    }
  })

  it('starts late by a jitter that is the same for everybody who computes it, and never later than asked', async () => {
    const starts: string[][] = []
    for (const _ of [1, 2]) {
      using world = new ScheduleWorld('2026-03-01T01:00:00Z', [{ ...nightly, jitterSeconds: 300 }])
      const { scheduler } = world.begin()
      while (world.nowMs < Date.parse('2026-03-05T03:00:00Z')) {
        await scheduler.look()
        await scheduler.idle()
        const due = new Date(world.nowMs).getUTCHours() === 2 && new Date(world.nowMs).getUTCMinutes() < 6
        world.nowMs += due ? 10_000 : 360_000
      }
      starts.push(world.started.map(({ at }) => at))
    }
    expect(starts[0]).to.have.length(5)
    expect(starts[0]).to.deep.equal(starts[1])
    const late = (starts[0] ?? []).map(at => (Date.parse(at) % 86_400_000) / 1000 - 7200)
    for (const seconds of late) expect(seconds).to.be.within(0, 310)
    expect(new Set(late).size).to.be.greaterThan(1)
  })
})
