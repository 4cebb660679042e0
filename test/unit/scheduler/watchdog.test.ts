// What doctor and Prometheus are told of jobs, whether or not a scheduler lives. Pure.
import { expect } from 'chai'
import { renderMetrics } from '../../../src/scheduler/metrics.ts'
import { explainTroubles } from '../../../src/scheduler/overdue.ts'
import { readStatus } from '../../../src/scheduler/status.ts'
import { ScheduleWorld } from '../../scenarios/schedule/schedule-world.ts'

const nightly = { id: 'snapshot', cron: '0 2 * * *', maxAgeHours: 26 }

describe('the watchdog', () => {
  async function look(world: ScheduleWorld) {
    const { ledger } = world.begin()
    const statuses = await readStatus({ ledger, journal: world.journal }, world.jobs, world.clock.now())
    return { statuses, troubles: statuses.flatMap(status => explainTroubles(status, world.clock.now())) }
  }

  async function runOnce(world: ScheduleWorld): Promise<void> {
    const { scheduler } = world.begin()
    await scheduler.look()
    world.at('2026-03-01T02:00:00Z')
    await scheduler.look()
    await scheduler.idle()
  }

  it('says nothing of a job that has succeeded in time, and its metric is the time of the success', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [nightly])
    await runOnce(world)
    const { statuses, troubles } = await look(world)
    expect(troubles).to.deep.equal([])
    const seconds = Date.parse('2026-03-01T02:00:00Z') / 1000
    expect(renderMetrics(statuses)).to.include(
      `ops_job_last_success_timestamp_seconds{job="snapshot"} ${seconds}`,
    )
    expect(renderMetrics(statuses)).to.include('ops_job_last_run_exit_status{job="snapshot"} 0')
  })

  it('names a job that is overdue, and a scheduler that has fallen silent, with what to type', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [nightly])
    await runOnce(world)
    world.at('2026-03-02T05:00:00Z')
    const { troubles } = await look(world)
    expect(troubles.map(({ what }) => what).join('\n'))
      .to.match(/is overdue: the last success was 27 h ago/)
      .and.to.match(/has no scheduler/)
    expect(troubles.map(({ mend }) => mend).join('\n'))
      .to.include('ops run snapshot')
      .and.to.include('ops schedule start')
  })

  it('counts a success of a run that somebody started by hand', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [nightly])
    await runOnce(world)
    world.at('2026-03-02T04:59:00Z')
    const run = await world.beginRun('snapshot', 'anna')
    await world.journal.append(run, 'run.ended', world.clock.now(), { outcome: 'succeeded', exitCode: 0 })
    world.at('2026-03-02T05:00:00Z')
    const { troubles } = await look(world)
    expect(troubles.filter(({ what }) => what.includes('overdue'))).to.deep.equal([])
  })

  it('names a run that failed until a later one succeeds', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [nightly])
    world.conduct = { exitCode: 1 }
    await runOnce(world)
    const first = await look(world)
    expect(first.troubles.map(({ what }) => what).join('\n')).to.include(
      'failed when it was due at 2026-03-01T02:00',
    )
    expect(renderMetrics(first.statuses)).to.include('ops_job_last_run_exit_status{job="snapshot"} 1')
    world.conduct = { exitCode: 0 }
    world.at('2026-03-02T02:00:00Z')
    const { scheduler } = world.begin()
    await scheduler.look()
    await scheduler.idle()
    expect((await look(world)).troubles).to.deep.equal([])
  })

  it('says nothing of a job that is off', async () => {
    using world = new ScheduleWorld('2026-03-01T01:59:00Z', [{ ...nightly, enabled: false }])
    expect((await look(world)).troubles).to.deep.equal([])
  })
})
