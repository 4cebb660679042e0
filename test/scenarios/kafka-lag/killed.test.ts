// A step against lag whose process is killed at any record, and carried on or aborted: every instance runs afterwards, and none was stopped
// once more than it had to be.
import { expect } from 'chai'
import kafkaLag from '../../../runbooks/kafka-lag/runbook.ts'
import { approveRun } from '../../../src/engine/approvals.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import {
  carryOn,
  type KafkaWorld,
  type KafkaWorldOptions,
  kafkaWorld,
  run,
} from '../expand-partitions/world.ts'

interface Case {
  readonly name: string
  readonly options: KafkaWorldOptions
  readonly spoil: (made: KafkaWorld) => void
  readonly params: JsonObject
  /** Stops and starts of a run that nobody kills. */
  readonly changes: number
}

const threads = { groups: [{ group: 'logstash', topics: ['raw-logs'], threads: 8, perSecond: 100 }] }
const cases: readonly Case[] = [
  {
    name: 'more threads',
    options: threads,
    spoil: ({ kafka }) => kafka.act({ do: 'traffic', topic: 'raw-logs', recordsPerSecond: 1600 }),
    params: {},
    changes: 4,
  },
  {
    name: 'the restart of a member that stands still',
    options: {},
    spoil: ({ kafka }) => kafka.spoil('stuckMember'),
    params: {},
    changes: 2,
  },
  {
    name: 'the start of consumers that are down',
    options: {},
    spoil: ({ kafka, fleet }) => {
      fleet.running.clear()
      kafka.spoil('groupGone')
    },
    params: {},
    changes: 2,
  },
]

async function approved({ options, spoil, params }: Case): Promise<KafkaWorld> {
  const made = kafkaWorld(options)
  spoil(made)
  await made.world.clock.sleep(60_000)
  const agreed = new Map([['somebody_else_agrees_to_the_step', 'lag']])
  const given = { group: 'logstash', fix: true, ...params }
  expect(await run(made.world.begin(), given, agreed, undefined, kafkaLag)).to.include({ outcome: 'waiting' })
  await approveRun(made.world.begin({ actor: 'bert' }).engine, 'run-1')
  return made
}

describe('kafka-lag, killed', () => {
  for (const one of cases)
    it(`before ${one.name} has begun, and aborted: nothing is begun any more, and it ends at once`, async () => {
      const made = await approved(one)
      const before = [...made.fleet.running]
      const first = made.world.begin()
      first.control.halt('interrupt')
      await carryOn(first, 'resume', 'run-1', kafkaLag)
      const sinceMs = made.world.clock.monotonicMs()
      expect(await carryOn(made.world.begin(), 'abort', 'run-1', kafkaLag)).to.include({
        outcome: 'aborted',
        exitCode: 0,
      })
      expect(made.world.clock.monotonicMs() - sinceMs).to.be.below(30_000)
      expect([...made.fleet.running]).to.deep.equal(before)
      expect(made.fleet.history).to.deep.equal([])
      const asked = made.world.ansible.requests.map(({ playbook }) => playbook)
      expect(asked).to.not.include('logstash_threads.yml')
    })

  for (const one of cases)
    for (const mode of ['resume', 'abort'] as const)
      it(`at any record of ${one.name} and ${mode === 'resume' ? 'carried on' : 'aborted'}, leaves every instance running`, async function () {
        this.timeout(120_000)
        const whole = await approved(one)
        const first = whole.world.begin()
        expect(await carryOn(first, 'resume', 'run-1', kafkaLag)).to.include({ outcome: 'succeeded' })
        expect(whole.fleet.history).to.have.length(one.changes)
        const failures: string[] = []
        for (let record = 1; record <= first.life.appends; record++)
          for (const when of ['before', 'after'] as const) {
            const made = await approved(one)
            const before = [...made.fleet.running].sort()
            const end = await carryOn(
              made.world.begin({ cut: { record, when } }),
              'resume',
              'run-1',
              kafkaLag,
            )
            const [begun] = await made.world.journal.runs()
            if (end !== 'killed' || begun?.outcome === 'succeeded') continue
            await carryOn(made.world.begin(), mode, 'run-1', kafkaLag)
            const running = [...made.fleet.running].sort()
            // An abort may leave what was down as it was.
            const fine = running.length === 2 || (mode === 'abort' && running.join() === before.join())
            const said = made.fleet.history.join(', ')
            if (!fine) failures.push(`killed ${when} ${record}: only ${running.join(' and ')} runs (${said})`)
            if (made.fleet.history.length > one.changes) failures.push(`killed ${when} ${record}: ${said}`)
          }
        expect(failures).to.deep.equal([])
      })
})
