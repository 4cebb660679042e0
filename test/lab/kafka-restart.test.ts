// Rolling restart of real brokers under acks=all load. Three of them: with three copies; with two copies of which writers need
// both; killed and carried on; and with a broker that dies meanwhile; one lab for all: each case puts back what it changed. Six
// of them, two in each rack: a rack at a time.
import { expect } from 'chai'
import type { Admin } from 'kafkajs'
import { OpsError } from '../../src/errors/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { killNode } from '../../src/lab/faults/node-faults.ts'
import { kafkaClient } from '../../src/lab/kafka/access.ts'
import { clientAccess } from '../../src/lab/kafka/own-access.ts'
import { nodesFor } from '../../src/lab/layout.ts'
import type { KafkaVerdict } from '../../src/lab/load/kafka/verdict.ts'
import type { Lab } from '../../src/lab/state.ts'
import { labStatus } from '../../src/lab/status.ts'
import { bringUp } from '../../src/lab/up.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { underKafkaLoad } from './support/kafka-load.ts'
import { type OpsRecord, opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.64'
const talk = () => {}
const roll = ['--json', 'run', 'rolling-restart', '--service', 'kafka', '--yes', '--soak', '1s']
const names = ['kafka01', 'kafka02', 'kafka03']

describe('rolling-restart of three real brokers', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  const ops = opsOn(stateDir)
  let lab: Lab
  let admin: Admin

  before(async () => {
    lab = await bringUp({ stateDir, services: ['kafka'], kafkaCopies: 3, net, talk })
    admin = kafkaClient(clientAccess(lab, 'ops'), { clientId: 'test' }).admin()
    await admin.connect()
  })
  after(async () => {
    await admin?.disconnect()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  const pids = async () =>
    Object.fromEntries((await labStatus(lab)).nodes.map(({ name, pid }) => [name, pid]))

  const underLoad = underLoadIn(stateDir)

  async function expectAllWell(before: Record<string, number | null>): Promise<void> {
    const now = await pids()
    for (const name of names) expect(now[name], name).not.to.equal(before[name])
    // Any of the brokers may be asked, and not that one which `ops` has heard it from.
    await waitFor({
      stallMs: 60_000,
      look: async () => {
        const seen = await listUnwell().catch((thrown: Error) => [thrown.message])
        return seen.length === 0 ? { result: undefined } : { progress: seen.join('; ') }
      },
      onStall: seen => new OpsError('STALLED', { message: seen }),
    })
  }

  async function listUnwell(): Promise<readonly string[]> {
    const { topics } = await admin.fetchTopicMetadata()
    return topics.flatMap(({ name, partitions }) => [
      ...(name === 'ops-canary' ? [`${name} is there`] : []),
      ...partitions
        .filter(({ leader, replicas, isr }) => leader !== replicas[0] || isr.length < replicas.length)
        .map(({ partitionId, leader, isr }) => `${name}-${partitionId}: leader ${leader}, in sync ${isr}`),
    ])
  }

  it('with three copies: every broker once, nothing lost, no produce fails, every leader back', async () => {
    const before = await pids()
    const [end, verdict] = await underLoad('three', 'raw-logs', () => ops(roll))
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expectNothingLost(verdict)
    await expectAllWell(before)
    const stopped = end.records.filter(({ type }) => type === 'node.stopped').map(({ node }) => node)
    expect([...stopped].sort()).to.deep.equal(names)
  })

  describe('with two copies of which writers need both', () => {
    const topic = 'two-copies'
    const readMinInsync = async () => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [{ type: 2, name: topic, configNames: ['min.insync.replicas'] }],
      })
      const [entry] = resources[0]?.configEntries ?? []
      return `${entry?.configValue} ${entry?.isDefault}`
    }
    /** A broker may not have heard of the topic yet, or not yet that another one has gone. */
    const minInsync = (): Promise<string> =>
      waitFor({
        stallMs: 30_000,
        look: () =>
          readMinInsync().then(
            result => ({ result }),
            (thrown: Error) => ({ progress: thrown.message }),
          ),
        onStall: why => new OpsError('STALLED', { message: `the topic has no settings: ${why}` }),
      })
    let settingBefore: string

    before(async () => {
      await admin.createTopics({
        waitForLeaders: false,
        topics: [{ topic, numPartitions: 6, replicationFactor: 2 }],
      })
      await waitFor({
        stallMs: 30_000,
        look: async () => {
          const { topics } = await admin.fetchTopicMetadata()
          const made = topics.find(({ name }) => name === topic)?.partitions ?? []
          const led = made.filter(({ leader }) => leader >= 0)
          return led.length === 6 ? { result: undefined } : { progress: `${led.length}` }
        },
        onStall: () => new OpsError('STALLED', { message: 'the topic has no leaders' }),
      })
      settingBefore = await minInsync()
    })
    after(() => admin.deleteTopics({ topics: [topic] }))

    it('is refused with exactly the partitions that would refuse writes, and nothing is touched', async () => {
      const before = await pids()
      const end = await ops(roll)
      expect(end.exitCode, tellEnd(end)).to.equal(2)
      const gate = end.records.find(({ gate }) => gate === 'no_partition_would_refuse_writes')
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const onFirst = (topics[0]?.partitions ?? [])
        .filter(({ replicas }) => replicas.includes(1))
        .map(({ partitionId }) => `${topic}-${partitionId}`)
        .sort()
      expect(gate?.evidence).to.include(`without kafka01: ${onFirst.join(', ')};`)
      expect(gate?.evidence).to.include('--during min-insync=1')
      expect(await pids()).to.deep.equal(before)
    })

    it('with --during min-insync=1, killed with SIGKILL while a broker is down: carried on, nothing lost, given back', async () => {
      const before = await pids()
      const [end, verdict] = await underLoad('two', topic, async () => {
        const killed = await ops([...roll, '--during', 'min-insync=1'], isDown)
        expect(killed.signal, killed.stderr).to.equal('SIGKILL')
        expect(await minInsync()).to.equal('1 false')
        return ops(['--json', 'resume', 'last'])
      })
      expect(end.exitCode, tellEnd(end)).to.equal(0)
      expectNothingLost(verdict)
      await expectAllWell(before)
      expect(await minInsync()).to.equal(settingBefore)
      expect((await ops(['doctor'])).exitCode).to.equal(0)
    })
  })

  it('stops when another broker dies meanwhile: nobody else is restarted, exit 4, and the next command', async () => {
    const before = await pids()
    let victim = ''
    const killings: Promise<void>[] = []
    const end = await ops([...roll], record => {
      if (record.type === 'node.stopped' && victim === '') {
        victim = names.find(name => name !== record.node) ?? ''
        const node = nodesFor(lab.nodes, 'kafka').find(({ name }) => name === victim)
        if (node !== undefined) killings.push(killNode(lab, node))
      }
      return false
    })
    await Promise.all(killings)
    expect(end.exitCode, tellEnd(end)).to.equal(4)
    const ended: OpsRecord | undefined = end.records.at(-1)
    expect(ended).to.include({ type: 'run.ended', outcome: 'failed' })
    expect(ended?.message).to.include(victim)
    expect(ended?.hint).to.include('ops resume')
    const stopped = end.records.filter(({ type }) => type === 'node.stopped')
    expect(stopped).to.have.lengthOf(1)
    await bringUp({ stateDir, services: ['kafka'], talk })
    const resumed = await ops(['--json', 'resume', 'last'])
    expect(resumed.exitCode, tellEnd(resumed)).to.equal(0)
    await expectAllWell(before)
  })
})

describe('rolling-restart of six real brokers, two in each rack', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  const ops = opsOn(stateDir)

  before(() => bringUp({ stateDir, services: ['kafka'], kafkaCopies: 3, kafkaBrokers: 6, net, talk }))
  after(async () => {
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  it('two of one rack are down together, a controller and one that is none, never two racks; nothing is lost', async () => {
    const [end, verdict] = await underLoadIn(stateDir)('six', 'raw-logs', () => ops(roll))
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expectNothingLost(verdict)
    expect(end.records.filter(({ type }) => type === 'node.recovered')).to.have.lengthOf(6)
    // The first broker of a run goes alone, and so does the active controller: they are of one rack.
    const down = togetherUntil('node.back', end.records)
    expect(down).to.have.lengthOf(2)
    expect(['kafka01 kafka04', 'kafka02 kafka05', 'kafka03 kafka06']).to.include.members(down)
    expect(togetherUntil('node.recovered', end.records)).to.deep.equal(down)
  })
})

/** Who was away at the same time, from the stop on. */
function togetherUntil(type: string, records: readonly OpsRecord[]): readonly string[] {
  const away = new Set<string>()
  const together = new Set<string>()
  for (const record of records) {
    if (record.type === 'node.stopped') away.add(String(record.node))
    if (record.type === 'node.stopped' && away.size > 1) together.add([...away].sort().join(' '))
    if (record.type === type) away.delete(String(record.node))
  }
  return [...together]
}

function underLoadIn(stateDir: string) {
  return <T>(name: string, topic: string, work: () => Promise<T>) =>
    underKafkaLoad(stateDir, { name, rate: 100, topic }, work)
}

function expectNothingLost(verdict: KafkaVerdict): void {
  expect(verdict.acked).to.be.greaterThan(500)
  expect(verdict).to.include({ lost: 0, moved: 0 })
  expect(verdict.failed).to.deep.equal({ found: 0, notFound: 0 })
}

const isDown = ({ type }: OpsRecord): boolean => type === 'node.stopped'
