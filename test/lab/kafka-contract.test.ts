// The contract of KafkaPort on three real brokers with TLS and users, as the user `ops`, and what only real ones can show:
// wrong passwords and certificates, a user without rights, a broker that hangs, and a process that ends by itself.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import {
  type ConnectOptions,
  connectKafkaCluster,
  type KafkaConnection,
} from '../../src/adapters/kafka/index.ts'
import { OpsError } from '../../src/errors/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { type KafkaAccess, kafkaClient } from '../../src/lab/kafka/access.ts'
import { clientAccess, makeAdminAccess } from '../../src/lab/kafka/own-access.ts'
import { setPasswords } from '../../src/lab/kafka/users.ts'
import { type LabNode, nodesFor, numberOf } from '../../src/lab/layout.ts'
import { readPassword } from '../../src/lab/secrets.ts'
import { findNode, startNode, stopNode } from '../../src/lab/service.ts'
import { type Lab, requireKafka } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { describeKafkaPort } from '../contract/kafka/kafka.contract.ts'
import { toKafkaWorld } from '../contract/kafka/real-brokers.ts'
import { scram } from '../contract/kafka/scram.contract.ts'
import { describeRealScram } from '../contract/kafka/scram-real.ts'
import { setQuota } from '../contract/kafka/set-quota.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { kafkaEndpoints } from './support/kafka-endpoints.ts'

const net = '127.0.7'
const talk = () => {}

describe('the Kafka adapter on real brokers', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  let lab: Lab
  let kafka: KafkaConnection

  const optionsOf = (user: 'ops' | 'guest' = 'ops'): ConnectOptions => ({
    endpoints: kafkaEndpoints(lab),
    clusterId: requireKafka(lab).clusterId,
    tls: { caFile: lab.paths.caFile },
    sasl: { username: user, password: readPassword(lab.paths, user) },
    credentialsFrom: 'the password file',
  })
  const failureOf = async (change: Partial<ConnectOptions>) => {
    const other = connectKafkaCluster({ ...optionsOf(), ...change })
    const thrown = await other.identity().catch(error => error)
    const late = await other.groups().catch(error => error)
    await other.close()
    expect(late.code, 'by the other client').to.equal(thrown.code)
    return thrown
  }

  before(async () => {
    lab = await bringUp({
      stateDir: directory.path,
      services: ['kafka'],
      kafkaSecurity: 'sasl_tls',
      kafkaCopies: 3,
      net,
      talk,
    })
    kafka = connectKafkaCluster(optionsOf())
  })
  after(async () => {
    await kafka?.close()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  describeKafkaPort('three real brokers', async () => {
    const access = await makeAdminAccess(lab)
    const nodeNamed = (name: string) => brokersOf(lab).find(node => node.name === name) as LabNode
    return toKafkaWorld({
      kafka,
      client: kafkaClient(access, { clientId: 'contract' }),
      asking: access.brokers.map(only => kafkaClient(access, { clientId: 'contract', only })),
      clusterId: requireKafka(lab).clusterId,
      brokers: brokersOf(lab).map(node => ({ name: node.name, id: numberOf(node) })),
      startBroker: async name => void (await startNode(lab, nodeNamed(name))),
      stopBroker: async name => void (await stopNode(lab, nodeNamed(name), 60_000)),
    })
  })

  describeRealScram(async () => {
    const access = await makeAdminAccess(lab)
    const nodeNamed = (name: string) => brokersOf(lab).find(node => node.name === name) as LabNode
    return {
      kafka,
      client: kafkaClient(access, { clientId: 'scram' }),
      endpoints: brokersOf(lab).map(({ name }) => name),
      setPassword: (name, password) => setPasswords(access, { [name]: password }),
      setQuota: (name, clientId, value) => setQuota(access, name, clientId, value),
      clientOf: (name, password) => {
        const passwordFile = join(directory.path, `${name}.password`)
        writeFileSync(passwordFile, password, { mode: 0o600 })
        const asUser: KafkaAccess = { ...clientAccess(lab, 'ops'), user: { name, passwordFile } }
        return kafkaClient(asUser, { clientId: 'scram' })
      },
      startBroker: async name => void (await startNode(lab, nodeNamed(name))),
      stopBroker: async name => void (await stopNode(lab, nodeNamed(name), 60_000)),
    }
  })

  it('names a wrong password, a wrong CA, no TLS, no user and another cluster', async () => {
    const { tls, sasl, clusterId, ...plain } = optionsOf()
    const refused = await failureOf({ sasl: { username: 'ops', password: 'wrong-password' } })
    expect(refused).to.include({ code: 'CLUSTER_AUTH', hint: 'check the password file' })
    expect(JSON.stringify(refused) + refused.message).not.to.include('wrong-password')
    expect(await failureOf({ tls: {} })).to.include({ code: 'CLUSTER_TLS' })
    expect(await failureOf({ tls: { caFile: '/nowhere/ca.pem' } })).to.include({ code: 'CLUSTER_TLS' })
    expect(await failureOf({ clusterId: 'AnotherClusterOfKafkaQ' })).to.include({ code: 'CLUSTER_OTHER' })
    for (const [options, code] of [
      [plain, 'CLUSTER_TLS'],
      [{ ...plain, ...(tls ? { tls } : {}) }, 'CLUSTER_UNREACHABLE'],
    ] as const) {
      const other = connectKafkaCluster(options)
      expect((await other.identity().catch(error => error)).code).to.equal(code)
      await other.close()
    }
  })

  it('names what a user lacks the right for', async () => {
    const guest = connectKafkaCluster(optionsOf('guest'))
    const code = async (call: Promise<unknown>): Promise<unknown> =>
      call.then(
        () => null,
        (thrown: OpsError) => thrown.code,
      )
    expect(await guest.partitions()).to.deep.equal([])
    expect(await code(guest.quorum())).to.equal('CLUSTER_FORBIDDEN')
    expect(await code(guest.topicConfigs(['raw-logs']))).to.equal('CLUSTER_FORBIDDEN')
    const address = { kind: 'kafka.topic', name: 'retention.ms' }
    expect(await code(guest.settings.write(address, ['raw-logs'], '1'))).to.equal('CLUSTER_FORBIDDEN')
    expect(await code(guest.canary('x', [1]))).to.equal('CLUSTER_FORBIDDEN')
    expect(await code(guest.credentials.find(scram, 'ops'))).to.equal('CLUSTER_FORBIDDEN')
    expect(await code(guest.credentials.revoke(scram, 'loader'))).to.equal('CLUSTER_FORBIDDEN')
    expect((await kafka.credentials.find(scram, 'loader'))?.name).to.equal('loader')
    await guest.close()
  })

  it('asks the others while a broker hangs, and says that nobody knows what became of a write', async () => {
    const { leader } = await kafka.quorum()
    const [first] = brokersOf(lab).filter(node => numberOf(node) !== leader)
    const address = { kind: 'kafka.topic', name: 'retention.ms' }
    const hung = first as LabNode
    const own = connectKafkaCluster({
      ...optionsOf(),
      endpoints: startingWith(optionsOf(), hung),
      requestTimeoutMs: 2000,
    })
    const others = connectKafkaCluster({
      ...optionsOf(),
      endpoints: optionsOf().endpoints.filter(({ host }) => host !== hung.name),
    })
    await own.identity()
    const pid = findNode(lab, hung)?.pid as number
    process.kill(pid, 'SIGSTOP')
    try {
      const thrown = await own.settings.write(address, ['raw-logs'], null).catch(error => error)
      expect(thrown).to.include({ code: 'OUTCOME_UNKNOWN' })
      expect(thrown.message).to.include(hung.name)
      expect((await own.partitions()).length).to.be.at.least(16)
      expect((await own.quorum()).leader).to.equal(leader)
      const endpoints = await own.endpoints()
      expect(endpoints.filter(({ identity }) => identity === null).map(({ host }) => host)).to.deep.equal([
        hung.name,
      ])
      // Its session has to end first: one that goes on before that looks as if it had never been away, and is put out after it.
      await untilEachNames(2, others)
    } finally {
      process.kill(pid, 'SIGCONT')
      await Promise.all([own.close(), others.close()])
    }
    await untilEachNames(3, kafka)
  })

  it('lets a process end by itself once it is closed', async () => {
    const adapter = new URL('../../src/adapters/kafka/index.ts', import.meta.url).href
    const program = `
      const { connectKafkaCluster } = await import(${JSON.stringify(adapter)})
      const kafka = connectKafkaCluster(JSON.parse(process.env.OPTIONS))
      await kafka.partitions()
      await kafka.groups()
      await kafka.canary('end', [1, 2, 3])
      await kafka.removeCanary()
      await kafka.close()
      console.log('closed')`
    const args = ['--disable-warning=TimeoutNegativeWarning', '--input-type=module', '--eval', program]
    const { stdout, stderr, exitCode } = await execa('node', args, {
      preferLocal: true,
      timeout: 60_000,
      env: { OPTIONS: JSON.stringify(optionsOf()) },
    })
    expect([stdout, stderr, exitCode]).to.deep.equal(['closed', '', 0])
  })

  it('reaches them as a client of the lab does', () => {
    const access = clientAccess(lab, 'ops')
    expect(access.brokers).to.deep.equal(
      optionsOf().endpoints.map(({ address, port }) => `${address}:${port}`),
    )
  })
})

const brokersOf = (lab: Lab): readonly LabNode[] => nodesFor(lab.nodes, 'kafka')

/** Each broker hears from the log of the controllers who is registered, at a time of its own. */
const untilEachNames = (count: number, from: KafkaConnection): Promise<undefined> =>
  waitFor({
    stallMs: 60_000,
    look: async () => {
      const said = (await from.endpoints()).map(({ identity }) => identity?.brokers.length ?? 0)
      return said.every(one => one === count) ? { result: undefined } : { progress: said.join() }
    },
    onStall: said => new OpsError('STALLED', { message: `the brokers name ${said}, not ${count} of them` }),
  })

/** With the address of this node as the first choice. */
const startingWith = ({ endpoints }: ConnectOptions, { name }: LabNode) => [
  ...endpoints.filter(({ host }) => host === name),
  ...endpoints.filter(({ host }) => host !== name),
]
