import { expect } from 'chai'
import {
  type Attempt,
  giveUp,
  learn,
  nothingKnown,
  readAnswer,
  readFailure,
} from '../../../src/lab/load/attempt.ts'

const created: Attempt = { kind: 'acked', via: 'created' }
const conflict: Attempt = { kind: 'acked', via: 'conflict' }
const busy: Attempt = { kind: 'notWritten', reason: '429' }
const broken: Attempt = { kind: 'unsure', reason: 'ECONNRESET' }
const refused: Attempt = { kind: 'refused', reason: '400' }
const after = (...attempts: Attempt[]) => giveUp(attempts.reduce(learn, nothingKnown))

describe('what a client knows of a document', () => {
  const cases: readonly [string, readonly Attempt[], object][] = [
    ['acknowledged at once', [created], { final: 'ok', attempts: 1 }],
    ['acknowledged after refusals', [busy, busy, created], { final: 'ok', attempts: 3 }],
    [
      'a conflict after a broken attempt is that attempt having worked',
      [broken, conflict],
      { final: 'ok', via: 'conflict' },
    ],
    [
      'a conflict at the first attempt is the cluster having repeated it by itself',
      [conflict],
      { final: 'ok', via: 'conflict' },
    ],
    [
      'and so is one after an attempt that was turned away',
      [busy, conflict],
      { final: 'ok', via: 'conflict' },
    ],
    ['never written', [busy, busy], { final: 'fail' }],
    ['broken off and then refused may be there', [broken, refused], { final: 'unknown' }],
    ['broken off for good may be there', [busy, broken, busy], { final: 'unknown' }],
    ['refused', [refused], { final: 'fail', attempts: 1 }],
  ]
  for (const [name, attempts, expected] of cases)
    it(name, () => expect(after(...attempts)).to.include(expected))
})

describe('what an attempt says', () => {
  it('reads a bulk answer document by document', () => {
    const statuses = [201, 409, 429, 400, 503]
    const items = statuses.map(status => ({ create: { status } }))
    expect(readAnswer(200, { items }, 5).map(one => one.kind)).to.deep.equal([
      'acked',
      'acked',
      'notWritten',
      'refused',
      'unsure',
    ])
  })

  it('takes an answer with too few documents for none', () => {
    expect(readAnswer(200, { items: [] }, 1).map(one => one.kind)).to.deep.equal(['unsure'])
  })

  it('takes a request turned down whole for not written, and a server error for unsure', () => {
    const kinds = [401, 429, 503, 413, 500].map(status => readAnswer(status, {}, 1)[0]?.kind)
    expect(kinds).to.deep.equal(['notWritten', 'notWritten', 'notWritten', 'refused', 'unsure'])
  })

  it('is certain of nothing once a connection had come about', () => {
    const kinds = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].map(code => readFailure({ code }).kind)
    expect(kinds).to.deep.equal(['notWritten', 'unsure', 'unsure'])
    expect(readFailure(new DOMException('late', 'TimeoutError')).kind).to.equal('unsure')
  })
})
