// Topics and users that role kafka sees to: made once, never changed, and no password on a command line.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, type RoleTest } from '../roles/play-role.ts'
import { type FakeKafka, openFakeKafka } from './fake-kafka.ts'

const found = z.object({ changed: z.boolean(), warnings_found: z.array(z.string()), topics: z.unknown() })

describe('what role kafka sees to in a cluster', function () {
  this.timeout(300_000)
  let test: RoleTest
  let kafka: FakeKafka
  beforeEach(async () => {
    test = await openRoleTest(localInventory({ kafka: { kafka01: {} } }, { versions: { kafka: '3.6.2' } }))
    kafka = await openFakeKafka(test.folder)
  })
  afterEach(async () => {
    await kafka[Symbol.asyncDispose]()
    await test.close()
  })

  async function play(vars: JsonObject = {}, check = false): Promise<z.infer<typeof found>> {
    const { results, outcomes } = await test.play(
      'kafka',
      {
        test_tasks: 'content',
        test_result: 'kafka_topics_found',
        kafka_cluster_id: 'b3BzLXRlc3Qta2Fma2EtMQ',
        kafka_home: kafka.home,
        kafka_servers: kafka.server,
        ...vars,
      },
      { check },
    )
    expect(outcomes.get('kafka01')).to.have.property('state', 'ok')
    return found.parse(results.get('kafka01'))
  }
  const made = (): readonly string[] =>
    kafka
      .told()
      .split('\n')
      .filter(line => line.includes('--create'))

  it('says in check mode what would be made, makes it, and has nothing to do the second time', async () => {
    expect(await play({}, true)).to.have.property('changed', true)
    expect(made()).to.deep.equal([])
    expect(await play()).to.have.property('changed', true)
    expect(made()).to.have.length(1)
    expect(made()[0]).to.match(
      /--create --if-not-exists --topic raw-logs --partitions 16 --replication-factor 2 --config min\.insync\.replicas=2$/,
    )
    expect(await play()).to.have.property('changed', false)
    expect(made()).to.have.length(1)
  })

  it('says every time that two copies with two in sync bear no broker that is down', async () => {
    const warning = /raw-logs has 2 copies and min\.insync\.replicas 2: while any one broker is down/
    expect((await play()).warnings_found.join()).to.match(warning)
    expect((await play()).warnings_found.join()).to.match(warning)
    expect((await play({ kafka_topics: [] })).warnings_found).to.deep.equal([])
  })

  it('never changes a topic that differs; it says how', async () => {
    await play()
    const { changed, warnings_found } = await play({
      kafka_partitions: 32,
      kafka_replication_factor: 3,
      kafka_min_insync_replicas: 1,
    })
    expect(changed).to.equal(false)
    expect(warnings_found.join('; ')).to.match(
      /partitions 16, and not 32 .*replication_factor 2, and not 3 .*min\.insync\.replicas 2, and not 1/,
    )
    expect(made()).to.have.length(1)
  })

  it('says that nobody could be asked where no broker answers, and what would be made in a first check', async () => {
    const nobody = { kafka_servers: '127.0.0.1:1' }
    const { changed, warnings_found } = await play(nobody)
    expect(changed).to.equal(false)
    expect(warnings_found.join()).to.contain('were not looked at: no broker answers')
    expect((await play(nobody, true)).changed).to.equal(true)
    expect(kafka.told()).to.equal('')
  })

  it('gives users a password through a file that nobody else reads, and once', async () => {
    const file = join(test.folder, 'password')
    writeFileSync(file, 'pass\\word,1=2\n', { mode: 0o600 })
    const secure = {
      kafka_security: 'sasl_tls',
      kafka_scram_users: [{ name: 'logstash', password_file: file }],
    }
    await play(secure, true)
    expect(kafka.users()).to.equal('')
    await play(secure)
    await play(secure)
    expect(kafka.users()).to.equal('logstash 600 SCRAM-SHA-512=password=pass\\\\word,1=2\n')
    expect(kafka.told()).not.to.contain('word')
  })
})
