// Partition expansion on a fake Kafka whose producers learn of new partitions before its consumers do: from plan to proof, with
// answers that are lost, members that stay, and processes that die at any record.
import { expect } from 'chai'
import { approveRun } from '../../../src/engine/approvals.ts'
import { planJson } from '../../../src/engine/plan.ts'
import { startRun } from '../../../src/engine/run.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  carryOn,
  type KafkaWorld,
  kafkaWorld,
  killAndCarryOn,
  planOn,
  remarksOf,
  run,
  to32,
} from './world.ts'

const partitionsOf = ({ kafka }: KafkaWorld): number =>
  kafka.state.topics.find(({ name }) => name === 'raw-logs')?.partitions.length ?? 0

const membersOf = ({ kafka }: KafkaWorld): number =>
  kafka.state.groups.find(({ group }) => group === 'logstash')?.members.length ?? 0

/** Expanded, read from the first record on, by twice the threads, and nobody stands still. */
function expectExpanded(made: KafkaWorld): void {
  const { kafka, fleet, world } = made
  expect(partitionsOf(made), 'partitions').to.equal(32)
  expect(kafka.skipped('logstash'), 'skipped records').to.equal(0)
  expect([...fleet.running].sort(), 'running').to.deep.equal(['logstash01', 'logstash02'])
  expect([...fleet.threads.values()], 'threads').to.deep.equal([16, 16])
  expect(membersOf(made), 'members').to.equal(32)
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

function expectUntouched(made: KafkaWorld): void {
  const { kafka, fleet, world } = made
  expect(partitionsOf(made), 'partitions').to.equal(16)
  expect(kafka.skipped('logstash'), 'skipped records').to.equal(0)
  expect([...fleet.running].sort(), 'running').to.deep.equal(['logstash01', 'logstash02'])
  expect([...fleet.threads.values()], 'threads').to.deep.equal([8, 8])
  expect([...world.lockTable.rows.keys()], 'locks').to.deep.equal([])
}

describe('expand-partitions', () => {
  it('loses records of a group that begins at the end where nobody guards it: the fake knows the trouble', async () => {
    const { kafka, world } = kafkaWorld()
    await kafka.createPartitions('raw-logs', {
      total: 32,
      assignments: Array.from({ length: 16 }, (_, at) => [
        (at % 3) + 1,
        ((at + 1) % 3) + 1,
        ((at + 2) % 3) + 1,
      ]),
      validateOnly: false,
    })
    await world.clock.sleep(60_000)
    expect(kafka.skipped('logstash')).to.be.greaterThan(0)
  })

  it('says what it would do and touches nothing', async () => {
    const made = kafkaWorld()
    const plan = planJson(await planOn(made.world.begin()))
    expect(plan.gates).to.satisfy((gates: { verdict: string }[]) =>
      gates.every(one => one.verdict === 'pass'),
    )
    expect(plan.effects).to.include(
      'stop logstash on logstash01 and logstash02 while the partitions are made',
    )
    expect(plan.effects).to.include('commit offset 0 for logstash in raw-logs 16 to 31')
    expect(plan.effects).to.include('set 16 consumer threads on logstash01')
    expectUntouched(made)
    expect(made.fleet.history).to.deep.equal([])
  })

  it('expands a topic under load without a record that the group skips, and says how long it stood still', async () => {
    const made = kafkaWorld()
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expectExpanded(made)
    expect(made.fleet.history).to.have.length(4)
    const remarks = await remarksOf(made.world)
    const paused = remarks.find(({ pausedMs }) => pausedMs !== undefined)
    expect(paused?.pausedMs).to.be.within(1000, 20_000)
    const texts = remarks.map(({ text }) => String(text)).join('\n')
    expect(texts).to.match(
      /logstash has read the \d+ records that were in the 16 new partitions of raw-logs, from offset 0/,
    )
    expect(texts).to.match(/raw-logs: \d+ records, [+-]\d+ % to [+-]\d+ % of an even share/)
    expect(texts).to.include('does not grow')
  })

  it('places the copies of each new partition on racks of their own, and leaders alike', async () => {
    const made = kafkaWorld({ replicationFactor: 2 })
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    const fresh = made.kafka.state.topics.find(({ name }) => name === 'raw-logs')?.partitions.slice(16) ?? []
    const leads = [1, 2, 3].map(id => fresh.filter(({ replicas }) => replicas[0] === id).length)
    expect(Math.max(...leads) - Math.min(...leads)).to.be.at.most(1)
    for (const { replicas } of fresh) expect(new Set(replicas).size).to.equal(2)
  })

  it('lets a group that begins at the start go on, and restarts its instances one by one for the threads', async () => {
    const made = kafkaWorld({ reset: 'earliest' })
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    expectExpanded(made)
    expect(made.fleet.history).to.deep.equal([
      'stop logstash01',
      'start logstash01',
      'stop logstash02',
      'start logstash02',
    ])
  })

  it('commits offset 0 for a group without members, and leaves what is stopped stopped', async () => {
    const groups = [
      { group: 'logstash', topics: ['raw-logs'], threads: 16 },
      { group: 'audit', topics: ['raw-logs'] },
    ]
    const made = kafkaWorld({ groups })
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded' })
    const audit = made.kafka.state.groups.find(({ group }) => group === 'audit')
    expect(audit?.offsets['raw-logs-31']).to.equal(0)
    expect(audit?.members).to.deep.equal([])
  })

  for (const lost of ['done', 'not-done'] as const)
    it(`finds out what became of a request that was ${lost === 'done' ? '' : 'not '}carried out and never answered`, async () => {
      const made = kafkaWorld()
      const end = await run(made.world.begin(), to32, new Map(), () =>
        made.kafka.set({ lostAnswers: [lost] }),
      )
      if (lost === 'done') {
        expect(end).to.include({ outcome: 'succeeded' })
        return expectExpanded(made)
      }
      expect(failureOf(end)).to.include({ code: 'OUTCOME_UNKNOWN' })
      expectUntouched(made)
      expect(await carryOn(made.world.begin())).to.include({ outcome: 'succeeded' })
      expectExpanded(made)
    })

  it('makes nothing and starts everybody again when somebody else reads in the group', async () => {
    const made = kafkaWorld({ strangers: 2 })
    const error = failureOf(await run(made.world.begin()))
    expect(error).to.include({ code: 'STEP_FAILED' })
    expect(error.message).to.include('does not become empty')
    expectUntouched(made)
  })

  it('makes nothing and starts everybody again when a service does not stop', async () => {
    const made = kafkaWorld()
    made.world.ansible.trouble('logstash02', 'fails', { playbook: 'service_stop.yml' })
    expect(failureOf(await run(made.world.begin()))).to.include({ code: 'ANSIBLE_FAILED' })
    expectUntouched(made)
    made.world.ansible.mend('logstash02')
    expect(await carryOn(made.world.begin())).to.include({ outcome: 'succeeded' })
    expectExpanded(made)
  })

  it('keeps consumers still while their offsets cannot be committed, says so, and goes on when they can', async () => {
    const made = kafkaWorld()
    const { world, kafka } = made
    const real = kafka.commitOffsets
    kafka.commitOffsets = async () => {
      throw (await import('../../../src/errors/index.ts')).toOpsError(new Error('the coordinator is away'))
    }
    const error = failureOf(await run(world.begin()))
    expect(error).to.include({ code: 'STALLED', exitCode: 4 })
    expect(error.message).to.include('consumers stand still on logstash01 and logstash02')
    expect(error.hint).to.include('ops resume run-1')
    expect([...made.fleet.running]).to.deep.equal([])
    kafka.commitOffsets = real
    expect(await carryOn(world.begin())).to.include({ outcome: 'succeeded' })
    expectExpanded(made)
  })

  const withStranger = () =>
    kafkaWorld({
      groups: [
        { group: 'logstash', topics: ['raw-logs'], threads: 16 },
        { group: 'siem', topics: ['raw-logs'], threads: 4, hosts: ['siem01'] },
      ],
    })

  it('refuses while members of some group cannot be stopped, unless it is known to begin at the start', async () => {
    const made = withStranger()
    const refused = failureOf(await run(made.world.begin()))
    expect(refused).to.include({ code: 'GATE_REFUSED', exitCode: 2 })
    expect(refused.message).to.include('siem has 4 members that ops cannot stop')
    const declared = await planOn(made.world.begin(), { ...to32, earliest: 'siem' })
    expect(declared.gates.filter(({ verdict }) => verdict === 'refuse')).to.deep.equal([])
    expectUntouched(made)
  })

  it('names what a group may have skipped that it was told to go on with', async () => {
    const made = withStranger()
    const waived = new Map([['every_group_reads_new_partitions_from_their_start', 'siem can lose some']])
    expect(failureOf(await run(made.world.begin(), to32, waived))).to.include({ code: 'NEEDS_APPROVAL' })
    await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
    const error = failureOf(await carryOn(made.world.begin()))
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.message).to.match(/records may have been skipped: siem, raw-logs-16: 0 to \d+/)
    expect(error.hint).to.include('--reset-offsets --to-offset 0')
    expect(made.kafka.skipped('siem')).to.be.greaterThan(0)
    expectExpanded(made)
  })

  it('killed twice, at any two records, ends in the same world', async function () {
    this.timeout(300_000)
    const whole = kafkaWorld().world.begin()
    expect(await run(whole)).to.include({ outcome: 'succeeded' })
    const failures: string[] = []
    for (let one = 1; one <= whole.life.appends; one += 2)
      for (let two = 1; two <= 30; two += 3)
        await checkTwoCuts(kafkaWorld(), one, two).catch(thrown =>
          failures.push(`killed after records ${one} and ${two}: ${thrown.message}`),
        )
    expect(failures).to.deep.equal([])
  })

  it('paused in the middle ends at a safe point with everybody reading, and goes on when it is resumed', async () => {
    for (const at of ['before', 'after'] as const) {
      const made = kafkaWorld()
      const { engine, control, life } = made.world.begin()
      const plan = await planOn({ engine } as never)
      const create = made.kafka.createPartitions
      made.kafka.createPartitions = async (topic, change) => {
        if (at === 'before') control.halt('pause')
        await create(topic, change)
        control.halt('pause')
      }
      expect(await startRun(engine, plan, control)).to.include({ outcome: 'waiting', exitCode: 3 })
      life.kill()
      expect([...made.fleet.running].sort(), at).to.deep.equal(['logstash01', 'logstash02'])
      expect(made.kafka.skipped('logstash')).to.equal(0)
      expect(await carryOn(made.world.begin())).to.include({ outcome: 'succeeded' })
      expectExpanded(made)
    }
  })

  for (const mode of ['resume', 'abort'] as const)
    for (const reset of ['latest', 'earliest'] as const)
      it(`killed at any journal record and ${mode === 'resume' ? 'carried on' : 'aborted'}, a group with ${reset} is left whole`, async function () {
        this.timeout(300_000)
        const whole = kafkaWorld({ reset })
        const first = whole.world.begin()
        expect(await run(first)).to.include({ outcome: 'succeeded' })
        const failures: string[] = []
        for (let record = 1; record <= first.life.appends; record++)
          for (const when of ['before', 'after'] as const)
            await checkCut(kafkaWorld({ reset }), { record, when }, mode).catch(thrown =>
              failures.push(`killed ${when} record ${record}: ${thrown.message}`),
            )
        expect(failures).to.deep.equal([])
      })
})

async function checkTwoCuts(made: KafkaWorld, one: number, two: number): Promise<void> {
  expect(await run(made.world.begin({ cut: { record: one, when: 'after' } }))).to.equal('killed')
  const [begun] = await made.world.journal.runs()
  if (begun?.outcome === 'succeeded') return
  const end = await carryOn(made.world.begin({ cut: { record: two, when: 'after' } }))
  if (end === 'killed' && (await made.world.journal.runs())[0]?.outcome !== 'succeeded')
    expect(await carryOn(made.world.begin())).to.include({ outcome: 'succeeded' })
  expectExpanded(made)
}

async function checkCut(
  made: KafkaWorld,
  cut: { record: number; when: 'before' | 'after' },
  mode: 'resume' | 'abort',
): Promise<void> {
  const end = await killAndCarryOn(made, cut, mode)
  const { kafka, fleet } = made
  expect(kafka.skipped('logstash'), 'skipped records').to.equal(0)
  expect([...fleet.running].sort(), 'running').to.deep.equal(['logstash01', 'logstash02'])
  const starts = fleet.history.filter(one => one.startsWith('start')).length
  expect(starts, 'starts').to.be.at.most(2)
  if (mode === 'resume') {
    if (end !== 'ended') expect(end).to.include({ outcome: 'succeeded' })
    return expectExpanded(made)
  }
  if (end !== 'ended') expect(end).to.have.property('exitCode', 0)
  if (partitionsOf(made) === 16) expectUntouched(made)
}
