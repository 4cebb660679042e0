import { expect } from 'chai'
import fc from 'fast-check'
import { Redactor } from '../../../src/engine/redactor.ts'

const secret = 'pa"ss wörd/+\\x'
const knowing = (...secrets: string[]): Redactor => {
  const redactor = new Redactor()
  for (const one of secrets) redactor.register(one)
  return redactor
}

describe('the redactor', () => {
  const forms: Record<string, string> = {
    plain: secret,
    'as JSON': JSON.stringify({ password: secret }),
    'URL-encoded': `https://x/?p=${encodeURIComponent(secret)}`,
    'base64-encoded': Buffer.from(secret).toString('base64'),
  }
  for (const [name, text] of Object.entries(forms)) {
    it(`takes out a secret ${name}`, () => {
      const clean = knowing(secret).text(`before ${text} after`)
      expect(clean).to.match(/^before .*\[redacted\].* after$/)
      expect(clean).not.to.contain(text)
    })
  }

  it('takes out a key however it is written: alone, after its id, or with its id in base64', () => {
    const encoded = Buffer.from('key-1:s3cret-of-the-key').toString('base64')
    for (const given of ['s3cret-of-the-key', 'key-1:s3cret-of-the-key', encoded]) {
      const redactor = new Redactor()
      redactor.registerPair('key-1', given)
      const clean = redactor.text(`with s3cret-of-the-key and key-1:s3cret-of-the-key, sent as ${encoded}`)
      expect(clean, given).not.to.include('s3cret').and.not.to.include(encoded)
    }
  })

  it('takes out a user and password of basic authentication', () => {
    const redactor = new Redactor()
    redactor.registerPair('elastic', 'changeme')
    const header = `Basic ${Buffer.from('elastic:changeme').toString('base64')}`
    expect(redactor.text(header)).to.equal('Basic [redacted]')
  })

  it('goes through nested values, keys included', () => {
    const dirty = { list: [{ deep: 'is s3cret' }], s3cret: 1, n: 5, none: null, yes: true }
    expect(knowing('s3cret').value(dirty)).to.deep.equal({
      list: [{ deep: 'is [redacted]' }],
      '[redacted]': 1,
      n: 5,
      none: null,
      yes: true,
    })
  })

  it('leaves nothing of a secret that contains another one', () => {
    expect(knowing('abcd', 'abcdefgh').text('x abcdefgh y abcd z')).to.equal('x [redacted] y [redacted] z')
  })

  it('accepts nothing so short that it would blank out half of the text', () => {
    expect(knowing('a', '').text('a man, a plan')).to.equal('a man, a plan')
  })

  it('leaves no trace of any secret in any JSON', () =>
    fc.assert(
      fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), fc.json(), (hidden, json) => {
        // A secret that is part of the mark itself, or of the syntax, cannot be told apart from it.
        fc.pre(!'[redacted]'.includes(hidden) && /^[\p{L}\p{N}]+$/u.test(hidden))
        const dirty = { text: `a ${hidden} b`, [hidden]: [hidden, JSON.parse(json)] }
        expect(JSON.stringify(knowing(hidden).value(dirty))).not.to.contain(hidden)
      }),
    ))
})
