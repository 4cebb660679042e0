import { expect } from 'chai'
import { emptyDisplay, foldNotice } from '../../../../src/cli/render/state.ts'
import type { Notice } from '../../../../src/ports/notify.ts'
import { noticesOf, readRecorded, record } from './recorded.ts'

const show = (notices: readonly Notice[]) =>
  notices.reduce((display, notice) => foldNotice(display, notice, 0), emptyDisplay())

describe('state of the display', () => {
  it('takes its members from the waves of the plan, all of them waiting', () => {
    const { members } = show([record('run.planned', { waves: [['a', 'b'], ['c']] })])
    expect([...members.values()].map(({ name, phase }) => `${name} ${phase}`)).to.deep.equal([
      'a waiting',
      'b waiting',
      'c waiting',
    ])
  })

  it('follows a node from waiting to done', () => {
    const at = (second: number): string => `2025-04-10T12:00:${second}.000Z`
    const display = show([record('run.planned', { waves: [['n1']] })])
    const phases: string[] = []
    const notices: readonly Notice[] = [
      record('member.blocked', { member: 'n1', because: 'g (b)', gate: 'g', waitsFor: ['n0'] }),
      record('member.begun', { member: 'n1' }, at(10)),
      record('step.intent', { step: 'n1.stop', title: 'stop n1' }, at(11)),
      record('step.done', { step: 'n1.stop', title: 'stop n1', how: 'applied' }, at(12)),
      record('node.stopped', { node: 'n1' }, at(12)),
      record('step.intent', { step: 'n1.start', title: 'start n1' }, at(13)),
      record('step.done', { step: 'n1.start', title: 'start n1', how: 'applied' }, at(14)),
      { kind: 'progress', subject: 'n1', text: 'joins: 3 s' },
      record('node.back', { node: 'n1' }, at(20)),
      { kind: 'progress', subject: 'n1', text: 'recovers: 2 copies not in sync yet' },
      { kind: 'progress', subject: 'n1', text: 'soaks: 1 s' },
      record('node.recovered', { node: 'n1', seconds: 23.4 }, at(33)),
      record('member.done', { member: 'n1' }, at(33)),
    ]
    for (const notice of notices) {
      foldNotice(display, notice, 0)
      phases.push(display.members.get('n1')?.phase ?? '')
    }
    expect(phases.join(' ')).to.equal(
      'waiting preparing stopping down down starting joining joining recovering recovering soaking recovered done',
    )
    expect(display.members.get('n1')?.seconds).to.equal(23.4)
  })

  it('keeps what a node is doing beside its phase', () => {
    const display = show([
      record('run.planned', { waves: [['n1']] }),
      record('member.begun', { member: 'n1' }),
      { kind: 'progress', subject: 'n1', text: 'flush 4 indices' },
    ])
    expect(display.members.get('n1')).to.include({ phase: 'preparing', text: 'flush 4 indices' })
  })

  it('sends a deferred member back to waiting, with the reason', () => {
    const display = show([
      record('member.begun', { member: 'n1' }),
      record('member.deferred', { member: 'n1', because: 'a fresh look does not allow it' }),
    ])
    expect(display.members.get('n1')).to.include({
      phase: 'waiting',
      text: 'a fresh look does not allow it',
    })
  })

  it('keeps progress of what is no member under its subject', () => {
    const display = show([{ kind: 'progress', subject: 'cluster', text: 'settles: yellow' }])
    expect(display.subjects.get('cluster')?.text).to.equal('settles: yellow')
    expect(display.members.size).to.equal(0)
  })

  it('gives a write rate that a counter that falls or leaps does not move', () => {
    const samples = [1000, 3000, 5000, 7000, 10, 2010, 9_000_000, 9_002_000].map(
      (indexedTotal, index): Notice => ({
        kind: 'sample',
        sample: {
          at: new Date(Date.UTC(2025, 3, 10, 12, 0, index * 2)).toISOString(),
          status: 'green',
          nodes: 3,
          indexedTotal,
        },
      }),
    )
    expect(show(samples.slice(0, 1)).traffic.writeRate).to.equal(null)
    for (const end of [2, 5, 6, 7, 8])
      expect(show(samples.slice(0, end)).traffic.writeRate, String(end)).to.equal(1000)
  })

  it('ends a recorded run with everybody done and nothing left changed', () => {
    const display = show(noticesOf(readRecorded('succeeded-with-resume')))
    expect([...display.members.values()].every(({ phase }) => phase === 'done')).to.equal(true)
    expect(display.settings.size).to.equal(0)
    expect(display.ended?.outcome).to.equal('succeeded')
    expect(display.resumedAtMs).to.be.a('number')
    expect(display.gates).to.deep.equal({ passed: 34, waived: 1, refused: 0 })
  })

  it('names who was under way when a run failed', () => {
    const { members, settings } = show(noticesOf(readRecorded('failed-node-down')))
    const left = [...members.values()].filter(({ unfinished }) => unfinished)
    expect(left.map(({ name, trouble }) => `${name}: ${trouble}`).join()).to.match(
      /^es-data04: service_start.yml failed on es-data04/,
    )
    expect([...settings]).to.deep.equal(['delay'])
  })
})
