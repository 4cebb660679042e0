// The pure parts of rotate-secrets: which secret is due, whether a host works with one, whether it delivers as before, who was forgotten.
import { expect } from 'chai'
import { groupByQuestion } from '../../../runbooks/audit-secrets/look-at-consumers.ts'
import { isDue, readRotatedAt } from '../../../runbooks/rotate-secrets/choose.ts'
import {
  type ConsumerStatus,
  explainNotUsing,
  fingerprintOf,
  readEntry,
  readStatus,
} from '../../../runbooks/rotate-secrets/consumers.ts'
import { findForgotten, hostOf, type Refusals } from '../../../runbooks/rotate-secrets/forgotten.ts'
import { explainSlower, type Reading, readReading } from '../../../runbooks/rotate-secrets/throughput.ts'

const dayMs = 86_400_000

describe('a secret', () => {
  const aged = (rotatedAtMs: number | null) => ({ declaration: { rotateAfterDays: 30 }, rotatedAtMs })
  it('is due on the day that it becomes too old, and before that it is not', () => {
    expect(isDue(aged(0), 30 * dayMs)).to.equal(true)
    expect(isDue(aged(0), 30 * dayMs - 1)).to.equal(false)
  })
  it('is due when nobody knows how old it is', () => expect(isDue(aged(null), 0)).to.equal(true))
  it('is as old as its label says, else as its version', () => {
    const labels = { w_rotated_at: '2025-01-01T00:00:00.000Z' }
    expect(readRotatedAt('w', { labels, createdAtMs: 5 })).to.equal(Date.parse('2025-01-01'))
    expect(readRotatedAt('w', { labels: { w_rotated_at: 'never' }, createdAtMs: 5 })).to.equal(5)
    expect(readRotatedAt('w', null)).to.equal(null)
  })
})

describe('a host that uses a secret', () => {
  const fingerprint = fingerprintOf('salt', 'secret')
  const well: ConsumerStatus = {
    ...{ there: true, principal: 'a', fingerprint, loginProblem: null },
    ...{ stale: false, running: true, elsewhere: [], searchedInPart: false },
  }
  const wanted = { principal: 'a', fingerprint, runs: true }

  it('works with it when file, process and login agree', () => {
    expect(explainNotUsing(well, wanted)).to.equal(null)
  })
  for (const [what, status, why] of [
    ['says nothing', null, /has not said/],
    ['has none', { ...well, there: false }, /no secret/],
    ['uses another name', { ...well, principal: 'b', fingerprint: 'x' }, /^it uses b, not a$/],
    ['uses another secret of that name', { ...well, fingerprint: 'x' }, /^it uses a with another secret$/],
    ['does not run', { ...well, running: false }, /does not run/],
    ['runs since before its file', { ...well, stale: true }, /older than its file/],
    ['is refused', { ...well, loginProblem: '401' }, /refused: 401/],
  ] as const)
    it(`does not when it ${what}`, () => expect(explainNotUsing(status, wanted)).to.match(why))

  it('needs no process where none is to be restarted', () => {
    const idle = { ...well, running: false, stale: true }
    expect(explainNotUsing(idle, { ...wanted, runs: false })).to.equal(null)
  })
  it('is older than its file when its host only says since when', () => {
    const said = {
      there: true,
      running_since: '2025-01-01T00:00:00Z',
      file_changed_at: '2025-01-02T00:00:00Z',
    }
    expect(readStatus({ w: said }, 'w')?.stale).to.equal(true)
    expect(readStatus({ w: { ...said, running_since: '2025-01-03T00:00:00Z' } }, 'w')?.stale).to.equal(false)
    expect(readStatus({ w: said }, 'other')).to.equal(null)
  })
  it('has it nowhere else for having it in the environment of the process that is restarted with it', () => {
    const places = ['environment of 4711', '/etc/default/other', 'command line of 4711']
    const said = { there: true, plain_text_elsewhere: places }
    expect(readStatus({ w: said }, 'w')?.elsewhere).to.deep.equal(places.slice(1))
  })
  it('takes it as its inventory says', () => {
    const host = (own: object) => ({ name: 'h', groups: [], vars: { secret_consumers: own } })
    expect(readEntry(host({ w: { apply: 'none', login_url: 'https://x' } }) as never, 'w')).to.deep.equal({
      ...{ service: 'logstash', runs: false, hasLogin: true },
    })
    expect(readEntry(host({}) as never, 'w')).to.equal(null)
    expect(readEntry({ name: 'h', groups: [], vars: {} }, 'w')).to.equal(null)
  })
  it('is asked together with those that have the same secrets', () => {
    const asked = [
      { id: 'x', host: 'one' },
      { id: 'x', host: 'two' },
      { id: 'y', host: 'one' },
      { id: 'x', host: 'three' },
    ]
    expect(groupByQuestion(asked)).to.deep.equal([
      { hosts: ['one'], ids: ['x', 'y'] },
      { hosts: ['two', 'three'], ids: ['x'] },
    ])
  })
})

describe('what a consumer delivers', () => {
  const before = { perSecond: 100, retriesPerSecond: 0 }
  const at = (seconds: number, eventsIn: number, eventsOut: number, retries = 0): Reading => ({
    ...{ atMs: seconds * 1000, eventsIn, eventsOut, retries },
  })
  const start = at(0, 0, 0)
  it('is enough from nine tenths of before on', () => {
    expect(explainSlower(before, start, at(10, 2000, 900))).to.equal(null)
    expect(explainSlower(before, start, at(10, 2000, 899))).to.match(/^89.9 events a second, 100 before$/)
  })
  it('is enough where less came in, and all of it went out', () => {
    expect(explainSlower(before, start, at(10, 300, 300))).to.equal(null)
  })
  it('is not enough where nothing moves any more', () => {
    expect(explainSlower(before, start, at(10, 0, 0))).to.match(/^0 events a second/)
  })
  it('is nothing to judge by where nothing came before', () => {
    expect(explainSlower({ perSecond: 0, retriesPerSecond: 0 }, start, at(10, 0, 0))).to.equal(null)
  })
  it('is not well while it is told to try again more often than before', () => {
    expect(explainSlower(before, start, at(10, 1000, 1000, 5))).to.match(/^0.5 retries a second, 0 before$/)
  })
  it('is not known of one that does not answer', () => {
    const said = { events_in: 1, events_out: 1, retries: 0 }
    expect(readReading({ problem: 'connection refused', ...said }, 0)).to.equal(null)
    expect(readReading({ problem: null, ...said }, 7)).to.deep.equal({
      ...{ atMs: 7, eventsIn: 1, eventsOut: 1, retries: 0 },
    })
  })
})

describe('a forgotten consumer', () => {
  const choice = { principals: ['logstash_a'], known: ['10.0.7.1'] }
  const seen = (...failures: [string | null, string | null][]): Refusals[] => from('audit', ...failures)
  const from = (source: Refusals['source'], ...failures: [string | null, string | null][]): Refusals[] => [
    {
      source,
      failures: failures.map(([principal, address]) => ({ principal, address, count: 2 })),
    },
  ]
  it('is whoever was refused with an old name, wherever that is', () => {
    expect(findForgotten(seen(['logstash_a', '10.0.7.1'], ['logstash_a', '10.0.9.9']), choice)).to.deep.equal(
      ['logstash_a was refused 2 times, from 10.0.7.1', 'logstash_a was refused 2 times, from 10.0.9.9'],
    )
  })
  it('is named once, whatever its ports and nodes were', () => {
    const found = findForgotten(
      [...seen(['logstash_a', '10.0.9.9:1234']), ...seen(['logstash_a', '10.0.9.9:1235'])],
      choice,
    )
    expect(found).to.deep.equal(['logstash_a was refused 4 times, from 10.0.9.9'])
  })
  it('is nobody who was refused with another name', () => {
    expect(findForgotten(seen(['somebody', '10.0.9.9'], [null, '10.0.9.9']), choice)).to.deep.equal([])
  })
  it('is an address that is none of the known ones where nobody knows names', () => {
    expect(findForgotten(from('log', [null, '10.0.7.1'], [null, '10.0.9.9:99']), choice)).to.deep.equal([
      'somebody was refused 2 times, from 10.0.9.9',
    ])
  })
  it('is nobody who has sent no name', () => {
    expect(findForgotten(seen([null, '10.0.9.9']), choice)).to.deep.equal([])
  })
  it('is found without an address, too', () => {
    expect(findForgotten(seen(['logstash_a', null]), choice)).to.have.length(1)
  })
  it('has an address without its port, of both kinds', () => {
    expect(hostOf('10.0.9.9:1234')).to.equal('10.0.9.9')
    expect(hostOf('[fd00::1]:1234')).to.equal('fd00::1')
    expect(hostOf('fd00::1')).to.equal('fd00::1')
  })
})
