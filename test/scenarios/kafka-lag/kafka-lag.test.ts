// Lag on a fake Kafka: what is said of each cause, which step is offered, and what the step does when it is taken.
import { expect } from 'chai'
import { gates } from '../../../runbooks/kafka-lag/gates/index.ts'
import kafkaLag from '../../../runbooks/kafka-lag/runbook.ts'
import { approveRun } from '../../../src/engine/approvals.ts'
import { resumeRun } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  carryOn,
  type KafkaWorld,
  type KafkaWorldOptions,
  kafkaWorld,
  planOn,
  remarksOf,
  run,
} from '../expand-partitions/world.ts'

const fixing: JsonObject = { group: 'logstash', fix: true }
const agreed = new Map([['somebody_else_agrees_to_the_step', 'lag 50,000']])

async function begin(
  prepare: (made: KafkaWorld) => void = () => {},
  options: KafkaWorldOptions = {},
  waitMs = 60_000,
): Promise<KafkaWorld> {
  const made = kafkaWorld(options)
  prepare(made)
  await made.world.clock.sleep(waitMs)
  return made
}

const notesOf = async ({ world }: KafkaWorld, params: JsonObject = {}): Promise<string> =>
  (await planOn(world.begin(), params, new Map(), kafkaLag)).body.notes.join('\n')

const raise = ({ kafka }: KafkaWorld, recordsPerSecond: number): void =>
  kafka.act({ do: 'traffic', topic: 'raw-logs', recordsPerSecond })

const threads = (threads: number, perSecond = 1000) =>
  ({ groups: [{ group: 'logstash', topics: ['raw-logs'], threads, perSecond }] }) satisfies KafkaWorldOptions

describe('kafka-lag', () => {
  it('says of a group that keeps up that it does', async () => {
    expect(await notesOf(await begin())).to.match(/logstash: lag \d+, .*16 members, Stable.*it keeps up/)
  })

  it('takes no instance for one that is down because its host does not answer', async () => {
    const made = await begin()
    made.world.ansible.trouble('logstash02', 'unreachable')
    expect(await notesOf(made)).to.match(/logstash: lag \d+, .*16 members, Stable.*it keeps up/)
  })

  for (const [bad, gate, evidence] of [
    ['partialMetadata', 'metadata_is_whole', /logstash reads raw-logs, of which the metadata says nothing/],
    ['emptyMetadata', 'metadata_is_whole', /no broker or no partition/],
    ['offlinePartition', 'every_partition_has_a_leader', /raw-logs-0 has no leader/],
    ['anotherCluster', 'cluster_is_the_one_in_the_inventory', /id is Another/],
  ] as const)
    it(`says nothing of groups in the world ${bad}, by ${gate}`, async () => {
      const made = await begin(({ kafka }) => kafka.spoil(bad), {}, 0)
      const { gates: verdicts } = await planOn(made.world.begin(), {}, new Map(), kafkaLag)
      expect(verdicts.find(one => one.gate === gate)?.evidence).to.match(evidence)
      expect(verdicts.find(one => one.gate === gate)?.verdict).to.equal('refuse')
    })

  const cases: readonly [string, (made: KafkaWorld) => void, KafkaWorldOptions, RegExp][] = [
    [
      'nobody reads',
      ({ kafka, fleet }) => {
        fleet.running.clear()
        kafka.spoil('groupGone')
      },
      {},
      /nobody_reads: logstash has no members\. What would help: start the consumers on logstash01 and logstash02/,
    ],
    [
      'an instance is down',
      ({ kafka, fleet }) => {
        fleet.running.delete('logstash02')
        kafka.act({ do: 'members', group: 'logstash', threads: 8, hosts: ['logstash01'], perSecond: 10 })
      },
      {},
      /an_instance_is_down: logstash02 has no member in logstash.* restart the consumers on logstash02/,
    ],
    [
      'the group does not settle',
      ({ kafka }) => kafka.spoil('groupRebalances'),
      {},
      /the_group_does_not_settle: logstash is PreparingRebalance/,
    ],
    [
      'a member stands still',
      ({ kafka }) => kafka.spoil('stuckMember'),
      {},
      /a_member_stands_still: 1 of 16 members commit nothing: logstash-logstash01-0.* restart the consumers on logstash01,/,
    ],
    [
      'a record cannot be read',
      ({ kafka }) => kafka.spoil('poisonPartition'),
      threads(8),
      /a_partition_hangs_at_one_record: raw-logs-0 stands at offset \d+, its reader goes on elsewhere.*--offset \d+ --max-messages 1;.* kafka-consumer-groups.sh --group logstash --topic raw-logs:0 --reset-offsets --to-offset \d+ --execute/,
    ],
    [
      'one partition gets most of it',
      made => {
        made.kafka.spoil('skew')
        raise(made, 4000)
      },
      {},
      /the_load_is_skewed: raw-logs-0 gets 9\d % of what is written.*keys of the producers/,
    ],
    [
      'threads are too few',
      made => raise(made, 1600),
      threads(8, 100),
      /readers_are_too_few: 1600 records\/s are written, 800 records\/s read, all members alike.*8 threads each instead of 4/,
    ],
    [
      'there is a thread for every partition',
      made => raise(made, 1600),
      threads(16, 50),
      /readers_are_too_few.*ops run expand-partitions --topic raw-logs --to 32/,
    ],
    [
      'the output takes all the time',
      made => {
        raise(made, 1600)
        made.fleet.stats = (_, atMs) => ({ events_out: atMs / 10, output_ms: 4 * atMs, retries: 0 })
      },
      threads(8, 100),
      /the_sink_is_slow: .*% of the threads' time goes into the output, 40.0 ms for each event.*8 threads each/,
    ],
    [
      'Elasticsearch pushes back',
      made => {
        raise(made, 1600)
        made.fleet.stats = (_, atMs) => ({ events_out: atMs / 10, output_ms: 4 * atMs, retries: atMs / 100 })
      },
      threads(8, 100),
      /the_sink_is_slow: .*events\/s are tried again.*make Elasticsearch take more first/,
    ],
    [
      'it catches up already',
      made => {
        raise(made, 3200)
        made.kafka.later(59_000, { do: 'traffic', topic: 'raw-logs', recordsPerSecond: 160 })
      },
      threads(16, 100),
      /the_lag_shrinks: 1440 records\/s more are read than written.*wait: at this rate it has caught up in/,
    ],
  ]
  for (const [when, prepare, options, says] of cases)
    it(`knows when ${when}`, async () => {
      expect(await notesOf(await begin(prepare, options))).to.match(says)
    })

  it('only looks without --fix, says it in the report too, and keeps nobody from working', async () => {
    const made = await begin(({ kafka }) => kafka.spoil('stuckMember'))
    const { engine, control } = made.world.begin()
    const plan = await planOn({ engine } as never, {}, new Map(), kafkaLag)
    expect(plan.locks).to.deep.equal([])
    const { startRun } = await import('../../../src/engine/run.ts')
    expect(await startRun(engine, plan, control)).to.include({ outcome: 'succeeded' })
    expect(made.fleet.history).to.deep.equal([])
    expect((await remarksOf(made.world)).map(({ text }) => text).join()).to.include('a_member_stands_still')
  })

  it('takes no step before somebody else agrees', async () => {
    const made = await begin(({ kafka }) => kafka.spoil('stuckMember'))
    expect(failureOf(await run(made.world.begin(), fixing, new Map(), undefined, kafkaLag))).to.include({
      code: 'GATE_REFUSED',
      exitCode: 2,
    })
    const waiting = await run(made.world.begin(), fixing, agreed, undefined, kafkaLag)
    expect(failureOf(waiting)).to.include({ code: 'NEEDS_APPROVAL', exitCode: 3 })
    expect(made.fleet.history).to.deep.equal([])
    await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-2')
    const { engine, control } = made.world.begin()
    expect(
      await resumeRun(engine, kafkaLag, 'run-2', 'resume', { acceptChanged: false }, control),
    ).to.include({ outcome: 'succeeded' })
    expect(made.fleet.history).to.deep.equal(['stop logstash01', 'start logstash01'])
    expect((await remarksOf(made.world, 'run-2')).at(-1)?.text).to.match(
      /afterwards, shrinking|afterwards, growing by 0/,
    )
  })

  it('restarts nobody of another cluster than the one that it has looked at', async () => {
    const made = await begin(({ kafka }) => kafka.spoil('stuckMember'))
    await run(made.world.begin(), fixing, agreed, undefined, kafkaLag)
    await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
    const read = made.kafka.identity
    // As of an address that leads elsewhere once the second look is taken.
    let looks = 0
    made.kafka.identity = async () => {
      const found = await read()
      return ++looks > 1 ? { ...found, clusterId: 'AnotherClusterOfKafkaQ' } : found
    }
    const error = failureOf(await carryOn(made.world.begin(), 'resume', 'run-1', kafkaLag))
    expect(error).to.include({ code: 'CLUSTER_OTHER' })
    expect(made.fleet.history).to.deep.equal([])
  })

  it('gives every instance more threads, one at a time', async () => {
    const made = await begin(made => raise(made, 1600), threads(8, 100))
    expect(await run(made.world.begin(), fixing, agreed, undefined, kafkaLag)).to.include({
      outcome: 'waiting',
    })
    await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
    expect(await carryOn(made.world.begin(), 'resume', 'run-1', kafkaLag)).to.include({
      outcome: 'succeeded',
    })
    expect([...made.fleet.threads.values()]).to.deep.equal([8, 8])
    expect(made.fleet.history).to.have.length(4)
  })

  it('says that an instance is left stopped where it does not start, asks for a person, and starts it when it can', async () => {
    const made = await begin(({ kafka }) => kafka.spoil('stuckMember'))
    await run(made.world.begin(), fixing, agreed, undefined, kafkaLag)
    await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
    made.world.ansible.trouble('logstash01', 'fails', { playbook: 'service_start.yml' })
    const error = failureOf(await carryOn(made.world.begin(), 'resume', 'run-1', kafkaLag))
    expect(error).to.include({ exitCode: 4 })
    expect(error.message).to.match(/logstash is stopped on logstash01 and does not start: /)
    expect(error.hint).to.include('ops resume run-1')
    made.world.ansible.mend('logstash01')
    expect(await carryOn(made.world.begin(), 'resume', 'run-1', kafkaLag)).to.include({
      outcome: 'succeeded',
    })
    expect([...made.fleet.running].sort()).to.deep.equal(['logstash01', 'logstash02'])
  })

  it('says that a restart has not helped where the record is the trouble', async () => {
    const made = await begin(({ kafka }) => kafka.spoil('poisonPartition'))
    await run(made.world.begin(), { ...fixing, giveUp: '30s' }, agreed, undefined, kafkaLag)
    await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
    const error = failureOf(await carryOn(made.world.begin(), 'resume', 'run-1', kafkaLag))
    expect(error).to.include({ code: 'STALLED', exitCode: 4 })
    expect(error.message).to.match(/stands still at the same records after its restart: raw-logs-0 at \d+/)
  })

  it('restarts nobody who would begin at the end of a partition without an offset', async () => {
    const made = await begin(({ kafka }) => {
      kafka.spoil('stuckMember')
      kafka.change(({ groups }) => {
        for (const group of groups) delete group.offsets['raw-logs-3']
      })
    })
    const error = failureOf(await run(made.world.begin(), fixing, agreed, undefined, kafkaLag))
    expect(error.message).to.include('no_restart_skips_records')
  })

  it('has gates with names that are sentences', () => {
    for (const { name, prevents, waivable } of gates) {
      expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
      expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      expect(waivable).to.be.oneOf(['never', 'reason', 'approval'])
    }
  })
})
