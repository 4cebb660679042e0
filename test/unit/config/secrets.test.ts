// Secrets of ops.config.ts: what is filled in, and what is refused when the file is loaded, with the field named.
import { expect } from 'chai'
import { parseConfig } from '../../../src/config/define.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { toDeclarations } from '../../../src/config/secrets.ts'
import { OpsError } from '../../../src/errors/index.ts'

const two = {
  id: 'writer',
  kind: 'elasticsearch-user',
  path: 'secret/elk/writer',
  principals: ['writer_a', 'writer_b'],
}
const reserved = {
  id: 'kibana-system',
  kind: 'elasticsearch-reserved-user',
  path: 'secret/kibana',
  principals: ['kibana_system'],
}
const token = {
  id: 'kibana-token',
  kind: 'elasticsearch-service-token',
  owner: 'elastic/kibana',
  path: 'secret/kibana-token',
}
const scram = { id: 'kafka', kind: 'kafka-scram', path: 'secret/kafka', principals: ['writer_a', 'writer_b'] }

const declare = (...secrets: readonly object[]) => toDeclarations(parseConfig({ secrets }, 'ops.config.ts'))

function faultOf(...secrets: readonly object[]): string {
  try {
    declare(...secrets)
  } catch (thrown) {
    if (thrown instanceof OpsError && thrown.code === 'CONFIG_INVALID') return thrown.message
    throw thrown
  }
  return expect.fail('the config was taken')
}

describe('secrets of ops.config.ts', () => {
  it('fills in what is not said', () => {
    expect(declare(two)).to.deep.equal([
      {
        ...two,
        owner: '',
        fields: { principal: 'username', secret: 'password' },
        consumers: [],
        policy: {
          length: 32,
          alphabet: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789',
        },
        rotateAfterDays: 30,
        soakMs: 24 * 3_600_000,
        gapAccepted: false,
        revokeWithoutApproval: false,
      },
    ])
    expect(declare({ ...two, soak: '90m' })[0]?.soakMs).to.equal(5_400_000)
  })

  it('takes one of each kind, side by side', () => {
    const key = { id: 'key', kind: 'elasticsearch-api-key', owner: 'shipper', path: 'secret/key' }
    const approle = { id: 'ops', kind: 'vault-approle', owner: 'ops', path: 'secret/ops' }
    expect(declare(two, reserved, token, scram, key, approle)).to.have.length(6)
  })

  it('lets two secrets share a document where their fields differ', () => {
    const fields = { principal: 'kafka_username', secret: 'kafka_password' }
    expect(declare(two, { ...scram, path: two.path, fields })).to.have.length(2)
  })

  const wrong: Readonly<Record<string, readonly [readonly object[], RegExp]>> = {
    'two that is one': [[{ ...two, principals: ['a'] }], /secrets\.0\.principals: must be two different/],
    'two that are the same': [[{ ...two, principals: ['a', 'a'] }], /secrets\.0\.principals: must be two/],
    'two that are three': [[{ ...two, principals: ['a', 'b', 'c'] }], /secrets\.0\.principals: must be two/],
    'one that is two': [
      [{ ...reserved, principals: ['kibana_system', 'elastic'] }],
      /principals: must be one user/,
    ],
    'one that is none': [[{ ...reserved, principals: [] }], /principals: must be one user/],
    'names for what the system names': [[{ ...token, principals: ['a'] }], /principals: must be left out/],
    'a reserved user of the other kind': [
      [{ ...two, principals: ['elastic', 'a'] }],
      /principals: has the reserved user elastic/,
    ],
    'a usual user of the reserved kind': [
      [{ ...reserved, principals: ['kim'] }],
      /principals: must be one of elastic/,
    ],
    'a consumer without verification': [
      [{ ...two, consumers: [{ hosts: 'logstash' }] }],
      /secrets\.0\.consumers\.0\.verify/,
    ],
    'a consumer without hosts': [
      [{ ...two, consumers: [{ hosts: '', verify: 'login' }] }],
      /consumers\.0\.hosts/,
    ],
    'one principal in two secrets': [
      [two, { ...two, id: 'other', path: 'secret/other', principals: ['writer_b', 'c'] }],
      /secrets\.1\.principals: has writer_b, which the secret writer has too/,
    ],
    'one field in two secrets': [
      [two, { ...scram, path: two.path, fields: { principal: 'other' } }],
      /secrets\.1\.fields\.secret: has password of secret\/elk\/writer, which the secret writer has too/,
    ],
    'one field for two things': [[{ ...two, fields: { principal: 'a', secret: 'a' } }], /fields\.secret/],
    'an id that is taken': [
      [two, { ...scram, id: 'writer' }],
      /secrets\.1\.id: is taken: two secrets are named writer/,
    ],
    'a path without a mount': [[{ ...two, path: 'writer' }], /secrets\.0\.path: must begin with the mount/],
    'no path': [[{ ...two, path: '' }], /secrets\.0\.path/],
    'a path with a slash in front': [[{ ...two, path: '/secret/elk' }], /secrets\.0\.path/],
    'a path that climbs': [[{ ...two, path: 'secret/../sys' }], /secrets\.0\.path/],
    'a path where staged ones stand': [
      [{ ...two, path: 'secret/elk/pending/x' }],
      /path: must not .* pending/,
    ],
    'a path as the API has it': [[{ ...two, path: 'secret/data/elk' }], /path: .* without data/],
    'an alphabet of few characters': [
      [{ ...two, policy: { alphabet: 'abcdefghijklmnoooooooooo' } }],
      /secrets\.0\.policy\.alphabet: must have 16 different/,
    ],
    'an alphabet with a line break': [
      [{ ...two, policy: { alphabet: 'abcdefghijklmnopq\n' } }],
      /policy\.alphabet: must be printable/,
    ],
    'a length of few bits': [[{ ...two, policy: { length: 16 } }], /secrets\.0\.policy\.length: .* 96 bits/],
    'a length of few bits for its alphabet': [
      [{ ...two, policy: { length: 23, alphabet: '0123456789abcdef' } }],
      /policy\.length/,
    ],
    'a kind without its owner': [[{ ...token, owner: '' }], /secrets\.0\.owner: must be the service account/],
    'an owner of a user': [[{ ...two, owner: 'elastic/kibana' }], /secrets\.0\.owner: must be left out/],
    'an unknown kind': [[{ ...two, kind: 'ldap' }], /secrets\.0\.kind/],
    'a soak without a unit': [[{ ...two, soak: '24' }], /secrets\.0\.soak/],
    'a field with a typo': [[{ ...two, rotateAfterDay: 3 }], /rotateAfterDay/],
  }
  for (const [what, [secrets, says]] of Object.entries(wrong))
    it(`refuses ${what}`, () => expect(faultOf(...secrets)).to.match(says))

  it('takes a policy of just enough bits', () =>
    expect(declare({ ...two, policy: { length: 24, alphabet: '0123456789abcdef' } })).to.have.length(1))

  it('has the secrets of the platform, each with a consumer or meant for people', async () => {
    const secrets = toDeclarations(await loadConfig(new URL('../../..', import.meta.url).pathname))
    expect(secrets.map(({ id }) => id)).to.deep.equal([
      'logstash-writer',
      'kafka-logstash',
      'kibana-system',
      'elastic',
    ])
    expect(secrets.filter(({ consumers }) => consumers.length === 0).map(({ id }) => id)).to.deep.equal([
      'elastic',
    ])
  })
})
