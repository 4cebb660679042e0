import { expect } from 'chai'
import { jsonLines } from '../../../../src/cli/render/json.ts'
import { type PlainOptions, plainLines } from '../../../../src/cli/render/plain.ts'
import type { Notice } from '../../../../src/ports/notify.ts'
import { noticesOf, readRecorded, record } from './recorded.ts'

function linesOf(notices: readonly Notice[], options: PlainOptions = {}): string[] {
  const lines: string[] = []
  const host = plainLines(line => lines.push(line), { now: () => 0, ...options })
  for (const notice of notices) host.notify(notice)
  return lines
}

describe('plain lines', () => {
  const succeeded = linesOf(noticesOf(readRecorded('succeeded-with-resume')))

  it('count the gates that pass and name the others', () => {
    expect(succeeded).to.include('12:04:05Z  34 gates pass')
    expect(succeeded.join('\n')).to.include(
      'gate recoveries_have_bandwidth waived (night window, little to copy)',
    )
  })

  it('tell the story of a node in order', () => {
    const story = succeeded.filter(line => line.includes('es-coord01')).map(line => line.slice(11))
    expect(story).to.deep.equal([
      'stop es-coord01',
      'stop es-coord01: done after 3 s',
      'es-coord01 is down',
      'start es-coord01',
      'start es-coord01: done after 3 s',
      'es-coord01 has joined again',
      'es-coord01 is whole again after 23 s: 0 copies, 0 B copied, 0 B reused',
      'es-coord01 done (1 of 10)',
    ])
  })

  it('say when the cluster changes its colour, and not at every sample', () => {
    const colours = succeeded.filter(line => line.includes('cluster is'))
    expect(colours[0]).to.equal('12:04:05Z  cluster is green, 10 nodes')
    expect(colours.length).to.be.below(30)
  })

  it('end with the outcome, what is left over and what to type', () => {
    const [last] = linesOf(noticesOf(readRecorded('failed-node-down'))).slice(-1)
    expect(last).to.match(/failed \(NODE_NOT_BACK\): es-data04 was stopped/)
    expect(last).to.include('left over: elasticsearch.index index.unassigned.node_left.delayed_timeout')
    expect(last).to.include('next: see to it on the host, then: ops resume 20250410-120405-f1d')
  })

  it('print a refused run with every refusing gate', () => {
    const lines = linesOf(noticesOf(readRecorded('refused')))
    expect(lines.filter(line => line.includes('REFUSES'))).to.have.length(2)
    expect(lines.at(-1)).to.include('refused (GATE_REFUSED)')
  })

  it('say the progress of one subject at most every half minute', () => {
    let nowMs = 0
    const host: string[] = []
    const lines = plainLines(line => host.push(line), { now: () => nowMs })
    for (; nowMs < 65_000; nowMs += 1000)
      lines.notify({ kind: 'progress', subject: 'n1', text: `joins: ${nowMs / 1000} s` })
    expect(host.map(line => line.slice(11))).to.deep.equal([
      'n1 joins: 0 s',
      'n1 joins: 30 s',
      'n1 joins: 60 s',
    ])
  })

  it('say why members wait only when asked to', () => {
    const blocked = record('member.blocked', { member: 'b', because: 'g (x)', waitsFor: ['a'] })
    expect(linesOf([blocked])).to.deep.equal([])
    expect(linesOf([blocked], { verbose: true })).to.deep.equal(['12:00:00Z  b waits for a: g (x)'])
  })

  it('stay one line each whatever a record says', () => {
    const [line] = linesOf([record('remark', { text: 'a\nb\u001b[31mc' })])
    expect(line).to.equal('12:00:00Z  a b\uFFFD[31mc')
  })

  it('name a type of record that they do not know', () => {
    expect(linesOf([record('broker.moved')])).to.deep.equal(['12:00:00Z  broker.moved'])
  })
})

describe('json lines', () => {
  it('are the journal records as they are, and nothing else', () => {
    const recorded = readRecorded('succeeded-with-resume')
    const lines: string[] = []
    const host = jsonLines(line => lines.push(line))
    for (const notice of noticesOf(recorded)) host.notify(notice)
    expect(lines.map(line => JSON.parse(line))).to.deep.equal(recorded.records)
  })
})
