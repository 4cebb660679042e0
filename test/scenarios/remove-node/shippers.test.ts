// A host leaves the Logstash fleet on fakes: its partitions are read by others before it is no host any more.
import { expect } from 'chai'
import { lookAt } from '../../../runbooks/remove-node/facts.ts'
import type { ShipperFacts } from '../../../runbooks/remove-node/logstash/facts.ts'
import { shipperGates } from '../../../runbooks/remove-node/logstash/gates.ts'
import { params as schema } from '../../../runbooks/remove-node/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { toOpsError } from '../../../src/errors/index.ts'
import { type Draft, type GateCase, itWalksTheTable } from '../../support/gate-table.ts'
import { type KafkaWorld, kafkaWorld } from '../expand-partitions/world.ts'
import { carryOn, failureOf, planOn, start } from './world.ts'

const logstash02 = { name: 'logstash02' }
const membersOf = async ({ kafka }: KafkaWorld): Promise<number> =>
  (await kafka.groups())[0]?.members.length ?? 0

describe('remove-node for the Logstash fleet', () => {
  it('stops the host, waits until the others read for it, and takes it out of the inventory', async () => {
    const made = kafkaWorld()
    expect(await start(made.world.begin(), logstash02)).to.include({ outcome: 'succeeded' })
    expect(await membersOf(made)).to.equal(8)
    expect(made.world.inventoryFile.names).not.to.include('logstash02')
    expect(made.fleet.history).to.deep.equal(['stop logstash02'])
  })

  it('refuses the last ones', async () => {
    const made = kafkaWorld()
    const end = await start(made.world.begin(), { name: 'logstash01,logstash02' })
    expect(end).to.include({ outcome: 'refused' })
    expect(failureOf(end).message).to.match(/another_host_reads_the_group: nobody but logstash01, logstash02/)
    expect(made.fleet.history).to.deep.equal([])
  })

  it('takes out the last ones as well, with a reason', async () => {
    const made = kafkaWorld()
    const waived = new Map([['another_host_reads_the_group', 'the pipeline is moved to another cluster']])
    const end = await start(made.world.begin(), { name: 'logstash01,logstash02' }, waived)
    expect(end).to.include({ outcome: 'succeeded' })
    expect(await membersOf(made)).to.equal(0)
  })

  it('is not for nodes and shippers in one run', async () => {
    const { world } = kafkaWorld()
    const thrown = await planOn(world.begin(), { name: 'logstash02,es-data05' }).then(
      () => null,
      error => toOpsError(error),
    )
    expect(thrown?.code).to.equal('USAGE')
  })

  for (const mode of ['resume', 'abort'] as const)
    it(`killed at every record it is ${mode === 'resume' ? 'gone when it is carried on' : 'gone or back when it is aborted'}`, async function () {
      this.timeout(60_000)
      const counted = kafkaWorld()
      await start(counted.world.begin(), logstash02)
      const records = await counted.world.journal.read('run-1')
      const first = records.findIndex(({ type }) => type === 'lock.acquired') + 1
      const failures: string[] = []
      for (let record = first; record < records.length; record++)
        for (const when of ['before', 'after'] as const) {
          const made = kafkaWorld()
          expect(await start(made.world.begin({ cut: { record, when } }), logstash02)).to.equal('killed')
          const end = await carryOn(made.world.begin(), mode)
          const isHost = made.world.inventoryFile.names.includes('logstash02')
          const runs = made.fleet.running.has('logstash02')
          const bad = isHost !== runs || (mode === 'resume' && isHost)
          if (end === 'killed' || end.exitCode !== 0 || bad)
            failures.push(`killed ${when} record ${record}: in the inventory ${isHost}, running ${runs}`)
        }
      expect(failures).to.deep.equal([])
    })
})

describe('the gates on hosts that leave the Logstash fleet', () => {
  type FactsDraft = Draft<ShipperFacts>
  let calm: ShipperFacts
  before(async () => {
    const facts = await lookAt(lookOf(kafkaWorld().world.begin().engine, null), logstash02)
    if (!('shippers' in facts)) throw new Error('a shipper was meant')
    calm = facts.shippers
  })
  const cases: readonly GateCase<FactsDraft>[] = [
    { gate: 'another_host_reads_the_group', says: 'pass', when: 'one does', evidence: /^logstash$/ },
    {
      gate: 'another_host_reads_the_group',
      ...{ says: 'refuse', when: 'the other one does not read', evidence: /nobody but logstash02/ },
      change: ({ groups }) => {
        for (const group of groups)
          group.members = group.members.filter(({ clientId }) => clientId.includes('logstash02'))
      },
    },
    { gate: 'consumers_have_settled', says: 'pass', when: 'they have', evidence: /Stable with 16/ },
    {
      gate: 'consumers_have_settled',
      ...{ says: 'refuse', when: 'nobody reads', evidence: /nobody reads/ },
      change: facts => {
        facts.groups = []
      },
    },
    { gate: 'consumers_keep_up', says: 'pass', when: 'they do', evidence: /./ },
    {
      gate: 'consumers_keep_up',
      ...{ says: 'refuse', when: 'their lag grows', evidence: /logstash/ },
      change: facts => {
        const reading = (records: number, written: number) => [{ group: 'logstash', records, written }]
        facts.lags = { before: reading(20_000, 100_000), after: reading(40_000, 121_000) }
      },
    },
    { gate: 'host_can_leave_the_inventory', says: 'pass', when: 'it is a file', evidence: /hosts.yml/ },
    {
      gate: 'host_can_leave_the_inventory',
      ...{ says: 'refuse', when: 'a program makes it', evidence: /a program/ },
      change: facts => {
        facts.written = null
        facts.writeProblem = 'a program makes it'
      },
    },
  ]
  itWalksTheTable({
    gates: shipperGates,
    cases,
    paramsOf: given => schema.parse({ ...logstash02, ...given }),
    factsOf: change => {
      const facts = structuredClone(calm) as FactsDraft
      change?.(facts)
      return facts as ShipperFacts
    },
  })
})
