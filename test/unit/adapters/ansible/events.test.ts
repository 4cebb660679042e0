import { expect } from 'chai'
import {
  type PluginEvent,
  parseLine,
  parsePayload,
  redactDeep,
  toAnsibleEvent,
} from '../../../../src/adapters/ansible/events.ts'

const line = (more: object): string =>
  JSON.stringify({ seq: 1, time: 1, monotonic: 1, kind: 'host.ok', ...more })
const event = (more: object): PluginEvent => parseLine(line(more)) as PluginEvent

describe('events of the callback plugin', () => {
  it('are refused when a line is torn, not JSON, or of an unknown kind', () => {
    expect(parseLine(line({}).slice(0, 20))).to.equal(null)
    expect(parseLine('')).to.equal(null)
    expect(parseLine(line({ kind: 'other' }))).to.equal(null)
    expect(parseLine(line({ seq: -1 }))).to.equal(null)
    expect(parsePayload('{"message": "cut o')).to.equal(null)
  })

  it('keep who really did it, and whether a failure was forgiven', () => {
    expect(toAnsibleEvent(event({ delegated_to: 'b', host: 'a' }))).to.include({
      host: 'a',
      delegatedTo: 'b',
    })
    expect(toAnsibleEvent(event({ kind: 'host.failed', ignored: true })).forgiven).to.equal('ignored')
    expect(toAnsibleEvent(event({ kind: 'host.failed', rescued: true })).forgiven).to.equal('rescued')
  })

  it('say items and attempts in words', () => {
    expect(toAnsibleEvent(event({ kind: 'host.item', item: { a: 1 }, status: 'ok' })).message).to.equal(
      '{"a":1}: ok',
    )
    expect(toAnsibleEvent(event({ kind: 'host.retry', attempts: 1, retries: 3 })).message).to.equal(
      'attempt 1 of 3',
    )
  })

  it('are redacted however deep a secret sits, names included, and made well-formed', () => {
    const redact = (text: string): string => text.replaceAll('pw', '*')
    const said = { list: ['a pw', { pw: 'x', n: 1, none: null }], odd: 'a\ud800' }
    expect(redactDeep(said, redact)).to.deep.equal({
      list: ['a *', { '*': 'x', n: 1, none: null }],
      odd: 'a\ufffd',
    })
  })
})
