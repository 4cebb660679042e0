// More partitions for a topic that three real brokers serve, two instances read with `latest`, and a producer writes to all the
// while: expanded, then expanded again by a process that is killed five times. Then what is said of consumers that lag.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Admin } from 'kafkajs'
import { OpsError } from '../../src/errors/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { killNode } from '../../src/lab/faults/node-faults.ts'
import { kafkaClient } from '../../src/lab/kafka/access.ts'
import { clientAccess } from '../../src/lab/kafka/own-access.ts'
import type { KafkaVerdict } from '../../src/lab/load/kafka/verdict.ts'
import { startNode, stopNode } from '../../src/lab/service.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { underKafkaLoad } from './support/kafka-load.ts'
import { type OpsRecord, opsOn } from './support/ops.ts'

const net = '127.0.65'
const talk = () => {}
const instances = ['logstash01', 'logstash02']

/** Each kills the process that is at work; the next one carries on from there. */
const moments: readonly { readonly name: string; readonly at: (record: OpsRecord) => boolean }[] = [
  {
    name: 'the consumers stand still',
    at: ({ type, step }) => type === 'step.done' && ends(step, 'logstash.stop'),
  },
  {
    name: 'partitions are about to be made',
    at: ({ type, step }) => type === 'step.intent' && step === 'partitions',
  },
  { name: 'partitions are made', at: ({ type, step }) => type === 'step.done' && step === 'partitions' },
  {
    name: 'offsets are committed',
    at: ({ type, step }) => type === 'step.done' && ends(step, 'logstash.offsets'),
  },
  {
    name: 'the consumers have started',
    at: ({ type, step }) => type === 'step.done' && ends(step, 'logstash.start'),
  },
]
const ends = (step: unknown, key: string): boolean => String(step).startsWith(key)

/** A process may come a step further before the signal ends it; the next one then dies at the first of the moments that are left. */
const isAtOrAfter =
  (first: number) =>
  (record: OpsRecord): boolean =>
    moments.slice(first).some(({ at }) => at(record))

describe('expand-partitions and kafka-lag on three real brokers', function () {
  this.timeout(1_200_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  const ops = opsOn(stateDir)
  let lab: Lab
  let admin: Admin

  before(async () => {
    lab = await bringUp({ stateDir, services: ['kafka', 'logstash'], offsetReset: 'latest', net, talk })
    admin = kafkaClient(clientAccess(lab, 'ops'), { clientId: 'test' }).admin()
    await admin.connect()
  })
  after(async () => {
    await admin?.disconnect()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  const underLoad = <T>(name: string, rate: number, work: () => Promise<T>) =>
    underKafkaLoad(stateDir, { name, rate, topic: 'raw-logs' }, work)

  async function expectExpanded(to: number, members: number): Promise<void> {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['raw-logs'] })
    const partitions = topics[0]?.partitions ?? []
    expect(partitions).to.have.length(to)
    for (const { partitionId, replicas, isr } of partitions)
      expect(isr.length, `raw-logs-${partitionId}`).to.equal(replicas.length)
    await waitUntilWhole(members)
    const [committed] = await admin.fetchOffsets({ groupId: 'logstash', topics: ['raw-logs'] })
    expect(committed?.partitions.filter(({ offset }) => Number(offset) < 0)).to.deep.equal([])
  }

  /** A member that has not been heard of in time has to join anew, and all others with it. */
  const waitUntilWhole = (members: number): Promise<undefined> =>
    waitFor({
      stallMs: 60_000,
      look: async () => {
        const { groups } = await admin.describeGroups(['logstash'])
        const seen = `${groups[0]?.state} with ${groups[0]?.members.length} members`
        return seen === `Stable with ${members} members` ? { result: undefined } : { progress: seen }
      },
      onStall: seen => new OpsError('STALLED', { message: `logstash is ${seen} of ${members}` }),
    })

  function expectAllRead({ acked, lost, partitions, shipped }: KafkaVerdict, to: number): void {
    expect(acked).to.be.greaterThan(1000)
    expect({ lost, partitions }).to.deep.equal({ lost: 0, partitions: to })
    expect(shipped).to.include({ missing: 0, behind: 0 })
  }

  const pauseOf = (records: readonly OpsRecord[]): number =>
    Number(records.find(({ pausedMs }) => pausedMs !== undefined)?.pausedMs)

  const expand = (to: number) => [
    '--json',
    'run',
    'expand-partitions',
    '--topic',
    'raw-logs',
    '--to',
    String(to),
    '--yes',
  ]

  it('from 16 to 24 under load: every record is read, and it is said how long the group stood still', async () => {
    const [end, verdict] = await underLoad('first', 300, async () => {
      // No topic of a platform is so new that records lie where the group has never committed: that is refused.
      await waitUntilCommitted()
      return ops(expand(24))
    })
    expect(end.exitCode, end.stderr).to.equal(0)
    expectAllRead(verdict, 24)
    await expectExpanded(24, 24)
    const pausedMs = pauseOf(end.records)
    expect(pausedMs).to.be.within(100, 120_000)
    console.log(`      the group stood still for ${pausedMs} ms; ${verdict.acked} records, none skipped`)
  })

  it('from 24 to 32, killed five times: carried on to the same end, and every record is read', async () => {
    const [seen, verdict] = await underLoad('second', 300, async () => {
      let args: readonly string[] = expand(32)
      const records: OpsRecord[] = []
      for (const [number, { name }] of moments.entries()) {
        const end = await ops(args, isAtOrAfter(number))
        expect(end.signal, `${name}: ${end.stderr}`).to.equal('SIGKILL')
        records.push(...end.records)
        args = ['--json', 'resume', records[0]?.run ?? '']
      }
      const last = await ops(args)
      expect(last.exitCode, last.stderr).to.equal(0)
      return [...records, ...last.records]
    })
    expectAllRead(verdict, 32)
    await expectExpanded(32, 32)
    console.log(`      the group stood still for ${pauseOf(seen)} ms; ${verdict.acked} records, none skipped`)
  })

  it('refuses fewer partitions, a topic that is not there and one of Kafka itself, and touches nothing', async () => {
    for (const [topic, to, gate] of [
      ['raw-logs', 16, 'target_is_more_than_now'],
      ['raw-log', 64, 'topic_is_there'],
      ['__consumer_offsets', 64, 'topic_belongs_to_users'],
    ] as const) {
      const end = await ops([
        '--json',
        'run',
        'expand-partitions',
        '--topic',
        topic,
        '--to',
        String(to),
        '--yes',
      ])
      expect(end.exitCode).to.equal(2)
      const refused = end.records.filter(({ type }) => type === 'gate.refused').map(one => one.gate)
      expect(refused, topic).to.include(gate)
    }
    await expectExpanded(32, 32)
  })

  const lagNotes = async (): Promise<string> =>
    JSON.parse(
      (await ops(['--json', 'plan', 'kafka-lag', '--group', 'logstash', '--window', '10s'])).stdout,
    ).notes.join('\n')

  it('says of a slow sink that it is slow', async () => {
    const slow = { sink_delay_ms: 1000, max_poll_records: 2 }
    await underLoad('slow', 300, async () => {
      await setAll(slow)
      try {
        await waitUntilWhole(32)
        expect(await lagNotes()).to.match(
          /the_sink_is_slow: \d+ records\/s are written, \d+ records\/s read; \d+ % of the threads' time goes into the output/,
        )
      } finally {
        await setAll({ sink_delay_ms: 0, max_poll_records: 1000 })
      }
    })
  })

  it('names an instance that has died, restarts it once another person agrees, and the lag goes', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['raw-logs'] })
    const partitions = topics[0]?.partitions ?? []
    const [, verdict] = await underLoad('dead', 200, async () => {
      // Where nothing was ever committed, whoever takes the partition over begins at its end: that is Kafka's, not ours to test.
      await waitUntilCommitted()
      await waitUntilWhole(partitions.length)
      await killNode(lab, nodeNamed('logstash02'))
      expect(await lagNotes()).to.match(/an_instance_is_down: logstash02/)
      const fix = ['kafka-lag', '--group', 'logstash', '--fix', '--window', '5s', '--yes']
      const waive = ['--waive', 'somebody_else_agrees_to_the_step=a test']
      const asked = await ops(['--json', 'run', ...fix, ...waive])
      expect(asked.exitCode, asked.stderr).to.equal(3)
      const run = asked.records[0]?.run ?? ''
      process.env.OPS_ACTOR = 'somebody-else'
      try {
        expect((await ops(['approve', run])).exitCode).to.equal(0)
      } finally {
        delete process.env.OPS_ACTOR
      }
      const done = await ops(['--json', 'resume', run])
      expect(done.exitCode, done.stderr).to.equal(0)
    })
    expect(verdict.shipped).to.include({ missing: 0, behind: 0 })
    await expectExpanded(partitions.length, partitions.length)
  })

  const waitUntilCommitted = () =>
    waitFor({
      stallMs: 60_000,
      look: async () => {
        const [found] = await admin.fetchOffsets({ groupId: 'logstash', topics: ['raw-logs'] })
        const without = found?.partitions.filter(({ offset }) => Number(offset) < 0).length ?? 0
        return found !== undefined && without === 0 ? { result: undefined } : { progress: `${without}` }
      },
      onStall: without => new OpsError('STALLED', { message: `${without} partitions without an offset` }),
    })

  const nodeNamed = (name: string) => {
    const node = lab.nodes.find(one => one.name === name)
    if (node === undefined) throw new Error(`the lab has no ${name}`)
    return node
  }

  /** As an operator would who writes an instance's settings and restarts it. */
  async function setAll(settings: object): Promise<void> {
    const { _meta } = JSON.parse(readFileSync(join(stateDir, 'lab', 'inventory.json'), 'utf8'))
    for (const name of instances) {
      const { logstash_settings_file: file } = _meta.hostvars[name]
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...settings }))
      await stopNode(lab, nodeNamed(name), 60_000)
      await startNode(lab, nodeNamed(name))
    }
  }
})
