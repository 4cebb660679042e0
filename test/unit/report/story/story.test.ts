import { expect } from 'chai'
import { isRemarkable } from '../../../../src/report/story/attempts.ts'
import { tellStory } from '../../../../src/report/story/story.ts'
import { mostAwayAtOnce } from '../../../../src/report/story/waits.ts'
import { journal, readRecorded, started } from '../recorded.ts'

const restart = (node: string, from: number) =>
  [
    [from, 'member.begun', { member: node }],
    [from + 1, 'step.intent', { step: `${node}.stop`, title: `stop ${node}` }],
    [from + 3, 'node.stopped', { node }],
    [from + 5, 'step.done', { step: `${node}.start`, title: `start ${node}`, how: 'applied' }],
    [from + 15, 'node.back', { node }],
    [from + 20, 'node.recovered', { node, seconds: 20, copies: 3, copiedBytes: 1, reusedBytes: 2 }],
    [from + 20, 'member.done', { member: node }],
  ] as const

const planned = [0, 'run.planned', { waves: [['a'], ['b']], effects: [], notes: [], hash: 'h' }] as const

describe('story of a run', () => {
  it('follows a node through its phases', () => {
    const { lanes } = tellStory(journal(started, planned, ...restart('a', 1)), [])
    expect(
      lanes[0]?.spans.map(({ phase, fromMs, untilMs }) => `${phase} ${(untilMs - fromMs) / 1000}`),
    ).to.deep.equal(['draining 1', 'down 4', 'joining 10', 'recovering 5'])
    expect(lanes[0]).to.include({ left: null, wave: 1 })
    expect(lanes[1]).to.deep.include({ doneMs: null, spans: [], wave: 2 })
  })

  it('says what gated whom for how long', () => {
    const because = { member: 'b', gate: 'one_at_a_time', by: 'tier', because: 'x', waitsFor: ['a'] }
    const { waits } = tellStory(
      journal(started, planned, [1, 'member.blocked', because], [9, 'member.begun', { member: 'b' }]),
      [],
    )
    expect(waits).to.have.length(1)
    expect(waits[0]).to.deep.include({ member: 'b', gate: 'one_at_a_time', ms: 8000, waitsFor: ['a'] })
  })

  it('counts how many were away at once', () => {
    const rows = [...restart('a', 1), ...restart('b', 10)].sort(([a], [b]) => a - b)
    expect(mostAwayAtOnce(tellStory(journal(started, ...rows), []).lanes)).to.equal(2)
    const apart = [...restart('a', 1), ...restart('b', 15)].sort(([a], [b]) => a - b)
    expect(mostAwayAtOnce(tellStory(journal(started, ...apart), []).lanes)).to.equal(1)
  })

  it('knows a process that was killed by what it wrote last', () => {
    const { processes } = tellStory(
      journal(started, [5, 'remark', { text: 'x' }], [60, 'run.resumed', { mode: 'abort', actor: 'b' }]),
      [{ at: '2025-04-10T12:00:07.000Z' }],
    )
    expect(
      processes.map(({ mode, outcome, untilMs, fromMs }) => [mode, outcome, untilMs - fromMs]),
    ).to.deep.equal([
      ['start', null, 7000],
      ['abort', null, 0],
    ])
  })

  it('keeps the gates of the last plan only', () => {
    const { judgement } = tellStory(
      journal(
        started,
        planned,
        [1, 'gate.passed', { gate: 'old', evidence: '' }],
        planned,
        [2, 'gate.passed', { gate: 'fine', evidence: '' }],
        [2, 'gate.waived', { gate: 'waived', evidence: '', reason: 'r' }],
        [2, 'gate.refused', { gate: 'bad', evidence: '' }],
      ),
      [],
    )
    expect(judgement.gates.map(({ gate }) => gate)).to.deep.equal(['bad', 'waived', 'fine'])
  })

  it('adds up what was there before a setting was changed, and keeps what was not given back', () => {
    const intent = (targets: readonly string[], value: string | null) =>
      ({ key: 'delay', kind: 'k', name: 'n', value: '900s', before: [{ value, targets }] }) as const
    const { settings, verdict } = tellStory(
      journal(
        started,
        [1, 'setting.intent', intent(['a', 'b'], null)],
        [2, 'setting.intent', intent(['c'], '5m')],
        [9, 'run.ended', { outcome: 'failed', exitCode: 4 }],
      ),
      [],
    )
    expect(settings).to.have.length(1)
    expect([...(settings[0]?.before ?? [])]).to.deep.equal([
      ['', 2],
      ['5m', 1],
    ])
    expect(verdict.leftOver).to.deep.equal(['n is still 900s on 3 targets'])
  })

  it('tells what was given back from what was left alone and what is gone', () => {
    const { settings } = tellStory(
      journal(
        started,
        [
          1,
          'setting.intent',
          { key: 'k', name: 'n', value: 1, before: [{ value: null, targets: ['a', 'b', 'c'] }] },
        ],
        [2, 'setting.restored', { key: 'k', name: 'n', restored: 1, notOurs: ['b'] }],
      ),
      [],
    )
    expect(settings[0]?.back).to.include({ restored: 1, needless: 1 })
  })

  it('calls a run good only when nothing is left over', () => {
    const good = tellStory(journal(started, [9, 'run.ended', { outcome: 'succeeded', exitCode: 0 }]), [])
    expect(good.verdict).to.include({ tone: 'good', next: '' })
    const left = tellStory(
      journal(
        started,
        [1, 'lock.acquired', { names: ['es:a'] }],
        [9, 'run.ended', { outcome: 'succeeded', exitCode: 0 }],
      ),
      [],
    )
    expect(left.verdict.tone).to.equal('bad')
  })

  for (const [outcome, tone] of [
    ['refused', 'waiting'],
    ['waiting', 'waiting'],
    ['interrupted', 'waiting'],
    ['aborted', 'waiting'],
    ['failed', 'bad'],
  ] as const) {
    it(`says in one sentence that a run was ${outcome}`, () => {
      const { verdict } = tellStory(
        journal(started, [9, 'run.ended', { outcome, exitCode: 1, message: 'because', hint: 'do this' }]),
        [],
      )
      expect(verdict).to.include({ outcome, tone, next: 'do this' })
      expect(verdict.sentence.toLowerCase()).to.include(outcome)
      expect(verdict.sentence).to.match(/\.$/)
    })
  }

  it('does not take an approval given later for an end of the run', () => {
    const { verdict } = tellStory(
      journal(
        started,
        [1, 'approval.requested', { planHash: 'h', gates: ['g'], of: 'anna' }],
        [2, 'run.ended', { outcome: 'waiting', exitCode: 3 }],
        [60, 'approval.given', { by: 'bartek', planHash: 'h', gates: ['g'] }],
      ),
      [],
    )
    expect(verdict.outcome).to.equal('waiting')
  })

  it('points to steps that were tried again, found done or failed', () => {
    const { steps } = tellStory(readRecorded('failed-node-down').records, [])
    expect(steps.filter(isRemarkable).map(({ key }) => key)).to.deep.equal(['es-data04.start'])
  })
})
