// Numbers of the last audit as Prometheus reads them.
import { expect } from 'chai'
import { renderKeptMetrics } from '../../../src/scheduler/kept-metrics.ts'
import { FakeEvidence } from '../../support/fake-world/fake-evidence.ts'

const gauge = (labels: Record<string, string>, value: number) => ({
  name: 'ops_secret_age_days',
  help: 'Days.',
  samples: [{ labels, value }],
})

describe('the metrics of the last audit', () => {
  it('are those of the newest one, with labels that Prometheus can read', async () => {
    const evidence = new FakeEvidence()
    const put = (key: string, day: string, body: object) =>
      evidence.put('audit', key, new Date(`2026-03-0${day}`), JSON.parse(JSON.stringify(body)))
    await put('new', '2', {
      metrics: [gauge({ secret: 'a "b" \\ c\nd' }, 1.5), { ...gauge({}, 1), samples: [] }],
    })
    await put('old', '1', { metrics: [gauge({ secret: 'x' }, 9)] })
    expect(await renderKeptMetrics(evidence)).to.equal(
      [
        '# HELP ops_secret_age_days Days.',
        '# TYPE ops_secret_age_days gauge',
        'ops_secret_age_days{secret="a \\"b\\" \\\\ c\\nd"} 1.5',
      ].join('\n'),
    )
  })

  it('are none where there was no audit, or where what is kept makes no sense', async () => {
    const evidence = new FakeEvidence()
    expect(await renderKeptMetrics(evidence)).to.equal('')
    await evidence.put('audit', 'audit-secrets', new Date(), { metrics: [{ name: 'Bad name' }] })
    expect(await renderKeptMetrics(evidence)).to.equal('')
  })
})
