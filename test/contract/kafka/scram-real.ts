// kafka-scram on three real brokers with an authorizer: the contract, and what only real ones can show: ACLs of every sort, mechanisms,
// and that the new user produces and consumes with any client.
import { expect } from 'chai'
import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import type { KafkaConnection } from '../../../src/adapters/kafka/index.ts'
import type { OpsError } from '../../../src/errors/index.ts'
import { SecretText } from '../../../src/ports/secret.ts'
import { realClock } from './real-brokers.ts'
import { describeKafkaScram, scram } from './scram.contract.ts'

export interface RealScram {
  readonly kafka: KafkaConnection
  /** May do everything. */
  readonly client: Kafka
  readonly endpoints: readonly string[]
  setPassword(name: string, password: string): Promise<void>
  /** Bytes a second that a user may write, with one client id or any. */
  setQuota(name: string, clientId: string | null, value: number): Promise<void>
  /** A kafkajs client of another user. */
  clientOf(name: string, password: string): Kafka
  stopBroker(name: string): Promise<void>
  startBroker(name: string): Promise<void>
}

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
type Acl = Parameters<Admin['createAcls']>[0]['acl'][number]

const topic = 'scram-topic'
const allow = (principal: string, acl: Partial<Acl>): Acl => ({
  resourceType: AclResourceTypes.TOPIC,
  resourceName: topic,
  resourcePatternType: ResourcePatternTypes.LITERAL,
  principal: `User:${principal}`,
  host: '*',
  operation: AclOperationTypes.ALL,
  permissionType: AclPermissionTypes.ALLOW,
  ...acl,
})

export function describeRealScram(connect: () => Promise<RealScram>): void {
  let real: RealScram
  const admin = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
    const own = real.client.admin()
    await own.connect()
    try {
      return await work(own)
    } finally {
      await own.disconnect()
    }
  }
  const give = (...acl: Acl[]) => admin(own => own.createAcls({ acl }))
  const grantsOf = async (name: string) =>
    (await real.kafka.credentials.find(scram, name))?.grants as string[] | undefined
  /** Brokers hear a moment later of what others change. */
  const knows = (name: string, grant: string): Promise<void> =>
    until(`${name} has: ${grant}`, async () => (await grantsOf(name))?.includes(grant) === true)

  describeKafkaScram('three real brokers', async () => {
    real = await connect()
    return {
      credentials: real.kafka.credentials,
      clock: realClock,
      endpoints: real.endpoints,
      addUser: async (name, password) => {
        await real.setPassword(name, password)
        await give(allow(name, {}))
        await knows(name, 'allow All on topic scram-topic (literal) from *')
      },
      stopBroker: real.stopBroker,
      startBroker: real.startBroker,
    }
  })

  describe('rights of Kafka users', () => {
    const [old, next] = ['rights_a', 'rights_b'] as const
    const secret = new SecretText('Rights-of-a-horse-1')
    const credential = { principal: next, secret }
    const make = () => real.kafka.credentials.make(scram, { name: next, like: old, secret, run: 'run-1' })
    const prove = () => real.kafka.credentials.prove(scram, credential, old)
    const settle = (): Promise<void> =>
      until(`${next} is let in everywhere`, async () =>
        (await real.kafka.credentials.logIn(scram, credential)).every(({ as }) => as !== null),
      )

    before(async () => {
      real ??= await connect()
      await real.setPassword(old, 'Rights-of-a-staple-0')
      await admin(own =>
        own.createTopics({
          waitForLeaders: false,
          topics: [{ topic, numPartitions: 3, replicationFactor: 3 }],
        }),
      )
      const [group, prefix] = [AclResourceTypes.GROUP, ResourcePatternTypes.PREFIXED]
      await give(
        allow(old, { operation: AclOperationTypes.WRITE }),
        allow(old, { operation: AclOperationTypes.READ }),
        allow(old, {
          resourceName: 'scram-',
          resourcePatternType: prefix,
          operation: AclOperationTypes.DESCRIBE,
        }),
        allow(old, { resourceType: group, resourceName: 'scram-group', operation: AclOperationTypes.READ }),
        allow(old, { operation: AclOperationTypes.DELETE, permissionType: AclPermissionTypes.DENY }),
        allow(old, { operation: AclOperationTypes.ALTER, host: '192.0.2.7' }),
        // Everybody's, which nobody may copy or take away.
        allow('*', { operation: AclOperationTypes.DESCRIBE }),
      )
      await until(`${old} has all rights`, async () => (await grantsOf(old))?.length === 6)
    })
    after(async () => {
      for (const name of [old, next]) await real?.kafka.credentials.revoke(scram, name)
      await admin(async own => {
        await own.deleteTopics({ topics: [topic] })
        await own.deleteAcls({ filters: [allow('*', { operation: AclOperationTypes.DESCRIBE })] })
      })
    })

    it('are copied in full and no others, and what was too many goes', async () => {
      await real.setPassword(next, 'Rights-of-before-1')
      await give(allow(next, { operation: AclOperationTypes.CREATE }))
      await knows(next, 'allow Create on topic scram-topic (literal) from *')
      await make()
      await settle()
      expect(await grantsOf(next)).to.deep.equal([
        'allow Alter on topic scram-topic (literal) from 192.0.2.7',
        'allow Describe on topic scram- (prefixed) from *',
        'allow Read on group scram-group (literal) from *',
        'allow Read on topic scram-topic (literal) from *',
        'allow Write on topic scram-topic (literal) from *',
        'deny Delete on topic scram-topic (literal) from *',
      ])
      expect(await grantsOf(old)).to.deep.equal(await grantsOf(next))
      expect(await prove()).to.deep.equal([])
    })

    it('let the new user produce and consume with a client of its own', async () => {
      const client = real.clientOf(next, secret.reveal())
      const producer = client.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
      await producer.connect()
      await producer.send({ topic, acks: -1, messages: [{ partition: 0, value: 'a canary' }] })
      await producer.disconnect()
      const consumer = client.consumer({ groupId: 'scram-group' })
      const { promise: read, resolve } = Promise.withResolvers<string | undefined>()
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) })
      expect(await read).to.equal('a canary')
      await consumer.disconnect()
    })

    it('are named by the proof where one is missing, both as ACL and as what brokers grant', async () => {
      await admin(own => own.deleteAcls({ filters: [allow(next, { operation: AclOperationTypes.WRITE })] }))
      await until('the right is gone', async () => (await prove()).length === 2)
      expect(await prove()).to.deep.equal([
        'rights_b lacks: allow Write on topic scram-topic (literal) from *',
        'it may not Write scram-topic: allow Write on topic scram-topic (literal) from *',
      ])
      await make()
      await settle()
      expect(await prove()).to.deep.equal([])
    })

    it('are proven by a record of its own where they reach the canaries, and no topic is left of it', async () => {
      await give(allow(old, { resourceName: 'ops-', resourcePatternType: ResourcePatternTypes.PREFIXED }))
      await knows(old, 'allow All on topic ops- (prefixed) from *')
      await make()
      await settle()
      expect(await prove()).to.deep.equal([])
      expect((await real.kafka.partitions()).map(one => one.topic)).not.to.include('ops-canary')
    })

    it('come with the quotas, of every client id, and changes of theirs', async () => {
      const quotas = ['quota producer_byte_rate for client-id x: 2048', 'quota producer_byte_rate: 1048576']
      await real.setQuota(old, null, 1_048_576)
      await real.setQuota(old, 'x', 2048)
      await real.setQuota(next, 'y', 1)
      for (const quota of quotas) await knows(old, quota)
      await knows(next, 'quota producer_byte_rate for client-id y: 1')
      expect(await prove()).to.deep.equal([
        ...quotas.map(quota => `rights_b lacks: ${quota}`),
        'rights_b has too much: quota producer_byte_rate for client-id y: 1',
      ])
      await make()
      await settle()
      expect(await prove()).to.deep.equal([])
      expect(await grantsOf(next)).to.include.members(quotas)
    })

    it('are named where they come from elsewhere and cannot be copied', async () => {
      const { credentials } = real.kafka
      await real.setPassword('rights_none', 'Rights-of-nobody-1')
      await until('rights_none is there', async () => (await grantsOf('rights_none')) !== undefined)
      const bare = { principal: 'rights_bare', secret }
      await admin(own => own.deleteAcls({ filters: [allow('*', { operation: AclOperationTypes.DESCRIBE })] }))
      await credentials.make(scram, { name: 'rights_bare', like: 'rights_none', secret, run: 'run-1' })
      const proveBare = () => credentials.prove(scram, bare, 'rights_none')
      await until(
        'what everybody had is gone',
        async () => (await proveBare())[0]?.includes('no ACL of its own') === true,
      )
      expect(await proveBare()).to.deep.equal([
        'rights_none has no ACL of its own, so nothing was copied, and the new user may see no topic',
      ])
      for (const name of ['rights_bare', 'rights_none']) await credentials.revoke(scram, name)
    })

    it('refuse a password that clients would read differently, and send nothing', async () => {
      const before = await grantsOf(next)
      const wanted = { name: next, like: old, secret: new SecretText('pässword-of-a-horse'), run: 'run-1' }
      const thrown = await real.kafka.credentials.make(scram, wanted).catch((error: OpsError) => error)
      expect(thrown).to.include({ code: 'SECRET_REJECTED' })
      expect((thrown as OpsError).message).not.to.include('horse')
      expect(await grantsOf(next)).to.deep.equal(before)
    })

    it('end with the user', async () => {
      await real.kafka.credentials.revoke(scram, next)
      const { resources } = await admin(own =>
        own.describeAcls(
          allow(next, {
            resourceType: AclResourceTypes.ANY,
            resourceName: undefined as unknown as string,
            resourcePatternType: ResourcePatternTypes.ANY,
            host: undefined as unknown as string,
            operation: AclOperationTypes.ANY,
            permissionType: AclPermissionTypes.ANY,
          }),
        ),
      )
      expect(resources).to.deep.equal([])
      await real.setPassword(next, 'Rights-of-another-2')
      await until(`${next} is there`, async () => (await grantsOf(next)) !== undefined)
      expect(await grantsOf(next)).to.deep.equal([])
      expect(await grantsOf(old)).to.have.length(9)
    })
  })
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (await holds()) return
    await realClock.sleep(100)
  }
  expect.fail(`never happened: ${what}`)
}
