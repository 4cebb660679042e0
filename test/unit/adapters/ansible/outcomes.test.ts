import { expect } from 'chai'
import { type PluginEvent, parseLine, type Recap } from '../../../../src/adapters/ansible/events.ts'
import { createStory, decideOutcomes } from '../../../../src/adapters/ansible/outcomes.ts'

const nothing: Recap = { ok: 0, changed: 0, failures: 0, dark: 0, skipped: 0, rescued: 0, ignored: 0 }

function decide(events: readonly Partial<PluginEvent>[], exitCode: number | null, hosts = ['a']) {
  const story = createStory()
  events.forEach((event, at) => {
    const parsed = parseLine(JSON.stringify({ seq: at + 1, time: 0, monotonic: 0, ...event }))
    if (parsed === null) throw new Error('not an event')
    story.add(parsed)
  })
  return Object.fromEntries(decideOutcomes(hosts, story, { exitCode }))
}

const started = (host: string, task = 't') => ({ kind: 'host.started', host, task }) as const
const ok = (host: string, changed = false) => ({ kind: 'host.ok', host, task: 't', changed }) as const
const failed = (host: string, more: Partial<PluginEvent> = {}) =>
  ({ kind: 'host.failed', host, task: 't', message: 'broke', ...more }) as const
const end = (recap: Record<string, Partial<Recap>>) =>
  ({
    kind: 'end',
    recap: Object.fromEntries(
      Object.entries(recap).map(([host, counts]) => [host, { ...nothing, ...counts }]),
    ),
  }) as const

describe('outcomes of a play', () => {
  it('are ok where events, recap and exit code agree', () => {
    expect(decide([started('a'), ok('a', true), end({ a: { ok: 1 } })], 0)).to.deep.equal({
      a: { state: 'ok', changed: true },
    })
  })

  it('are unknown without an end record, with the task that was open', () => {
    expect(decide([started('a', 'stop it')], null).a).to.deep.equal({ state: 'unknown', task: 'stop it' })
    expect(decide([started('a'), ok('a')], 0).a).to.deep.equal({ state: 'unknown', task: 't' })
    expect(decide([], null).a).to.deep.equal({ state: 'unknown', task: null })
  })

  it('keep a failure that was seen before Ansible died', () => {
    expect(decide([started('a'), failed('a')], null).a).to.include({ state: 'failed', message: 'broke' })
  })

  it('believe the recap when it counts a failure that an event called rescued', () => {
    const events = [started('a'), failed('a', { rescued: true }), end({ a: { failures: 1 } })]
    expect(decide(events, 2).a).to.deep.equal({ state: 'failed', task: 't', message: 'broke' })
  })

  it('are unknown when a failure was told that the recap does not count', () => {
    expect(decide([started('a'), failed('a'), end({ a: { ok: 1 } })], 0).a?.state).to.equal('unknown')
  })

  it('are failed when only the recap knows of it', () => {
    expect(decide([started('a'), ok('a'), end({ a: { failures: 1 } })], 2).a?.state).to.equal('failed')
    expect(decide([started('a'), ok('a'), end({ a: { dark: 1 } })], 4).a?.state).to.equal('unreachable')
  })

  it('are unknown when the exit code tells of trouble that nobody else saw', () => {
    for (const code of [1, 2, 4, 8, 99, 250, null]) {
      expect(decide([started('a'), ok('a'), end({ a: { ok: 1 } })], code).a?.state).to.equal('unknown')
    }
  })

  it('never are ok on the exit code alone', () => {
    expect(decide([started('a'), failed('a'), end({ a: { failures: 1 } })], 0).a?.state).to.equal('failed')
    expect(decide([end({})], 0).a?.state).to.equal('failed')
  })

  it('tell unreachable and failed hosts of one play apart (exit code 6)', () => {
    const events = [
      started('a'),
      started('b'),
      failed('a'),
      { kind: 'host.unreachable', host: 'b', task: 't', message: 'no route' } as const,
      end({ a: { failures: 1 }, b: { dark: 1 } }),
    ]
    const outcomes = decide(events, 6, ['a', 'b'])
    expect(outcomes.a?.state).to.equal('failed')
    expect(outcomes.b).to.deep.equal({ state: 'unreachable', message: 'no route' })
  })

  it('are not ok where a fatal failure elsewhere ended the play', () => {
    const events = [
      started('a'),
      started('b'),
      ok('b'),
      failed('a', { fatal: true }),
      end({ a: { failures: 1 }, b: { ok: 1 } }),
    ]
    expect(decide(events, 2, ['a', 'b']).b?.state).to.equal('failed')
  })

  it('hide what no_log hides', () => {
    const events = [failed('a', { no_log: true, message: null }), end({ a: { failures: 1 } })]
    expect(decide(events, 2).a).to.deep.equal({ state: 'failed', task: 't', message: 'hidden by no_log' })
  })
})
