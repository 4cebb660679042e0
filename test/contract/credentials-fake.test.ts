// The contract of the Elasticsearch kinds on the fake, and what tests rely on in it beyond the contract: the trouble that can be planted,
// its books, and that a saved one goes on.
import { expect } from 'chai'
import { toOpsError } from '../../src/errors/index.ts'
import type { CredentialKind, CredentialSystem } from '../../src/ports/credentials.ts'
import { SecretText } from '../../src/ports/secret.ts'
import { JumpClock } from '../support/fake-cluster/jump-clock.ts'
import {
  FakeCredentials,
  type FakeCredentialsOptions,
  type FakeCredentialsState,
} from '../support/fake-credentials/fake-credentials.ts'
import { describeElasticsearchCredentials } from './credentials.contract.ts'

const apiKey = { owner: 'shipper', id: 'key-1', secret: 'key-secret-1' }
const token = { owner: 'elastic/kibana', name: 'token1', secret: 'token-secret-1' }

describeElasticsearchCredentials('the fake', async () => {
  const credentials = FakeCredentials.create(new JumpClock(), {
    principals: [
      { kind: 'elasticsearch-user', name: 'logstash_a', secret: 'first-secret-1' },
      {
        kind: 'elasticsearch-user',
        name: 'logstash_b',
        secret: 'old-secret-1',
        enabled: false,
        grants: { roles: [] },
      },
      {
        kind: 'elasticsearch-user',
        name: 'narrow',
        secret: 'narrow-secret-1',
        grants: { roles: ['reader'] },
      },
      { kind: 'elasticsearch-reserved-user', name: 'kibana_system', secret: 'reserved-secret-1' },
      { kind: 'elasticsearch-api-key', ...apiKey, name: apiKey.id },
      { kind: 'elasticsearch-service-token', ...token },
    ],
    endpoints: { elasticsearch: ['es-node01', 'es-node02', 'es-gone'] },
  })
  credentials.downEndpoint('es-gone')
  return {
    credentials,
    users: { names: ['logstash_a', 'logstash_b'], secret: 'first-secret-1' },
    narrow: { name: 'narrow', secret: 'narrow-secret-1' },
    reserved: { name: 'kibana_system', secret: 'reserved-secret-1' },
    apiKey,
    token,
    deadEndpoint: 'es-gone',
    endpoints: 3,
  }
})

const users: CredentialSystem = { kind: 'elasticsearch-user', owner: '' }
const policy = { length: 24, alphabet: 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789' }
const principals: NonNullable<FakeCredentialsOptions['principals']> = [
  { kind: 'elasticsearch-user', name: 'a', secret: 'secret-of-a' },
  { kind: 'elasticsearch-user', name: 'b', secret: 'secret-of-b', enabled: false },
  { kind: 'kafka-scram', name: 'k', secret: 'secret-of-k' },
  { kind: 'vault-approle', owner: 'ops', name: 'accessor-1', secret: 'id-1' },
]
const create = () => {
  const clock = new JumpClock()
  return { clock, fake: FakeCredentials.create(clock, { principals }) }
}
const thrownBy = (work: Promise<unknown>) => work.then(() => null, toOpsError)
const wanted = (name: string, like: string, text: string | null) => ({
  name,
  like,
  secret: text === null ? null : new SecretText(text),
  run: 'run-1',
})

describe('the fake credentials', () => {
  it('make secrets of the alphabet, of every class, never the same twice, and the same again in another test', async () => {
    const make = async () => {
      const { fake } = create()
      return [await fake.generate(policy), await fake.generate(policy)].map(one => one.reveal())
    }
    const [first = '', second] = await make()
    expect(first)
      .to.match(/^[a-zA-Z0-9]{24}$/)
      .and.match(/[a-z]/)
      .and.match(/[A-Z]/)
      .and.match(/[0-9]/)
    expect(second).to.not.equal(first)
    expect(await make()).to.deep.equal([first, second])
    const { fake } = create()
    expect((await fake.generate({ length: 2, alphabet: 'x' })).reveal()).to.equal('xx')
  })

  it('refuse the next secret once, whatever it is', async () => {
    const { fake } = create()
    fake.rejectNext('it has been seen elsewhere')
    const thrown = await thrownBy(fake.make(users, wanted('b', 'a', 'new-secret')))
    expect(thrown?.code).to.equal('SECRET_REJECTED')
    expect(fake.canLogIn(users, 'b', 'new-secret')).to.equal(false)
    await fake.make(users, wanted('b', 'a', 'new-secret'))
    expect(fake.canLogIn(users, 'b', 'new-secret')).to.equal(true)
  })

  it('carry a change out, or not, when its answer is lost', async () => {
    const { fake } = create()
    fake.loseNextAnswer()
    fake.loseNextAnswer('not-done')
    expect((await thrownBy(fake.make(users, wanted('b', 'a', 'new-secret'))))?.code).to.equal(
      'OUTCOME_UNKNOWN',
    )
    expect(fake.canLogIn(users, 'b', 'new-secret')).to.equal(true)
    expect((await thrownBy(fake.setEnabled(users, 'a', false)))?.code).to.equal('OUTCOME_UNKNOWN')
    expect(fake.canLogIn(users, 'a', 'secret-of-a')).to.equal(true)
    await fake.setEnabled(users, 'a', false)
    expect(fake.state.history).to.deep.equal(['make elasticsearch-user b', 'disable elasticsearch-user a'])
  })

  it('write down who was refused, from where and when: consumers and ops itself', async () => {
    const { fake, clock } = create()
    expect(fake.logInFrom('192.0.2.7', users, 'b', 'secret-of-b')).to.equal(false)
    expect(fake.logInFrom('192.0.2.7', users, 'a', 'secret-of-a')).to.equal(true)
    const first = clock.now().getTime()
    await clock.sleep(1000)
    await fake.logIn(users, { principal: 'a', secret: new SecretText('wrong') })
    expect(fake.state.refusedLogins).to.deep.include({
      kind: 'elasticsearch-user',
      principal: 'b',
      address: '192.0.2.7',
      atMs: first,
    })
    const later = fake.refusedSince(first + 1)
    expect(later.map(({ principal, address }) => [principal, address])).to.deep.equal(
      ['es-node01', 'es-node02', 'es-node03'].map(() => ['a', fake.state.opsAddress]),
    )
  })

  it('name the consumers that are locked out', () => {
    const { fake } = create()
    const held = (consumer: string, principal: string) => ({
      consumer,
      system: users,
      principal,
      secret: `secret-of-${principal}`,
    })
    expect(fake.lockedOut([held('logstash01', 'a'), held('logstash02', 'b')])).to.deep.equal([
      'logstash02 as b',
    ])
  })

  it('do not prove where rights differ or a canary cannot be written', async () => {
    const { fake } = create()
    const made = await fake.make(users, wanted('b', 'a', 'new-secret'))
    expect(await fake.prove(users, made, 'a')).to.deep.equal([])
    fake.cannotWrite('*')
    expect((await fake.prove(users, made, 'a')).join()).to.include('canary')
    fake.grantsDiffer('b')
    expect((await fake.prove(users, made, 'a')).length).to.equal(2)
    expect((await fake.find(users, 'b'))?.grants).to.not.deep.equal((await fake.find(users, 'a'))?.grants)
  })

  it('fail as a whole while a system is out of reach, and tell no answer from a refusal', async () => {
    const { fake } = create()
    fake.fail('elasticsearch', { code: 'CLUSTER_UNREACHABLE', message: 'nobody there' })
    expect((await thrownBy(fake.find(users, 'a')))?.code).to.equal('CLUSTER_UNREACHABLE')
    expect((await thrownBy(fake.revoke(users, 'a')))?.code).to.equal('CLUSTER_UNREACHABLE')
    const credential = { principal: 'a', secret: new SecretText('secret-of-a') }
    expect((await fake.logIn(users, credential)).map(({ refused }) => refused)).to.deep.equal([
      false,
      false,
      false,
    ])
    expect(await fake.find({ kind: 'kafka-scram', owner: '' }, 'k')).to.include({ name: 'k' })
    fake.fail('elasticsearch', null)
    fake.downEndpoint('es-node02', 'stale')
    expect((await fake.logIn(users, credential)).map(({ refused }) => refused)).to.deep.equal([
      false,
      true,
      false,
    ])
    fake.upEndpoint('es-node02')
    for (const name of ['es-node01', 'es-node02', 'es-node03']) fake.downEndpoint(name)
    expect((await thrownBy(fake.find(users, 'a')))?.code).to.equal('CLUSTER_UNREACHABLE')
  })

  it('have users of Kafka and secret-ids of Vault, which end when they are revoked', async () => {
    const { fake } = create()
    for (const [kind, owner, name, text] of [
      ['kafka-scram', '', 'k', 'new-secret'],
      ['vault-approle', 'ops', 'accessor-1', null],
    ] as [CredentialKind, string, string, string | null][]) {
      const system = { kind, owner }
      const made = await fake.make(system, wanted('k2', name, text))
      expect(fake.canLogIn(system, made.principal, made.secret.reveal())).to.equal(true)
      expect(await fake.prove(system, made, name)).to.deep.equal([])
      expect((await thrownBy(fake.setEnabled(system, name, false)))?.code).to.equal('UNSUPPORTED')
      await fake.revoke(system, made.principal)
      expect(await fake.find(system, made.principal)).to.equal(null)
    }
  })

  it('go on from what another process has left, with other secrets than that one had', async () => {
    let saved = ''
    const clock = new JumpClock()
    const fake = FakeCredentials.create(clock, { principals }, state => {
      saved = JSON.stringify(state)
    })
    const first = await fake.generate(policy)
    await fake.make(users, wanted('b', 'a', first.reveal()))
    const next = FakeCredentials.from(JSON.parse(saved) as FakeCredentialsState, clock)
    expect(next.canLogIn(users, 'b', first.reveal())).to.equal(true)
    expect((await next.generate(policy)).reveal()).to.not.equal(first.reveal())
    expect(fake.toJSON().principals).to.deep.equal(next.toJSON().principals)
  })
})
