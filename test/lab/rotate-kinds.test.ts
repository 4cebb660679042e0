// Every other kind of secret than the writer's, rotated on real servers: an API key, a service token and a reserved user of three
// Elasticsearch nodes, a secret-id of Vault, a user of three brokers. Killed and carried on; killed and aborted.
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { expect } from 'chai'
import kafkajs from 'kafkajs'
import { takeDown } from '../../src/lab/down.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { kafkaClient } from '../../src/lab/kafka/access.ts'
import { innermost } from '../../src/lab/kafka/explain.ts'
import { clientAccess, makeAdminAccess } from '../../src/lab/kafka/own-access.ts'
import { setPasswords } from '../../src/lab/kafka/users.ts'
import { nodesFor, urlOf } from '../../src/lab/layout.ts'
import { type Lab, writeAtomically } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { type AskVault, askAsRoot } from '../../src/lab/vault/http.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type OpsProcess, opsOn, tellEnd } from './support/ops.ts'
import { makeCheckout } from './support/own-checkout.ts'

const net = '127.0.68'
const talk = () => {}
const ids = ['key', 'token', 'reserved', 'approle', 'broker'] as const
type Id = (typeof ids)[number]
const declared: Record<Id, object> = {
  key: { kind: 'elasticsearch-api-key', owner: 'shippers' },
  token: { kind: 'elasticsearch-service-token', owner: 'elastic/kibana' },
  reserved: { kind: 'elasticsearch-reserved-user', principals: ['kibana_system'], gapAccepted: true },
  approle: { kind: 'vault-approle', owner: 'shippers' },
  broker: { kind: 'kafka-scram', principals: ['shipper_a', 'shipper_b'] },
}
const secrets = ids.map(id => ({ id, path: `secret/kinds/${id}`, ...declared[id] }))

interface Login {
  readonly username: string
  readonly password: string
}

describe('rotate-secrets on real servers: keys, tokens, reserved users, secret-ids, users of Kafka', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  let lab: Lab
  let elastic: Connection
  let vault: AskVault
  let anna: OpsProcess
  let ben: OpsProcess

  before(async () => {
    lab = await bringUp({
      ...{ stateDir: directory.path, layout: 'small', net, talk, kafkaCopies: 3, kafkaSecurity: 'sasl_tls' },
      services: ['elasticsearch', 'kafka', 'vault'],
    })
    elastic = connect(lab, 'elastic')
    vault = askAsRoot(lab)
    const command = makeCheckout(join(directory.path, 'checkout'), { secrets })
    anna = opsOn(directory.path, undefined, 'anna', command)
    ben = opsOn(directory.path, undefined, 'ben', command)
    for (const [id, login] of Object.entries(await makeFirst()))
      await vault('POST', `secret/data/kinds/${id}`, { data: login })
  })
  after(async () => {
    elastic?.[Symbol.dispose]()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  /** As people would who begin with each of them, by the servers' own APIs. */
  async function makeFirst(): Promise<Record<Id, Login>> {
    const writer = { cluster: ['monitor'], indices: [{ names: ['load-*'], privileges: ['write'] }] }
    const key = await elastic.ask('POST', '/_security/api_key', {
      name: 'shippers',
      role_descriptors: { writer },
    })
    // A key is made in the name of the user whose the old one is.
    await elastic.ask('PUT', '/_security/role/run_as_elastic', { run_as: ['elastic'] })
    const { ops } = await elastic.ask('GET', '/_security/user/ops')
    await elastic.ask('PUT', '/_security/user/ops', { roles: [...ops.roles, 'run_as_elastic'] })
    const { token } = await elastic.ask(
      'POST',
      '/_security/service/elastic/kibana/credential/token/first?refresh=wait_for',
    )
    await elastic.ask('POST', '/_security/user/kibana_system/_password', { password: 'First-of-kibana-42' })
    await vault('POST', 'auth/approle/role/shippers', { token_policies: ['default'], secret_id_ttl: 0 })
    const { data } = await vault('POST', 'auth/approle/role/shippers/secret-id', {})
    const access = await makeAdminAccess(lab)
    await setPasswords(access, { shipper_a: 'First-of-shipper-42' })
    const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
    const admin = kafkaClient(access, { clientId: 'kinds' }).admin()
    await admin.connect()
    await admin.createAcls({
      acl: [AclOperationTypes.WRITE, AclOperationTypes.DESCRIBE].map(operation => ({
        ...{ operation, principal: 'User:shipper_a', host: '*', permissionType: AclPermissionTypes.ALLOW },
        ...{ resourceType: AclResourceTypes.TOPIC, resourceName: 'raw-logs' },
        resourcePatternType: ResourcePatternTypes.LITERAL,
      })),
    })
    await admin.disconnect()
    return {
      key: { username: key.id, password: `${key.id}:${key.api_key}` },
      token: { username: 'first', password: token.value },
      reserved: { username: 'kibana_system', password: 'First-of-kibana-42' },
      approle: { username: data.secret_id_accessor, password: data.secret_id },
      broker: { username: 'shipper_a', password: 'First-of-shipper-42' },
    }
  }

  const documents = async (): Promise<Record<Id, Login>> => {
    const entries = ids.map(async id => [id, (await vault('GET', `secret/data/kinds/${id}`))?.data.data])
    return Object.fromEntries(await Promise.all(entries))
  }

  /** Asked past `ops`, as each system's own clients log in. */
  async function isLetIn(id: Id, { username, password }: Login): Promise<boolean> {
    const base64 = (text: string) => Buffer.from(text).toString('base64')
    const headerOf: Partial<Record<Id, string>> = {
      key: `ApiKey ${base64(password)}`,
      token: `Bearer ${password}`,
      reserved: `Basic ${base64(`${username}:${password}`)}`,
    }
    const authorization = headerOf[id]
    if (authorization !== undefined) return (await statusOf(authorization)) === 200
    if (id === 'approle') {
      const { data } = await vault('GET', 'auth/approle/role/shippers/role-id')
      return vault('POST', 'auth/approle/login', { role_id: data.role_id, secret_id: password }).then(
        () => true,
        () => false,
      )
    }
    const passwordFile = join(directory.path, 'login.password')
    writeAtomically(passwordFile, password, 0o600)
    const access = { ...clientAccess(lab, 'ops'), user: { name: username, passwordFile } }
    const admin = kafkaClient(access, { clientId: 'kinds' }).admin()
    try {
      await admin.connect()
      await admin.fetchTopicMetadata({ topics: ['raw-logs'] })
      return true
    } catch (thrown) {
      // One that does not answer has not refused anybody.
      if (innermost(thrown).name !== 'KafkaJSSASLAuthenticationError') throw thrown
      return false
    } finally {
      await admin.disconnect()
    }
  }

  function statusOf(authorization: string): Promise<number> {
    const [node] = nodesFor(lab.nodes, 'elasticsearch')
    if (node === undefined) throw new Error('the lab has no node')
    const options = {
      ...{ ca: readFileSync(lab.paths.caFile), headers: { authorization }, agent: false as const },
      signal: AbortSignal.timeout(30_000),
    }
    return new Promise((resolve, reject) => {
      const call = request(`${urlOf(node)}/_security/_authenticate`, options, answer => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      call.on('error', reject).end()
    })
  }

  const whoIsIn = async (logins: Record<Id, Login>): Promise<readonly Id[]> => {
    const found = await Promise.all(ids.map(async id => ((await isLetIn(id, logins[id])) ? [id] : [])))
    return found.flat()
  }

  const rotate = (...chosen: readonly Id[]): string[] => [
    ...['--json', 'run', 'rotate-secrets', '--secret', chosen.join(), '--soak', '5s', '--yes'],
  ]

  it('killed and aborted, the old ones are in use, and what was made has ended', async () => {
    const before = await documents()
    const chosen = ids.filter(id => id !== 'reserved')
    const killed = await anna(
      rotate(...chosen),
      ({ type, step }) => type === 'step.done' && step === 'approle.promote',
    )
    expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
    const promoted = await documents()
    expect(promoted.key.username).not.to.equal(before.key.username)
    const end = await anna(['--json', 'abort', 'last'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expect(await documents()).to.deep.equal(before)
    expect(await whoIsIn(before)).to.deep.equal(ids)
    for (const id of ['key', 'token', 'approle'] as const)
      expect(await isLetIn(id, promoted[id]), id).to.equal(false)
  })

  it('killed and carried on, each has a new one, and no old one is let in any more', async () => {
    const before = await documents()
    const killed = await anna(
      rotate(...ids),
      ({ type, step }) => type === 'step.done' && step === 'token.promote',
    )
    expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
    const run = killed.records[0]?.run ?? ''
    const waiting = await anna(['--json', 'resume', run])
    expect(waiting.exitCode, tellEnd(waiting)).to.equal(3)
    // The reserved user has one name, so its old secret ended when it was changed.
    expect(await whoIsIn(before)).to.deep.equal(ids.filter(id => id !== 'reserved'))
    expect((await anna(['approve', run])).exitCode).to.equal(3)
    expect((await ben(['approve', run])).exitCode).to.equal(0)
    const end = await anna(['--json', 'resume', run])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const now = await documents()
    expect(await whoIsIn(now)).to.deep.equal(ids)
    expect(await whoIsIn(before)).to.deep.equal([])
    // In the form that it had: id and key in one.
    expect(now.key.password.startsWith(`${now.key.username}:`)).to.equal(true)
    expect(now.broker.username).to.equal('shipper_b')
    const audit = await anna(['--json', 'plan', 'audit-secrets'])
    const notes = (JSON.parse(audit.stdout) as { notes: string[] }).notes
    expect(notes.filter(note => note.startsWith('critical'))).to.deep.equal([])
  })
})
