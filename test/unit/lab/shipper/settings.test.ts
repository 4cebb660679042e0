import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { shipperSettings } from '../../../../src/lab/shipper/config.ts'
import { renderStats, zeroCounters } from '../../../../src/lab/shipper/counters.ts'
import { readSettings } from '../../../../src/lab/shipper/settings.ts'
import { makeDirectory } from '../fake-lab.ts'

describe('the settings of the shipper', () => {
  it('may say as much or as little as one wants', () => {
    using directory = makeDirectory()
    const file = join(directory.path, 'settings.json')
    writeFileSync(file, '{"consumer_threads": 16}')
    expect(readSettings(file)).to.include({ consumer_threads: 16, auto_offset_reset: 'latest' })
  })

  it('are refused by name where they are wrong or not there', () => {
    using directory = makeDirectory()
    const file = join(directory.path, 'settings.json')
    expect(() => readSettings(file))
      .to.throw()
      .with.property('code', 'CONFIG_INVALID')
    for (const text of ['{', '{"consumer_threads": 0}', '{"auto_offset_reset": "none"}']) {
      writeFileSync(file, text)
      expect(() => readSettings(file), text)
        .to.throw(file)
        .with.property('code', 'CONFIG_INVALID')
    }
  })
})

describe('the statistics of the shipper', () => {
  const sink = { kind: 'file', file: '/f' } as const
  const place = { address: '127.0.9.71', port: 9600 }
  const member = { name: 'logstash01', access: { brokers: [] }, topic: 't', group: 'g', sink, ...place }

  it('have the shape of Logstash, and say that they are not', () => {
    const counters = { ...zeroCounters(), in: 12, out: 10, refused: 1, repeated: 2, retried: 3, sinkMs: 4.4 }
    // biome-ignore lint/suspicious/noExplicitAny: a monitor reads it
    const stats = renderStats(member, shipperSettings.parse({}), counters) as any
    expect(stats).to.include({ version: 'stand-in', http_address: '127.0.9.71:9600' })
    const { events, plugins } = stats.pipelines.main
    expect(events).to.include({ in: 12, out: 10, duration_in_millis: 4 })
    expect(plugins.inputs[0].events.out).to.equal(12)
    expect(plugins.outputs[0].documents).to.deep.equal({
      successes: 7,
      retryable_failures: 3,
      non_retryable_failures: 3,
    })
  })
})
