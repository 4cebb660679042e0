// Tests of `ops schedule` and of what `ops doctor` says of schedules, in a checkout with an ops.config.ts of its own.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { opsCalls } from './capture-ops.ts'

const from = resolve(import.meta.dirname, '../../..')

describe('ops schedule', function () {
  this.timeout(60_000)
  const { ops, state, folder, write, end } = opsCalls()
  const checkout = mkdtempSync(join(tmpdir(), 'ops-schedule-cli-'))
  after(() => {
    end()
    rmSync(checkout, { recursive: true })
  })
  before(() => {
    for (const name of ['ops', 'src', 'runbooks', 'package.json', 'ansible.cfg'])
      cpSync(join(from, name), join(checkout, name), { recursive: true })
    symlinkSync(join(from, 'node_modules'), join(checkout, 'node_modules'))
  })
  const configure = (config: object): void =>
    writeFileSync(join(checkout, 'ops.config.ts'), `export default ${JSON.stringify(config)}\n`)
  const nightly = { id: 'restart', runbook: 'rolling-restart', cron: '0 2 29 2 *', maxAgeHours: 26 }
  const schedule = (...args: string[]) => ops(['schedule', ...args], { checkout })

  it('list has next and last due time of every job, and those that are switched off', async () => {
    configure({ schedules: [nightly, { id: 'later', cron: '@daily', enabled: false }] })
    const { status, stdout, stderr } = await schedule('list')
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' })
    expect(stdout).to.match(/^job +cron +next due \(UTC\) +last due \(UTC\)\n/)
    expect(stdout).to.match(/^restart +0 2 29 2 \* UTC +20\d\d-02-29 02:00 +- +has never succeeded/m)
    expect(stdout).to.match(/^later +@daily UTC +disabled +-$/m)
  })

  it('list --json has one object a job', async () => {
    configure({ schedules: [nightly] })
    const [job, ...rest] = JSON.parse((await schedule('list', '--json')).stdout)
    expect(job).to.include({ job: 'restart', runbook: 'rolling-restart', enabled: true, lastSuccessAt: null })
    expect(job.nextDueAt).to.match(/-02-29T02:00:00\.000Z$/)
    expect(rest).to.deep.equal([])
  })

  it('list of a job that there is not names the nearest', async () => {
    configure({ schedules: [nightly] })
    const { status, stderr } = await schedule('list', 'restrat')
    expect(status).to.equal(64)
    expect(stderr).to.match(/no schedule restrat[\s\S]*did you mean restart\?/)
  })

  it('metrics is what Prometheus reads, on stdout or in a file that appears as a whole', async () => {
    configure({ schedules: [nightly] })
    const sample = 'ops_job_last_success_timestamp_seconds{job="restart"} 0'
    expect((await schedule('metrics')).stdout.split('\n')).to.include(sample)
    const file = join(folder, 'ops.prom')
    expect((await schedule('metrics', '--file', file)).status).to.equal(0)
    expect(readFileSync(file, 'utf8')).to.include(`${sample}\n`)
    expect(readdirSync(folder).filter(name => name.startsWith('ops.prom'))).to.deep.equal(['ops.prom'])
    expect((await schedule('metrics', '--file', '/nowhere/ops.prom')).status).to.equal(64)
  })

  const wrong: Readonly<Record<string, readonly [object, RegExp]>> = {
    'a runbook that there is not': [
      { ...nightly, runbook: 'roling-restart' },
      /schedules\.0\.runbook: there is no runbook roling-restart; did you mean rolling-restart\?/,
    ],
    'a parameter that there is not': [{ ...nightly, params: { hots: 'x' } }, /schedules\.0\.params\.hots/],
    'a parameter of the wrong kind': [{ ...nightly, params: { soak: 'long' } }, /schedules\.0\.params\.soak/],
    'a cron expression that is none': [{ ...nightly, cron: '0 25 * * *' }, /schedules\.0\.cron/],
    'a time zone that is none': [{ ...nightly, timezone: 'Europe/Nowhere' }, /schedules\.0\.timezone/],
  }
  for (const [what, [job, says]] of Object.entries(wrong)) {
    it(`start refuses ${what}, by the name of the field`, async () => {
      configure({ schedules: [job] })
      const { status, stderr } = await schedule('start')
      expect(stderr)
        .to.match(says)
        .and.match(/Code +CONFIG_INVALID/)
      expect(status).to.equal(64)
    })
  }

  it('start without an enabled schedule has nothing to do, and says so', async () => {
    configure({ schedules: [{ ...nightly, enabled: false }] })
    const { status, stderr } = await schedule('start')
    expect(stderr).to.match(/schedules: none is enabled/)
    expect(status).to.equal(64)
  })

  it('start runs what is due until it is told to stop; the doctor tells afterwards what failed', async () => {
    // Seconds apart: one that has just begun when the scheduler is told to stop is cut short, and the exit status says so.
    configure({ schedules: [{ id: 'restart', runbook: 'rolling-restart', cron: '*/5 * * * * *' }] })
    const program = write('program', '#!/bin/sh\necho no cluster >&2; exit 1\n', 0o700)
    const metrics = join(folder, 'metrics.prom')
    const started = execa(
      join(checkout, 'ops'),
      ['schedule', 'start', '--json', '--program', program, '--metrics', metrics],
      { env: { OPS_STATE: state }, stdin: 'ignore', reject: false, timeout: 50_000 },
    )
    for await (const line of started.iterable({ from: 'stdout' })) {
      if (JSON.parse(String(line)).what === 'failed') started.kill('SIGTERM')
    }
    expect(await started).to.include({ exitCode: 0 })
    const listed = (await schedule('list', 'restart')).stdout
    expect(listed).to.match(/ failed +exit status 1: no cluster$/m)
    expect(readFileSync(metrics, 'utf8')).to.include('ops_job_last_run_exit_status{job="restart"} 1')
    const { findings } = JSON.parse((await ops(['doctor', '--json'], { checkout })).stdout)
    const [own] = findings.filter(({ about }: { about: string }) => about === 'schedule restart')
    expect(own.what).to.match(/^failed when it was due at 20.*exit status 1: no cluster$/)
    expect(own.mend).to.include('ops run rolling-restart')
  })

  it('start ends at once when it is told to while nothing runs', async () => {
    configure({ schedules: [nightly] })
    const started = execa(join(checkout, 'ops'), ['schedule', 'start'], {
      env: { OPS_STATE: join(folder, 'other') },
      stdin: 'ignore',
      reject: false,
      timeout: 50_000,
    })
    for await (const line of started.iterable({ from: 'stderr' })) {
      if (String(line).includes('next due')) started.kill('SIGINT')
    }
    expect(await started).to.include({ exitCode: 0 })
  })
})
