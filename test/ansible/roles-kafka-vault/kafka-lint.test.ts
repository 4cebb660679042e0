// What the check says of a server.properties: the platform's own text, small faults one by one, and one that works.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, type RoleTest } from '../roles/play-role.ts'

const findings = z.object({ errors: z.array(z.string()), warnings_found: z.array(z.string()) })

const good = `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@10.0.0.1:9093,2@10.0.0.2:9093,3@10.0.0.3:9093
listeners=CLIENT://0.0.0.0:9092,CONTROLLER://0.0.0.0:9093
advertised.listeners=CLIENT://10.0.0.1:9092
listener.security.protocol.map=CLIENT:SSL,CONTROLLER:SSL
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
log.dirs=/var/lib/kafka
default.replication.factor=3
min.insync.replicas=2
auto.create.topics.enable=false
`
const changed = (line: string): string => {
  const name = line.slice(0, line.indexOf('='))
  const kept = good.split('\n').filter(one => !one.startsWith(`${name}=`))
  return [...kept, line].join('\n')
}
const without = (name: string): string =>
  good
    .split('\n')
    .filter(one => !one.startsWith(`${name}=`))
    .join('\n')

/** Text of a server.properties, what has to be said of it, and whether it is an error. */
const faults: readonly (readonly [string, string, 'error' | 'warning'])[] = [
  [`${good}node.id=2\n`, 'given twice, and only the last one counts: node.id', 'error'],
  [changed('zookeeper.connect=zk:2181'), 'this platform runs without ZooKeeper', 'error'],
  [changed('process.roles=broker,boss'), 'process.roles has unknown boss', 'error'],
  [without('node.id'), 'node.id is missing', 'error'],
  [`${good}broker.id=7\n`, 'node.id and broker.id differ', 'error'],
  [changed('node.id=4'), 'node 4 has the role controller and is not in controller.quorum.voters', 'error'],
  [changed('process.roles=broker'), 'has not the role controller', 'error'],
  [without('controller.quorum.voters'), 'controller.quorum.voters is missing', 'error'],
  [changed('controller.quorum.voters=kafka01:9093'), 'which is not ID@HOST:PORT', 'error'],
  [changed('controller.quorum.voters=1@a:1,2@b:1'), 'use an odd number', 'warning'],
  [changed('num.io.threads=many'), 'no whole number: num.io.threads=many', 'error'],
  [changed('compression.type=rar'), 'compression.type has no rar', 'error'],
  [changed('listeners=CLIENT:9092'), 'which is not NAME://HOST:PORT', 'error'],
  [changed('listeners=CLIENT://:9092,CONTROLLER://:9092'), 'one port to two listeners', 'error'],
  [changed('listener.security.protocol.map=CLIENT:TLS,CONTROLLER:SSL'), 'has unknown CLIENT:TLS', 'error'],
  [changed('listener.security.protocol.map=CLIENT:SSL'), 'says nothing of CONTROLLER', 'error'],
  [without('controller.listener.names'), 'controller.listener.names is missing', 'error'],
  [changed('controller.listener.names=OTHER'), 'no listener for the controllers', 'error'],
  [changed('inter.broker.listener.name=INTERNAL'), 'is no listener of the broker', 'error'],
  [changed('advertised.listeners=CLIENT://0.0.0.0:9092'), 'an address that nobody can reach', 'error'],
  [without('advertised.listeners'), 'CLIENT listens on every address and advertises none', 'error'],
  [
    changed('listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SSL'),
    'listener CLIENT is not encrypted: everybody',
    'warning',
  ],
  [changed('min.insync.replicas=4'), 'no write with acks=all ever succeeds', 'error'],
  [changed('min.insync.replicas=3'), 'while any one broker is down, every partition', 'warning'],
  [changed('default.replication.factor=5'), 'is 5, and there are 3 brokers', 'error'],
  [changed('message.max.bytes=10485760'), 'followers fetch such messages one by one', 'warning'],
  [changed('log.dirs=/tmp/kafka'), 'the data would be in /tmp/kafka, which is emptied', 'error'],
  [changed('unclean.leader.election.enable=true'), 'acknowledged messages are lost', 'error'],
  [without('auto.create.topics.enable'), 'a misspelt name makes a topic', 'warning'],
]

describe('the check of a server.properties', function () {
  this.timeout(300_000)
  let test: RoleTest
  before(async () => {
    const hosts = { kafka01: {}, kafka02: {}, kafka03: {} }
    test = await openRoleTest(localInventory({ kafka: hosts }))
  })
  after(() => test.close())

  async function judge(vars: JsonObject): Promise<z.infer<typeof findings>> {
    const { results } = await test.play(
      'kafka_lint',
      { test_result: 'kafka_lint_found', kafka_lint_unit: '', ...vars },
      { hosts: ['kafka01'] },
    )
    return findings.parse(results.get('kafka01'))
  }

  it('names every fault of the platform’s own text', async () => {
    const text = readFileSync(join(import.meta.dirname, 'files', 'server.properties'), 'utf8')
    const { errors, warnings_found } = await judge({ kafka_lint_text: text, kafka_lint_looks: ['settings'] })
    expect(errors.map(one => one.split(':')[0])).to.deep.equal([
      'neither process.roles nor zookeeper.connect',
      'node.id is missing (broker.id=1 is its name with ZooKeeper)',
      'controller.quorum.voters is missing',
      'log.dirs is missing',
    ])
    expect(warnings_found.map(one => one.split(':')[0])).to.deep.equal([
      'listener PLAINTEXT is not encrypted and asks nobody who he is',
      'default.replication.factor 2 with min.insync.replicas 2',
      'message.max.bytes 10485760 is more than replica.fetch.max.bytes 1048576',
      'auto.create.topics.enable is true (which is its default)',
    ])
  })

  it('has nothing to say of one that works, however it is written', async () => {
    const written = `! a remark\n  ${good.replace('node.id=1', 'node.id : 1').replace('broker,controller', 'broker,\\\n   controller')}`
    for (const text of [good, written]) {
      expect(await judge({ kafka_lint_text: text, kafka_lint_looks: ['settings'] })).to.deep.equal({
        errors: [],
        warnings_found: [],
      })
    }
  })

  // One play judges them all: every host has its own text.
  it('finds each fault by itself', async () => {
    const hosts = Object.fromEntries(
      faults.map(([text], number) => [`case${number}`, { kafka_lint_text: text }]),
    )
    const many = await openRoleTest(localInventory({ cases: hosts }))
    try {
      const { results } = await many.play('kafka_lint', {
        test_result: 'kafka_lint_found',
        kafka_lint_unit: '',
        kafka_lint_brokers: 3,
        kafka_lint_looks: ['settings'],
      })
      for (const [number, [, said, kind]] of faults.entries()) {
        const found = findings.parse(results.get(`case${number}`))
        const list = kind === 'error' ? found.errors : found.warnings_found
        expect(list.join('; '), said).to.contain(said)
      }
    } finally {
      await many.close()
    }
  })

  it('looks at what is on the host: files, the data directory, the heap', async () => {
    const config = join(test.folder, 'etc')
    const data = join(test.folder, 'data')
    mkdirSync(config)
    mkdirSync(data)
    writeFileSync(join(data, 'meta.properties'), 'version=1\ncluster.id=x\nnode.id=2\n')
    writeFileSync(
      join(config, 'server.properties'),
      `${changed(`log.dirs=${data}`)}\nssl.keystore.location=/nowhere/k.pem\n`,
    )
    const { errors } = await judge({
      kafka_lint_config_dir: config,
      kafka_lint_looks: ['files', 'storage', 'heap'],
      kafka_lint_heap_mib: 192,
    })
    expect(errors).to.deep.equal([
      'ssl.keystore.location names /nowhere/k.pem, which is not there',
      `${data}/meta.properties is of node 2, and node.id is 1: the node does not start`,
      'log.cleaner.dedupe.buffer.size (128 MiB) is more than a third of the heap (192 MiB): the broker ends with OutOfMemoryError',
    ])
  })
})
