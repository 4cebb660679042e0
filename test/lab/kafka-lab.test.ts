// Kafka in the embedded lab, on three real brokers in a state directory of its own and on a network that nothing else uses. One
// lab for all: the cases follow each other.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Admin } from 'kafkajs'
import type { OpsError } from '../../src/errors/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { freezeNode, killNode, listFaults, thawNode } from '../../src/lab/faults/node-faults.ts'
import { kafkaClient } from '../../src/lab/kafka/access.ts'
import { clientAccess } from '../../src/lab/kafka/own-access.ts'
import { type LabNode, nodesFor } from '../../src/lab/layout.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import type { KafkaVerdict } from '../../src/lab/load/kafka/verdict.ts'
import { identify, readIdentified } from '../../src/lab/process/identity.ts'
import { isRoot, unprivilegedId } from '../../src/lab/process/user.ts'
import { nodeStatus, startNode, stopNode } from '../../src/lab/service.ts'
import { shipperFiles } from '../../src/lab/shipper/files.ts'
import type { Lab } from '../../src/lab/state.ts'
import { labStatus } from '../../src/lab/status.ts'
import { bringUp } from '../../src/lab/up.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'

const net = '127.0.62'
const talk = () => {}
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    thrown => thrown as OpsError,
  )

describe('Kafka in the embedded lab', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: Lab
  let brokers: readonly LabNode[]
  let admin: Admin

  const load = (options: object) =>
    runLoadCommand({ stateDir, rate: 100, name: 'test', kafka: true, talk, ...options })
  const verify = async (name: string) => {
    const { value, failure: lost } = await load({ verify: true, name })
    return { verdict: value as KafkaVerdict, lost }
  }

  /** Records that a member of the shipper has read, as its statistics say. */
  async function readEvents(last: number): Promise<number> {
    const answer = await fetch(`http://${net}.${last}:9600/_node/stats/pipelines`)
    const stats = (await answer.json()) as { pipelines: { main: { events: { in: number } } } }
    return stats.pipelines.main.events.in
  }

  /** Every broker is in every in-sync set it belongs to. */
  async function recover(): Promise<void> {
    await bringUp({ stateDir, services: ['kafka'], talk })
    await waitFor({
      stallMs: 90_000,
      look: async () => {
        const { topics } = await admin.fetchTopicMetadata({ topics: ['raw-logs'] })
        const partitions = topics[0]?.partitions ?? []
        const whole = partitions.filter(({ isr, replicas }) => isr.length === replicas.length)
        return whole.length === 16 ? { result: true } : { progress: `${whole.length} of 16` }
      },
      onStall: progress => new Error(`in sync stay ${progress}`) as OpsError,
    })
  }

  before(async () => {
    lab = await bringUp({ stateDir, services: ['kafka'], kafkaCopies: 3, net, talk })
    brokers = nodesFor(lab.nodes, 'kafka')
    admin = kafkaClient(clientAccess(lab, 'ops'), { clientId: 'test' }).admin()
    await admin.connect()
  })
  after(async () => {
    await admin?.disconnect()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  it('is up: three brokers of the cluster that the inventory names, not run by root', async () => {
    const { nodes, kafka, elasticsearch } = await labStatus(lab)
    expect(nodes.map(({ name, service, state }) => [name, service, state])).to.deep.equal(
      ['kafka01', 'kafka02', 'kafka03'].map(name => [name, 'kafka', 'running']),
    )
    expect(kafka?.brokers).to.deep.equal([61, 62, 63].map(last => `${net}.${last}:9092`))
    expect(elasticsearch).to.equal(undefined)
    const inventory = JSON.parse(readFileSync(lab.paths.inventory, 'utf8'))
    const cluster = await admin.describeCluster()
    expect(cluster.clusterId).to.equal(inventory.kafka.vars.kafka_cluster_id)
    expect(cluster.brokers.map(({ nodeId }) => nodeId)).to.have.members([1, 2, 3])
    const owners = nodes.map(
      ({ pid }) => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1],
    )
    expect(new Set(owners)).to.deep.equal(new Set([String(isRoot() ? unprivilegedId : process.getuid?.())]))
  })

  it('has the topic of the platform', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['raw-logs'] })
    expect(topics[0]?.partitions.map(({ replicas }) => replicas.length)).to.deep.equal(Array(16).fill(3))
  })

  it('changes nothing when brought up again, and refuses to become another cluster', async () => {
    const pids = async () => (await labStatus(lab)).nodes.map(node => node.pid)
    const before = await pids()
    const again = await bringUp({ stateDir, talk })
    expect(await pids()).to.deep.equal(before)
    expect(again.state.kafka).to.deep.equal(lab.state.kafka)
    expect(await failure(bringUp({ stateDir, kafkaSecurity: 'sasl_tls', talk }))).to.have.property(
      'code',
      'LAB_FAILED',
    )
  })

  it('takes every message of a load, each at the offset that it said', async () => {
    const { value } = await load({ seconds: 5 })
    expect(value).to.include({ sent: 500, ok: 500, failed: 0, unknown: 0 })
    const { verdict, lost } = await verify('test')
    expect(lost).to.equal(undefined)
    expect(verdict).to.include({ verdict: 'nothing lost', acked: 500, inLog: 500, lost: 0, moved: 0 })
    expect(verdict).to.include({ duplicates: 0, inversions: 0, partitions: 16, shipped: null })
    expect((await admin.listGroups()).groups).to.deep.equal([])
  })

  it('keeps the messages of a key in one partition', async () => {
    await load({ seconds: 2, keyed: true, name: 'keyed' })
    expect((await verify('keyed')).verdict).to.include({ verdict: 'nothing lost', acked: 200 })
  })

  it('restarts a broker under load by the service verbs, and loses nothing', async () => {
    const [first] = brokers as [LabNode]
    await load({ detach: true, name: 'restart' })
    expect(await stopNode(lab, first, 60_000)).to.include({ state: 'stopped', changed: true })
    expect(await nodeStatus(lab, first)).to.include({ state: 'stopped', pid: null })
    expect(await stopNode(lab, first, 60_000)).to.include({ changed: false })
    expect(await startNode(lab, first)).to.include({ changed: true })
    await recover()
    await load({ stop: true, name: 'restart' })
    const { verdict } = await verify('restart')
    expect(verdict).to.include({ verdict: 'nothing lost', lost: 0, moved: 0 })
    expect(verdict.failed).to.deep.equal({ found: 0, notFound: 0 })
    expect(verdict.acked).to.be.greaterThan(100)
  })

  it('kills a broker, which comes back with everything', async () => {
    const second = brokers[1] as LabNode
    await load({ detach: true, name: 'killed' })
    await killNode(lab, second)
    expect((await listFaults(lab)).map(({ fault, target }) => [fault, target])).to.deep.equal([
      ['stopped', second.name],
    ])
    await recover()
    await load({ stop: true, name: 'killed' })
    expect((await verify('killed')).verdict).to.include({ verdict: 'nothing lost', lost: 0 })
  })

  it('freezes a broker, which does not stop until it is thawed', async () => {
    const third = brokers[2] as LabNode
    await freezeNode(lab, third)
    expect((await failure(stopNode(lab, third, 1000)))?.hint).to.equal(`ops lab fault thaw ${third.name}`)
    await thawNode(lab, third)
    await recover()
  })

  it('ships every message by the stand-in for Logstash, from the first on', async () => {
    await bringUp({ stateDir, services: ['logstash'], offsetReset: 'earliest', talk })
    const { verdict } = await verify('test')
    // While its threads come and go in the group some are shipped twice: at least once, and never less.
    expect(verdict.shipped).to.include({ to: 'files', found: 500, missing: 0, behind: 0 })
    // The one that joins first may read all that is there before the other has a partition.
    const [first, second] = await Promise.all([readEvents(71), readEvents(72)])
    expect(first + second).to.be.at.least(500)
  })

  it('gives a member of it other threads at its next start, and ships on past a kill', async () => {
    const [one, two] = nodesFor((await bringUp({ stateDir, talk })).nodes, 'logstash') as [LabNode, LabNode]
    await load({ detach: true, name: 'shipped' })
    const { settings } = shipperFiles(lab.state.nodesRoot, one.name)
    writeFileSync(settings, JSON.stringify({ consumer_threads: 3, auto_offset_reset: 'earliest' }))
    await stopNode(lab, one, 60_000)
    await startNode(lab, one)
    await killNode(lab, two)
    await bringUp({ stateDir, talk })
    const { groups } = await admin.describeGroups(['logstash'])
    expect(groups[0]?.members).to.have.length(3 + 8)
    await load({ stop: true, name: 'shipped' })
    const { verdict } = await verify('shipped')
    expect(verdict.verdict).to.equal('nothing lost')
    expect(verdict.shipped).to.include({ missing: 0, behind: 0 })
  })

  it('finds messages that are gone, and one that is not where it was acknowledged', async () => {
    await admin.deleteTopicRecords({ topic: 'raw-logs', partitions: [{ partition: 3, offset: '5' }] })
    const { verdict, lost } = await verify('test')
    expect(verdict).to.include({ verdict: 'violated', lost: 5, lostBelowStart: 5 })
    expect(lost).to.have.property('code', 'DATA_LOST')

    const file = join(lab.paths.ledger, 'kafka', 'restart.jsonl')
    const lines = readFileSync(file, 'utf8').split('\n')
    const at = lines.findIndex(line => line.startsWith('{"type":"ok"') && !line.includes('"partition":3,'))
    lines[at] = JSON.stringify({ ...JSON.parse(lines[at] ?? ''), offset: 1_000_000 })
    writeFileSync(join(lab.paths.ledger, 'kafka', 'doctored.jsonl'), lines.join('\n'))
    expect((await verify('doctored')).verdict).to.include({ verdict: 'violated', moved: 1 })
  })

  it('refuses a topic that is not there', async () => {
    const error = await failure(load({ topic: 'raw-lgs', seconds: 1, name: 'typo' }))
    expect(error).to.include({ code: 'USAGE', message: 'there is no topic raw-lgs' })
  })

  it('leaves nothing behind: no process, no file', async () => {
    await load({ detach: true, name: 'left' })
    await freezeNode(lab, brokers[0] as LabNode)
    const processes = (await labStatus(lab)).nodes.flatMap(({ pid }) =>
      pid === null ? [] : (identify(pid) ?? []),
    )
    expect(processes).to.have.length(brokers.length)
    await admin.disconnect()
    expect(await takeDown(stateDir, talk)).to.equal(true)
    expect(readdirSync(stateDir)).to.deep.equal([])
    expect(existsSync(lab.state.nodesRoot)).to.equal(false)
    // By number alone another process of this machine may be taken for one of them.
    expect(processes.filter(one => readIdentified(one))).to.deep.equal([])
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.to.include(stateDir)
  })
})

describe('Kafka behind TLS and passwords', function () {
  this.timeout(300_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: Lab

  before(async () => {
    lab = await bringUp({ stateDir, services: ['kafka'], kafkaSecurity: 'sasl_tls', net: '127.0.63', talk })
  })
  after(async () => {
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  const ask = async (access: Parameters<typeof kafkaClient>[0]) => {
    const admin = kafkaClient(access, { clientId: 'test' }).admin()
    try {
      await admin.connect()
      return await admin.fetchTopicMetadata({ topics: ['raw-logs'] })
    } finally {
      await admin.disconnect()
    }
  }

  it('lets the users of the lab in, and a load', async () => {
    expect((await ask(clientAccess(lab, 'ops'))).topics[0]?.partitions).to.have.length(16)
    const options = { stateDir, rate: 50, name: 'tls', kafka: true, talk }
    await runLoadCommand({ ...options, seconds: 3 })
    expect((await runLoadCommand({ ...options, verify: true })).value).to.include({
      verdict: 'nothing lost',
      acked: 150,
    })
  })

  it('lets nobody in with another password or without the CA, and gives a mere guest nothing', async () => {
    const access = clientAccess(lab, 'ops')
    const { passwordFile } = clientAccess(lab, 'guest').user ?? { passwordFile: '' }
    const wrong = await failure(ask({ ...access, user: { name: 'ops', passwordFile } }))
    expect(String(wrong)).to.include('authentication failed')
    expect(await failure(ask({ brokers: access.brokers }))).not.to.equal(undefined)
    expect(await failure(ask(clientAccess(lab, 'guest')))).to.have.property(
      'type',
      'TOPIC_AUTHORIZATION_FAILED',
    )
  })

  it('puts no password on a command line', () => {
    const { passwordFile } = clientAccess(lab, 'ops').user ?? { passwordFile: '' }
    const secret = readFileSync(passwordFile, 'utf8')
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.to.include(secret)
    const said = readFileSync(join(lab.state.nodesRoot, 'kafka01', 'logs', 'output.log'), 'utf8')
    expect(said).not.to.include(secret)
  })
})
