// Kafka users as credentials: what is refused before a broker is asked, and how rights are compared. The rest is in the contract.
import { expect } from 'chai'
import { connectKafkaCluster } from '../../../../src/adapters/kafka/index.ts'
import {
  type Acl,
  operations,
  patterns,
  permissions,
  resources,
  sayAcl,
} from '../../../../src/adapters/kafka/scram-acls.ts'
import { compareGrants } from '../../../../src/adapters/kafka/scram-grants.ts'
import { judgeGranted, mayCanary } from '../../../../src/adapters/kafka/scram-proof.ts'
import { sayQuota } from '../../../../src/adapters/kafka/scram-quotas.ts'
import type { OpsError } from '../../../../src/errors/index.ts'
import type { CredentialSystem } from '../../../../src/ports/credentials.ts'
import { SecretText } from '../../../../src/ports/secret.ts'

const system: CredentialSystem = { kind: 'kafka-scram', owner: '' }
const secret = new SecretText('correct-horse')

const failureOf = async (call: Promise<unknown>): Promise<OpsError> =>
  call.then(
    () => expect.fail('nothing was thrown'),
    (thrown: OpsError) => thrown,
  )

/** Nobody listens there: whatever gets so far fails in another way. */
const connect = (username?: string) =>
  connectKafkaCluster({
    endpoints: [{ host: 'kafka01', address: '127.0.0.1', port: 1, nodeId: 1 }],
    ...(username === undefined ? {} : { sasl: { username, password: 'an-own-password' } }),
  }).credentials

const write: Acl = {
  resourceType: resources.topic,
  resourceName: 'raw-logs',
  resourcePatternType: patterns.literal,
  host: '*',
  operation: operations.write,
  permissionType: permissions.allow,
}
const bit = (...granted: readonly number[]): number => granted.reduce((bits, one) => bits | (1 << one), 0)

describe('Kafka users as credentials', () => {
  it('are unsupported where brokers have no users, whatever is asked', async () => {
    const credentials = connect()
    const credential = { principal: 'a', secret }
    for (const call of [
      () => credentials.find(system, 'a'),
      () => credentials.list(system, ['a']),
      () => credentials.make(system, { name: 'b', like: 'a', secret, run: 'r' }),
      () => credentials.logIn(system, credential),
      () => credentials.prove(system, credential, 'a'),
      () => credentials.revoke(system, 'a'),
    ])
      expect(await failureOf(call())).to.include({
        code: 'UNSUPPORTED',
        message: 'the brokers of this inventory are reached without users, so there are none to rotate',
      })
  })

  it('are never everybody, nor any, nor the one that ops logs in as', async () => {
    const credentials = connect('ops')
    for (const name of ['', '*', 'a b', 'a,b=c'])
      expect(await failureOf(credentials.revoke(system, name)), name).to.include({ code: 'CONFIG_INVALID' })
    expect((await failureOf(credentials.revoke(system, 'ops'))).message).to.include('ops itself logs in')
    const own = { name: 'ops', like: 'a', secret, run: 'r' }
    expect((await failureOf(credentials.make(system, own))).message).to.include('ops itself logs in')
    expect(await failureOf(credentials.revoke(system, 'other'))).to.include({ code: 'CLUSTER_UNREACHABLE' })
  })

  it('says an ACL in words, and in a number where a newer broker has one', () => {
    expect(sayAcl(write)).to.equal('allow Write on topic raw-logs (literal) from *')
    const deny = { ...write, permissionType: permissions.deny, resourcePatternType: patterns.prefixed }
    expect(sayAcl({ ...deny, operation: 77 })).to.equal('deny code 77 on topic raw-logs (prefixed) from *')
  })

  it('says a quota in words, with the client that it is bound to', () => {
    const quota = { of: [], key: 'producer_byte_rate', value: 1024 }
    expect(sayQuota(quota)).to.equal('quota producer_byte_rate: 1024')
    const of = (entityName: string | null) => [{ entityType: 'client-id', entityName }]
    expect(sayQuota({ ...quota, of: of('a') })).to.equal('quota producer_byte_rate for client-id a: 1024')
    expect(sayQuota({ ...quota, of: of(null) })).to.include('for client-id of any other name')
  })

  it('compares what two users may do, both ways', () => {
    expect(compareGrants('b', ['x', 'y'], ['y', 'x'])).to.deep.equal([])
    expect(compareGrants('b', ['x'], ['y'])).to.deep.equal(['b lacks: x', 'b has too much: y'])
  })

  it('holds what brokers grant against what the ACLs say', () => {
    const judge = (acls: readonly Acl[], bits: number) =>
      judgeGranted(acls, new Map([['raw-logs', bits]]), 'a')
    expect(judge([write], bit(operations.write))).to.deep.equal([])
    expect(judge([write], bit(operations.read))).to.deep.equal([
      'it may not Write raw-logs: allow Write on topic raw-logs (literal) from *',
    ])
    const everything = { ...write, operation: operations.all, resourceName: '*' }
    expect(judge([everything], bit(operations.write))).to.have.length(1)
    const prefix = { ...write, resourceName: 'raw', resourcePatternType: patterns.prefixed }
    expect(judge([prefix], 0)).to.have.length(1)
    expect(judge([{ ...prefix, resourceName: 'other' }], 1)).to.deep.equal([])
    const deny = { ...write, permissionType: permissions.deny }
    expect(judge([write, deny], 1)).to.deep.equal([])
    expect(judge([{ ...write, host: '192.0.2.1' }], 0)).to.deep.equal([])
  })

  it('names rights that come from elsewhere and could not be copied', () => {
    const topics = new Map([['raw-logs', 0]])
    expect(judgeGranted([], topics, 'a')).to.deep.equal([
      'a has no ACL of its own, so nothing was copied, and the new user may see no topic',
    ])
    expect(judgeGranted([], new Map([['raw-logs', bit(operations.write)]]), 'a')).to.deep.equal([])
    expect(judgeGranted(null, topics, 'a')).to.deep.equal([])
  })

  it('writes a canary only where the ACLs allow writing and reading it', () => {
    const all = { ...write, resourceName: '*', operation: operations.all }
    const canary = { ...write, resourceName: 'ops-canary' }
    expect(mayCanary(null)).to.equal(true)
    expect(mayCanary([all])).to.equal(true)
    expect(mayCanary([canary])).to.equal(false)
    expect(mayCanary([canary, { ...canary, operation: operations.read }])).to.equal(true)
    expect(mayCanary([all, { ...canary, permissionType: permissions.deny }])).to.equal(false)
    expect(mayCanary([write])).to.equal(false)
  })
})
