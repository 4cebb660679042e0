// A host joins the Logstash fleet on fakes: its consumers are members of the group, or all of it is taken back.
import { expect } from 'chai'
import { lookAtAddition } from '../../../runbooks/add-node/facts.ts'
import type { ShipperFacts } from '../../../runbooks/add-node/logstash/facts.ts'
import { shipperGates } from '../../../runbooks/add-node/logstash/gates.ts'
import { params as schema } from '../../../runbooks/add-node/params.ts'
import { lookOf } from '../../../src/engine/plan.ts'
import { type Draft, type GateCase, itWalksTheTable } from '../../support/gate-table.ts'
import { type KafkaWorld, kafkaWorld } from '../expand-partitions/world.ts'
import { add, carryOn, failureOf } from './world.ts'

const logstash03 = { name: 'logstash03', group: 'logstash', address: '10.0.7.9' }
const idle = new Map([['partitions_still_divide', 'more partitions come tomorrow']])

/** Machines that pass the checks and can be set up. Mute ones are started and never read. */
function fleetWorld({ mute = false } = {}): KafkaWorld & { readonly deployed: Set<string> } {
  const deployed = new Set<string>()
  const made: KafkaWorld = kafkaWorld({
    playbooks: () => ({
      ...(mute ? { 'service_start.yml': ({ name }) => void made.fleet.running.add(name) } : {}),
      'preflight.yml': () => ({ changed: false }),
      'node_deploy.yml': ({ name }) => {
        const changed = !deployed.has(name)
        deployed.add(name)
        return { changed, result: { changed, started: false } }
      },
    }),
  })
  made.fleet.threads.set('logstash03', 8)
  return { ...made, deployed }
}

const membersOf = async ({ kafka }: KafkaWorld): Promise<number> =>
  (await kafka.groups())[0]?.members.length ?? 0

describe('add-node for the Logstash fleet', () => {
  it('lets the consumers of a new host into the group', async () => {
    const made = fleetWorld()
    expect(await add(made.world.begin(), logstash03, idle)).to.include({ outcome: 'succeeded' })
    expect(await membersOf(made)).to.equal(24)
    expect(made.world.inventoryFile.names).to.include('logstash03')
    expect([...made.deployed]).to.deep.equal(['logstash03'])
    expect(made.fleet.history).to.deep.equal(['start logstash03'])
  })

  it('refuses threads that would have nothing to read', async () => {
    const made = fleetWorld()
    const end = await add(made.world.begin(), logstash03)
    expect(end).to.include({ outcome: 'refused', exitCode: 2 })
    expect(failureOf(end).message).to.match(
      /partitions_still_divide: raw-logs has 16 partitions for 24 threads/,
    )
    expect(made.world.inventoryFile.writes).to.equal(0)
  })

  it('takes the host back when its consumers never come', async () => {
    const made = fleetWorld({ mute: true })
    const end = await add(made.world.begin(), { ...logstash03, giveUp: '1m' }, idle)
    expect(end).to.include({ outcome: 'failed' })
    expect(failureOf(end)).to.have.property('code', 'NODE_REFUSED')
    expect(failureOf(end).message).to.contain('without logstash03')
    expect(made.world.inventoryFile.names).not.to.include('logstash03')
    expect(made.fleet.history).to.deep.equal(['stop logstash03'])
  })

  it('says what went wrong, and not only that it could not be taken back', async () => {
    const made = fleetWorld({ mute: true })
    made.world.ansible.trouble('logstash03', 'fails', { playbook: 'service_stop.yml' })
    const end = await add(made.world.begin(), { ...logstash03, giveUp: '1m' }, idle)
    const { code, message, hint } = failureOf(end)
    expect(code).to.equal('NODE_REFUSED')
    expect(message).to.contain('without logstash03')
    expect(hint).to.match(/it could not be taken back .*: ops abort run-1/)
  })

  for (const mode of ['resume', 'abort'] as const)
    it(`killed at every record it is ${mode === 'resume' ? 'added when it is carried on' : 'taken back when it is aborted'}`, async () => {
      const counted = fleetWorld()
      await add(counted.world.begin(), logstash03, idle)
      const records = await counted.world.journal.read('run-1')
      const first = records.findIndex(({ type }) => type === 'lock.acquired') + 1
      const failures: string[] = []
      for (let record = first; record < records.length; record++)
        for (const when of ['before', 'after'] as const) {
          const made = fleetWorld()
          expect(await add(made.world.begin({ cut: { record, when } }), logstash03, idle)).to.equal('killed')
          const end = await carryOn(made.world.begin(), mode)
          const isThere = made.world.inventoryFile.names.includes('logstash03')
          const runs = made.fleet.running.has('logstash03')
          const wanted = mode === 'resume'
          if (end === 'killed' || end.exitCode !== 0 || isThere !== wanted || runs !== wanted)
            failures.push(`killed ${when} record ${record}: in the inventory ${isThere}, running ${runs}`)
        }
      expect(failures).to.deep.equal([])
    })
})

describe('the gates on hosts for the Logstash fleet', () => {
  type FactsDraft = Draft<ShipperFacts>
  let calm: ShipperFacts
  before(async () => {
    const look = lookOf(fleetWorld().world.begin().engine, null)
    const facts = await lookAtAddition(look, schema.parse(logstash03))
    if (!('shippers' in facts)) throw new Error('a shipper was meant')
    calm = facts.shippers
  })
  const cases: readonly GateCase<FactsDraft>[] = [
    { gate: 'host_passes_the_checks', says: 'pass', when: 'it does', evidence: /^1 hosts/ },
    {
      gate: 'host_passes_the_checks',
      says: 'refuse',
      when: 'it does not',
      evidence: /^logstash03: unreachable$/,
      change: ({ preflight }) => preflight.push({ host: 'logstash03', problem: 'unreachable' }),
    },
    { gate: 'consumers_have_settled', says: 'pass', when: 'they have', evidence: /Stable with 16 members/ },
    {
      gate: 'consumers_have_settled',
      says: 'refuse',
      when: 'the group rebalances',
      evidence: /PreparingRebalance/,
      change: ({ group }) => {
        if (group !== null) group.state = 'PreparingRebalance'
      },
    },
    {
      gate: 'consumers_have_settled',
      says: 'refuse',
      when: 'nobody reads',
      evidence: /^nobody reads in logstash$/,
      change: facts => {
        facts.group = null
      },
    },
    {
      gate: 'consumers_have_settled',
      says: 'refuse',
      when: 'there is no fleet',
      evidence: /no fleet/,
      change: facts => {
        facts.fleet = null
      },
    },
    {
      gate: 'partitions_still_divide',
      says: 'pass',
      when: 'each thread gets one of them',
      evidence: /^24 threads: raw-logs 48$/,
      change: facts => {
        facts.partitions = [...facts.partitions, ...facts.partitions, ...facts.partitions]
      },
    },
    {
      gate: 'partitions_still_divide',
      says: 'refuse',
      when: 'some threads get none',
      evidence: /^raw-logs has 16 partitions for 24 threads$/,
    },
    {
      gate: 'partitions_still_divide',
      says: 'refuse',
      when: 'there is no fleet',
      evidence: /no fleet/,
      change: facts => {
        facts.fleet = null
      },
    },
  ]
  itWalksTheTable({
    gates: shipperGates,
    cases,
    paramsOf: given => schema.parse({ ...logstash03, ...given }),
    factsOf: change => {
      const facts = structuredClone(calm) as FactsDraft
      change?.(facts)
      return facts as ShipperFacts
    },
  })
})
