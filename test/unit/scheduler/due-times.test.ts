// Tests of due times: a year in a zone with daylight saving, leap days, and laws that hold for any expression.
import { expect } from 'chai'
import fc from 'fast-check'
import { dueTimes, nextDue } from '../../../src/scheduler/due-times.ts'

const warsaw = 'Europe/Warsaw'
const at = (time: string): Date => new Date(time)
const minutes = (times: readonly Date[]): readonly string[] =>
  times.map(time => time.toISOString().slice(0, 16))
const dayIn = (zone: string, time: Date): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' }).format(time)

interface EdgeCase {
  readonly title: string
  readonly cron: string
  readonly from: string
  readonly to: string
  readonly due: readonly string[]
}

// In 2026 clocks in Warsaw go from 02:00 to 03:00 on 29 March (01:00 UTC), from 03:00 to 02:00 on 25 October (01:00 UTC).
const edges: readonly EdgeCase[] = [
  {
    title: 'a nightly job in the hour that is left out is due at its end, on that night too',
    cron: '30 2 * * *',
    from: '2026-03-28T12:00Z',
    to: '2026-03-30T12:00Z',
    due: ['2026-03-29T01:00', '2026-03-30T00:30'],
  },
  {
    title: 'two times a day in one expression are kept apart on that night',
    cron: '30 2,14 * * *',
    from: '2026-03-28T18:00Z',
    to: '2026-03-29T18:00Z',
    due: ['2026-03-29T01:00', '2026-03-29T12:30'],
  },
  {
    title: 'a job each half hour leaves out what is no time',
    cron: '*/30 * * * *',
    from: '2026-03-29T00:10Z',
    to: '2026-03-29T01:40Z',
    due: ['2026-03-29T00:30', '2026-03-29T01:00', '2026-03-29T01:30'],
  },
  {
    title: 'a nightly job in the hour that comes twice is due once',
    cron: '30 2 * * *',
    from: '2026-10-24T12:00Z',
    to: '2026-10-26T12:00Z',
    due: ['2026-10-25T00:30', '2026-10-26T01:30'],
  },
  {
    title: 'a job each half hour is due in both of its passes',
    cron: '*/30 * * * *',
    from: '2026-10-24T23:50Z',
    to: '2026-10-25T02:10Z',
    due: ['2026-10-25T00:00', '2026-10-25T00:30', '2026-10-25T01:00', '2026-10-25T01:30', '2026-10-25T02:00'],
  },
  {
    title: 'asked in the second pass, a nightly job of that hour has been due already',
    cron: '30 2 * * *',
    from: '2026-10-25T00:30Z',
    to: '2026-10-26T00:00Z',
    due: [],
  },
  {
    title: 'the leap day of 2028 is a day as any other',
    cron: '0 2 * * *',
    from: '2028-02-28T12:00Z',
    to: '2028-03-01T12:00Z',
    due: ['2028-02-29T01:00', '2028-03-01T01:00'],
  },
]

describe('dueTimes in Europe/Warsaw', () => {
  for (const { title, cron, from, to, due } of edges) {
    it(title, () => expect(minutes(dueTimes(cron, warsaw, at(from), at(to)))).to.deep.equal(due))
  }

  it('gives a nightly job every day of a year exactly once, over both edges', () => {
    const times = dueTimes('30 2 * * *', warsaw, at('2025-12-31T23:00Z'), at('2026-12-31T22:59Z'))
    const days = times.map(time => dayIn(warsaw, time))
    expect(days).to.have.lengthOf(365)
    expect(new Set(days)).to.have.lengthOf(365)
  })
})

describe('nextDue', () => {
  it('finds a leap day four years ahead', () => {
    expect(nextDue('0 2 29 2 *', 'UTC', at('2026-03-01T00:00Z'))?.toISOString()).to.equal(
      '2028-02-29T02:00:00.000Z',
    )
  })

  it('is null for a day that never comes', () => {
    expect(nextDue('0 2 30 2 *', 'UTC', at('2026-03-01T00:00Z'))).to.equal(null)
  })
})

const field = (from: number, to: number) =>
  fc.oneof(
    fc.constant('*'),
    fc.integer({ min: from, max: to }).map(String),
    fc
      .uniqueArray(fc.integer({ min: from, max: to }), { minLength: 2, maxLength: 3 })
      .map(list => list.join(',')),
  )
const expressions = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), fc.constant('*'))
  .map(fields => fields.join(' '))
const zones = fc.constantFrom('UTC', warsaw, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata')
const fewDaysMs = 86_400_000
const moments = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2029-01-01') })

describe('dueTimes for any expression, zone and stretch of time', () => {
  it('is the same in one piece and in two', () => {
    fc.assert(
      fc.property(
        expressions,
        zones,
        moments,
        fc.nat(fewDaysMs),
        fc.nat(fewDaysMs),
        (cron, zone, from, one, two) => {
          const cuts = [from, from + one, from + one + two].map(ms => new Date(ms)) as [Date, Date, Date]
          const pieces = [
            ...dueTimes(cron, zone, cuts[0], cuts[1]),
            ...dueTimes(cron, zone, cuts[1], cuts[2]),
          ]
          expect(minutes(pieces)).to.deep.equal(minutes(dueTimes(cron, zone, cuts[0], cuts[2])))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('goes up and stays inside', () => {
    fc.assert(
      fc.property(expressions, zones, moments, fc.nat(fewDaysMs), (cron, zone, from, length) => {
        const times = dueTimes(cron, zone, new Date(from), new Date(from + length)).map(time =>
          time.getTime(),
        )
        for (const [index, time] of times.entries()) {
          expect(time).to.be.greaterThan(times[index - 1] ?? from)
          expect(time).to.be.at.most(from + length)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('is in UTC what a look at every minute finds', () => {
    fc.assert(
      fc.property(expressions, moments, (cron, from) => {
        const to = from + fewDaysMs
        expect(minutes(dueTimes(cron, 'UTC', new Date(from), new Date(to)))).to.deep.equal(
          minutes(everyMinute(cron, from, to)),
        )
      }),
      { numRuns: 60 },
    )
  })
})

/** The plain meaning of an expression in UTC, without a wildcard of its own for the day of the week. */
function everyMinute(cron: string, from: number, to: number): readonly Date[] {
  const [minute, hour, day, month] = cron.split(' ')
  const fits = (value: number, allowed = '*'): boolean =>
    allowed === '*' || allowed.split(',').includes(String(value))
  const found: Date[] = []
  for (let ms = Math.floor(from / 60_000) * 60_000 + 60_000; ms <= to; ms += 60_000) {
    const time = new Date(ms)
    if (
      fits(time.getUTCMinutes(), minute) &&
      fits(time.getUTCHours(), hour) &&
      fits(time.getUTCDate(), day) &&
      fits(time.getUTCMonth() + 1, month)
    )
      found.push(time)
  }
  return found
}
