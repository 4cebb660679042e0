// Which system is asked, how secrets are made, and that each is known to the redactor before anybody else has it.
import { expect } from 'chai'
import fc from 'fast-check'
import { absentPort } from '../../../src/app/absent.ts'
import { generateText, joinCredentials, type SystemCredentials } from '../../../src/app/credentials.ts'
import { Redactor } from '../../../src/engine/redactor.ts'
import type { OpsError } from '../../../src/errors/index.ts'
import type { CredentialKind } from '../../../src/ports/credentials.ts'
import { JumpClock } from '../../support/fake-cluster/jump-clock.ts'
import { createFakeCredentials } from '../../support/fake-credentials/fake-credentials.ts'

const usual = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const special = `#!&*-?%@'"|>{}[],:\`~=\\$;()`

const failureOf = async (call: Promise<unknown>): Promise<OpsError> =>
  call.then(
    () => expect.fail('nothing was thrown'),
    (thrown: OpsError) => thrown,
  )

describe('generateText', () => {
  const subsets = fc.uniqueArray(fc.constantFrom(...usual, ...special), { minLength: 16, maxLength: 80 })

  it('keeps length and alphabet, has each class that the alphabet has, and begins harmlessly', () => {
    fc.assert(
      fc.property(subsets, fc.integer({ min: 3, max: 64 }), (characters, length) => {
        const alphabet = characters.join('')
        const text = generateText({ length, alphabet })
        expect(text).to.have.length(length)
        expect([...text].every(one => alphabet.includes(one))).to.equal(true)
        for (const one of [/[a-z]/, /[A-Z]/, /[0-9]/])
          if (one.test(alphabet)) expect(text, alphabet).to.match(one)
        const first = /[A-Za-z]/.test(alphabet) ? /^[A-Za-z]/ : /[0-9]/.test(alphabet) ? /^[0-9]/ : /^./
        expect(text).to.match(first)
      }),
    )
  })

  it('favours no character', () => {
    const counts = new Map<string, number>()
    const texts = Array.from({ length: 4000 }, () => generateText({ length: 33, alphabet: usual }))
    for (const text of texts) for (const one of text.slice(1)) counts.set(one, (counts.get(one) ?? 0) + 1)
    const rest = [...counts.values()]
    expect(rest).to.have.length(62)
    const expected = (4000 * 32) / 62
    // Six standard deviations; the demand for a digit moves the mean by less.
    const bound = 6 * Math.sqrt(expected)
    for (const count of rest) expect(Math.abs(count - expected)).to.be.below(bound)
    expect(new Set(texts).size).to.equal(4000)
  })

  it('counts a character once that stands in the alphabet twice', () => {
    const texts = Array.from({ length: 500 }, () =>
      generateText({ length: 32, alphabet: `${'0'.repeat(900)}123456789abcdef` }),
    )
    const zeros = texts.join('').replaceAll(/[^0]/g, '').length
    expect(zeros).to.be.below((500 * 32) / 8)
  })

  it('refuses what cannot be made', () => {
    for (const policy of [
      { length: 2, alphabet: usual },
      { length: 0, alphabet: '#!' },
      { length: 32, alphabet: 'aaa' },
    ])
      expect(() => generateText(policy)).to.throw('no secret can be made')
  })
})

describe('credentials of all systems', () => {
  const absent = (group: string): SystemCredentials => absentPort(group, 'inventory/test')
  const open = () => {
    const redactor = new Redactor()
    const fakeOf = (kind: CredentialKind, owner = ''): SystemCredentials =>
      createFakeCredentials(new JumpClock(), {
        principals: [{ kind, owner, name: 'one', secret: `the-secret-of-${kind}` }],
      })
    const systems = {
      elasticsearch: fakeOf('elasticsearch-user'),
      kafka: fakeOf('kafka-scram'),
      vault: fakeOf('vault-approle', 'ops'),
    }
    return { redactor, credentials: joinCredentials(systems, redactor) }
  }

  it('asks the system of the kind and no other', async () => {
    const { credentials } = open()
    for (const [kind, owner] of [
      ['elasticsearch-user', ''],
      ['kafka-scram', ''],
      ['vault-approle', 'ops'],
    ] as const) {
      expect(await credentials.find({ kind, owner }, 'one'), kind).to.include({ name: 'one' })
      expect(await credentials.find({ kind, owner }, 'two'), kind).to.equal(null)
    }
  })

  it('says which system the inventory lacks, by whatever it is asked', async () => {
    const credentials = joinCredentials(
      { elasticsearch: absent('elasticsearch'), kafka: absent('kafka'), vault: absent('vault') },
      new Redactor(),
    )
    const kinds: readonly [CredentialKind, string][] = [
      ['elasticsearch-service-token', 'elasticsearch'],
      ['kafka-scram', 'kafka'],
      ['vault-approle', 'vault'],
    ]
    for (const [kind, group] of kinds) {
      const thrown = await failureOf(credentials.revoke({ kind, owner: '' }, 'one'))
      expect(thrown.code).to.equal('INVENTORY_INVALID')
      expect(thrown.message).to.include(`no host in the group ${group}`)
    }
  })

  it('registers what it makes and what a system makes before it is handed out', async () => {
    const { credentials, redactor } = open()
    const secret = await credentials.generate({ length: 32, alphabet: usual })
    expect(redactor.text(`it is ${secret.reveal()}`)).to.equal('it is [redacted]')
    const { secret: minted } = await credentials.make(
      { kind: 'vault-approle', owner: 'ops' },
      { name: 'new', like: 'one', secret: null, run: 'run-1' },
    )
    expect(redactor.text(`it is ${minted.reveal()}`)).to.equal('it is [redacted]')
    const basic = Buffer.from(`one:${secret.reveal()}`).toString('base64')
    await credentials.logIn({ kind: 'elasticsearch-user', owner: '' }, { principal: 'one', secret })
    expect(redactor.text(basic)).to.equal('[redacted]')
  })
})
