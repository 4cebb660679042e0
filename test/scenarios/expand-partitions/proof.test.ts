// What the proof of an expansion must not overlook: groups whose first offset comes late, that came to life in between, or that ran
// when partitions turned up after nobody had waited for them any more; and instances that do not come back into their group.
import { expect } from 'chai'
import { approveRun } from '../../../src/engine/approvals.ts'
import { OpsError } from '../../../src/errors/index.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { carryOn, type KafkaWorld, kafkaWorld, run, to32 } from './world.ts'

const withGroup = (group: string, threads: number) =>
  kafkaWorld({
    groups: [
      { group: 'logstash', topics: ['raw-logs'], threads: 16 },
      { group, topics: ['raw-logs'], threads, hosts: ['siem01'] },
    ],
  })

/** As of consumers that commit where they begin only some time after they have begun. */
function commitLate({ kafka }: KafkaWorld, group: string, looks: number): void {
  const real = kafka.committed
  let hidden = 0
  kafka.committed = async name => {
    const found = await real(name)
    const isNew = (partition: number, offset: number | null) => partition >= 16 && offset !== null
    if (name !== group || !found.some(one => isNew(one.partition, one.offset)) || ++hidden > looks)
      return found
    return found.map(one => (isNew(one.partition, one.offset) ? { ...one, offset: null } : one))
  }
}

/** A world in which the process of the run has died right after this record. */
async function killedAt(type: string, step: string): Promise<KafkaWorld> {
  const whole = kafkaWorld()
  await run(whole.world.begin())
  const records = await whole.world.journal.read('run-1')
  const record = records.findIndex(one => one.type === type && String(one.step).startsWith(step)) + 1
  const made = kafkaWorld()
  expect(await run(made.world.begin({ cut: { record, when: 'after' } }))).to.equal('killed')
  return made
}

describe('the proof of an expansion', () => {
  it('names what a group may have skipped whose first offsets come after the first look', async () => {
    const made = withGroup('siem', 4)
    commitLate(made, 'siem', 3)
    const waived = new Map([['every_group_reads_new_partitions_from_their_start', 'siem can lose some']])
    expect(failureOf(await run(made.world.begin(), to32, waived))).to.include({ code: 'NEEDS_APPROVAL' })
    await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
    const error = failureOf(await carryOn(made.world.begin()))
    expect(made.kafka.skipped('siem')).to.be.greaterThan(0)
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.message).to.match(/may have been skipped: siem, raw-logs-16: 0 to \d+/)
    expect(error.hint).to.match(/--group siem .*--topic raw-logs:16,17,18,.* --reset-offsets --to-offset 0/)
  })

  it('names what a group may have skipped that had no members and has some when offsets are committed', async () => {
    const made = withGroup('audit', 0)
    const { kafka, world } = made
    const create = kafka.createPartitions
    kafka.createPartitions = async (topic, change) => {
      await create(topic, change)
      if (change.validateOnly) return
      await world.clock.sleep(20_000)
      kafka.act({ do: 'members', group: 'audit', threads: 2, hosts: ['siem01'] })
    }
    const error = failureOf(await run(world.begin()))
    expect(kafka.skipped('audit')).to.be.greaterThan(0)
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.message).to.include('may have been skipped: audit, raw-logs-16')
  })

  it('names what consumers may have skipped where partitions turn up after they were started again', async () => {
    const made = kafkaWorld()
    const { kafka, world, fleet } = made
    const create = kafka.createPartitions
    let late: () => Promise<void> = async () => {}
    kafka.createPartitions = async (topic, change) => {
      if (change.validateOnly) return create(topic, change)
      late = () => create(topic, change)
      throw new OpsError('OUTCOME_UNKNOWN', { message: 'sent and not answered' })
    }
    expect(failureOf(await run(world.begin()))).to.include({ code: 'OUTCOME_UNKNOWN' })
    expect([...fleet.running].sort()).to.deep.equal(['logstash01', 'logstash02'])
    await world.clock.sleep(30_000)
    await late()
    await world.clock.sleep(60_000)
    expect(kafka.skipped('logstash')).to.be.greaterThan(0)
    const error = failureOf(await carryOn(world.begin()))
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.message).to.include('may have been skipped: logstash, raw-logs-16')
    expect([...fleet.running].sort(), 'running').to.deep.equal(['logstash01', 'logstash02'])
    expect([...fleet.threads.values()], 'threads').to.deep.equal([16, 16])
    expect(kafka.state.groups[0]?.members, 'members').to.have.length(32)
    // Whatever a person has done about them, the run can be ended.
    expect(error.hint).to.include('then: ops abort run-1')
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
  })

  it('starts consumers again, with their offsets, where somebody else has made other partitions while they stood still', async () => {
    const { kafka, world, fleet } = await killedAt('step.done', 'logstash.stop')
    expect([...fleet.running]).to.deep.equal([])
    const assignments = Array.from({ length: 24 }, () => [1, 2, 3])
    await kafka.createPartitions('raw-logs', { total: 40, assignments, validateOnly: false })
    await world.clock.sleep(20_000)
    const error = failureOf(await carryOn(world.begin()))
    expect(error).to.include({ code: 'STOP_CONDITION', exitCode: 4 })
    expect(error.hint).to.include('ops abort run-1')
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expect([...fleet.running].sort()).to.deep.equal(['logstash01', 'logstash02'])
    expect(kafka.skipped('logstash')).to.equal(0)
  })

  it('aborted while its request is on its way waits for what becomes of it: whoever was started before could skip', async () => {
    const { kafka, world, fleet } = await killedAt('step.intent', 'partitions')
    const { partitions: read, createPartitions: create } = kafka
    const dueMs = world.clock.monotonicMs() + 8000
    let isMade = false
    kafka.partitions = async () => {
      if (!isMade && world.clock.monotonicMs() >= dueMs) {
        isMade = true
        const assignments = Array.from({ length: 16 }, () => [1, 2, 3])
        await create('raw-logs', { total: 32, assignments, validateOnly: false })
      }
      return read()
    }
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expect(isMade).to.equal(true)
    expect([...fleet.running].sort()).to.deep.equal(['logstash01', 'logstash02'])
    await world.clock.sleep(60_000)
    expect(kafka.skipped('logstash')).to.equal(0)
  })

  it('aborted before anything was made, starts everybody with their old threads', async () => {
    const { kafka, world, fleet } = await killedAt('step.intent', 'partitions')
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expect([...fleet.running].sort()).to.deep.equal(['logstash01', 'logstash02'])
    expect([...fleet.threads.values()]).to.deep.equal([8, 8])
    expect((await kafka.partitions()).filter(({ topic }) => topic === 'raw-logs')).to.have.length(16)
  })

  it('starts consumers again, and says so, when the topic is deleted while they stand still', async () => {
    const { kafka, world, fleet } = await killedAt('step.done', 'logstash.stop')
    const read = kafka.partitions
    kafka.partitions = async () => (await read()).filter(({ topic }) => topic !== 'raw-logs')
    const error = failureOf(await carryOn(world.begin()))
    expect(error.hint).to.include('ops abort run-1')
    expect([...fleet.running]).to.deep.equal([])
    expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted', exitCode: 0 })
    expect([...fleet.running].sort()).to.deep.equal(['logstash01', 'logstash02'])
    const said = (await world.journal.read('run-1')).filter(({ type }) => type === 'remark')
    expect(said.map(({ text }) => text)).to.include('raw-logs has been deleted; its consumers read again')
  })

  it('does not take metadata that names no topic at all for a topic that was deleted', async () => {
    const { kafka, world, fleet } = await killedAt('step.done', 'logstash.stop')
    kafka.partitions = async () => []
    expect(failureOf(await carryOn(world.begin(), 'abort'))).to.include({ code: 'CLUSTER_BUSY' })
    expect([...fleet.running]).to.deep.equal([])
  })

  it('waits for a request that is answered with "there are as many already": an earlier try has come through', async () => {
    const made = kafkaWorld()
    const { kafka, world } = made
    const create = kafka.createPartitions
    kafka.createPartitions = async (topic, change) => {
      if (change.validateOnly) return create(topic, change)
      // The broker had sent it to the controllers twice; metadata shows it a little later.
      const read = kafka.partitions
      const untilMs = world.clock.monotonicMs() + 2000
      await create(topic, change)
      kafka.partitions = async () => {
        const all = await read()
        return world.clock.monotonicMs() < untilMs
          ? all.filter(one => one.topic !== topic || one.partition < 16)
          : all
      }
      throw new OpsError('CLUSTER_REJECTED', { message: 'the topic has 32 partitions (INVALID_PARTITIONS)' })
    }
    expect(await run(world.begin())).to.include({ outcome: 'succeeded' })
    expect(kafka.skipped('logstash')).to.equal(0)
  })

  it('starts consumers again whose threads cannot be put back, and says that they could not', async () => {
    const made = kafkaWorld()
    const { kafka, world, fleet } = made
    const create = kafka.createPartitions
    kafka.createPartitions = async (topic, change) => {
      if (change.validateOnly) return create(topic, change)
      world.ansible.trouble('logstash02', 'fails', { playbook: 'logstash_threads.yml' })
      throw new OpsError('CLUSTER_FORBIDDEN', { message: 'TOPIC_AUTHORIZATION_FAILED' })
    }
    const error = failureOf(await run(world.begin()))
    expect([...fleet.running].sort()).to.deep.equal(['logstash01', 'logstash02'])
    expect(error).to.include({ code: 'STALLED', exitCode: 4 })
    expect(error.message).to.match(/logstash_threads.yml failed on logstash02.*TOPIC_AUTHORIZATION_FAILED/)
  })

  it('stops no second instance before the first one is back in the group', async () => {
    let made: KafkaWorld | null = null
    made = kafkaWorld({
      reset: 'earliest',
      playbooks: clock => ({
        // Its service runs, and it does not get as far as the group.
        'service_start.yml': async ({ name }) => {
          made?.fleet.history.push(`start ${name}`)
          made?.fleet.running.add(name)
          await clock.sleep(900)
          return { changed: true, result: { state: 'running' } }
        },
      }),
    })
    const error = failureOf(await run(made.world.begin()))
    expect(made.fleet.history).to.deep.equal(['stop logstash01', 'start logstash01'])
    expect(error).to.include({ code: 'STALLED', exitCode: 4 })
    expect(error.message).to.include('nobody of logstash01 has joined')
  })
})
