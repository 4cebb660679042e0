import { expect } from 'chai'
import type { JournalRecord } from '../../../src/ports/journal.ts'
import type { Json, JsonObject } from '../../../src/ports/json.ts'
import { reportHtml } from '../../../src/report/index.ts'
import { journal, readRecorded, recordedRuns, started } from './recorded.ts'

const voids = new Set(['meta', 'br'])

/** The first place where tags do not match, or null. */
function findBadTag(page: string): string | null {
  const body = page.replace(/<style>[^<]*<\/style>/, '').replace('<!DOCTYPE html>', '')
  const open: string[] = []
  for (const [tag, close, name = '', attributes = '', self] of body.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g,
  )) {
    if (/="[^"]*$/.test(attributes)) return tag
    if (close !== '/' && self !== '/' && !voids.has(name)) open.push(name)
    if (close === '/' && open.pop() !== name) return tag
  }
  const rest = body.replace(/<\/?[a-zA-Z][\w-]*(?:\s+[\w:-]+(?:="[^"<>]*")?)*\s*\/?>/g, '')
  const stray = /.{0,20}[<>].{0,20}/.exec(rest)
  return open[0] ?? stray?.[0] ?? null
}

const pageOf = (name: (typeof recordedRuns)[number]): string => {
  const { records, samples } = readRecorded(name)
  return reportHtml(records, samples)
}

describe('HTML report', () => {
  for (const name of recordedRuns) {
    it(`of ${name} is well-formed and needs nothing from outside`, () => {
      const page = pageOf(name)
      expect(findBadTag(page)).to.equal(null)
      expect(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.to.match(/https?:\/\//)
      expect(page).not.to.match(/<script|<link|<img|<iframe|@import|\son\w+=|src=|href=/i)
      expect(page).to.include("default-src 'none'")
    })
  }

  it('draws a row for every node, the status and both lines, on one axis', () => {
    const page = pageOf('succeeded-with-resume')
    expect(page.match(/<g class="lane">/g)).to.have.length(10)
    for (const phase of ['waiting', 'draining', 'down', 'joining', 'recovering'])
      expect(page).to.include(`class="span ${phase}"`)
    expect(page).to.include('Cluster status').and.include('Write rate').and.include('Mean write latency')
    expect(page).to.include('docs/s').and.include('ms/doc')
    expect(page.match(/>12:04:30</g)?.length).to.be.at.least(4)
  })

  it('says on hover what gated a node and whom it waited for', () => {
    expect(pageOf('succeeded-with-resume')).to.include(
      'enough_in_sync_copies_stay_up (nginx.access-2025.04.10[2])\nwaits for es-data03',
    )
  })

  it('marks where one process ended and another carried on', () => {
    const page = pageOf('succeeded-with-resume')
    expect(page).to.include('process ended without a word; 12:05:23 resume by bartek on ops01')
    expect(page).to.include('>killed<').and.include('>resumed<')
  })

  it('names a node that was left down, what is left over and what to type', () => {
    const page = pageOf('failed-node-down')
    expect(page).to.include('>left down<')
    expect(page).to.include('es-data04 is down by this run')
    expect(page).to.include('index.unassigned.node_left.delayed_timeout is still 900s on 6 targets')
    expect(page).to.include('ops resume 20250410-120405-f1d')
  })

  it('of a refused run shows the refusing gates and no empty pictures', () => {
    const page = pageOf('refused')
    expect(page).to.include('Refused, nothing was touched')
    expect(page.indexOf('no_snapshot_is_running')).to.be.below(page.indexOf('33 gates passed'))
    expect(page).not.to.include('class="pictures"')
    expect(page).not.to.include('not begun')
  })

  it('of a run without samples leaves the lines out', () => {
    const page = reportHtml(readRecorded('succeeded-with-resume').records, [])
    expect(page).to.include('<g class="lane">')
    expect(page).not.to.include('Write rate')
  })

  it('of a run that never ended says so', () => {
    const { records, samples } = readRecorded('succeeded-with-resume')
    const page = reportHtml(records.slice(0, 60), samples.slice(0, 10))
    expect(page).to.include('Not ended').and.include('ops doctor')
  })

  it('of a run without nodes draws its steps', () => {
    const page = reportHtml(
      journal(
        started,
        [1, 'step.intent', { step: 'rotate', title: 'rotate the key', attempt: 1 }],
        [4, 'step.failed', { step: 'rotate', message: 'sealed' }],
        [9, 'run.ended', { outcome: 'failed', exitCode: 1, code: 'STEP_FAILED', message: 'sealed' }],
      ),
      [],
    )
    expect(findBadTag(page)).to.equal(null)
    expect(page).to.include('Timeline of 1 steps').and.include('✖ failed')
  })

  it('lets no text from outside become markup, wherever it stands', () => {
    const evil = `"'><img src=x onerror=alert(1)></style></title><script>alert(1)</script>&\u0000\ud800`
    const poison = (value: Json | undefined): Json | undefined => {
      if (typeof value === 'string') return `${value}${evil}`
      if (Array.isArray(value)) return value.map(one => poison(one) ?? null)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value as JsonObject).map(([name, inner]) => [`${name}`, poison(inner)]),
      )
    }
    const kept = new Set(['at', 'type', 'seq'])
    for (const name of recordedRuns) {
      const { records, samples } = readRecorded(name)
      const poisoned = records.map(
        record =>
          Object.fromEntries(
            Object.entries(record).map(([field, value]) => [field, kept.has(field) ? value : poison(value)]),
          ) as JournalRecord,
      )
      const page = reportHtml(
        poisoned,
        samples.map(sample => ({ ...sample, status: `green${evil}` })),
      )
      expect(page).not.to.match(/<script|<img/)
      expect(findBadTag(page)).to.equal(null)
      expect(page).not.to.include('\u0000')
    }
  })

  it('is the same for the same records', () => {
    expect(pageOf('failed-node-down')).to.equal(pageOf('failed-node-down'))
  })
})
