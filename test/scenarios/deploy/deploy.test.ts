// Deploy on a platform of fakes: from nothing, a second time, onto a cluster that runs, and with hosts that fail.
import { expect } from 'chai'
import { params as schema } from '../../../runbooks/deploy/params.ts'
import deploy from '../../../runbooks/deploy/runbook.ts'
import { type MadePlan, makePlan, planJson } from '../../../src/engine/plan.ts'
import { type RunEnd, resumeRun, startRun } from '../../../src/engine/run.ts'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { FakePlaybook } from '../../support/fake-ansible/fake-ansible.ts'
import { inventoryOf } from '../../support/fake-cluster/inventory.ts'
import { createFakeKafka, type FakeKafka } from '../../support/fake-kafka/fake-kafka.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import { type FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import { playbooksOnKafka } from '../../support/fake-world/kafka-playbooks.ts'
import {
  emptyPlatform,
  type FakePlatform,
  fullPlatform,
  otherHosts,
  playbooksOfPlatform,
} from '../../support/fake-world/platform.ts'
import { playbooksOn } from '../../support/fake-world/playbooks.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'

interface Begun {
  readonly world: FakeWorld
  readonly kafka: FakeKafka
}

function begin(platform: FakePlatform): FakeWorld {
  return beginAll(platform).world
}

function beginAll(platform: FakePlatform): Begun {
  let made: FakeKafka | null = null
  const theKafka = (): FakeKafka => {
    if (made === null) throw new Error('the world made no Kafka')
    return made
  }
  const world = new FakeWorld({
    hosts: otherHosts,
    kafka: clock => {
      made = createFakeKafka(clock)
      return made
    },
    playbooks: (cluster, clock) => ({
      ...playbooksOfPlatform(platform, cluster, clock, theKafka),
      ...servicesOfBoth(playbooksOn(cluster, clock), playbooksOnKafka(theKafka, clock)),
    }),
    prepare: cluster => platform.filled || cluster.set({ unreachable: ['*'] }),
  })
  return { world, kafka: theKafka() }
}

/** One playbook for nodes and brokers: the host decides which it is. */
function servicesOfBoth(
  nodes: Record<string, FakePlaybook>,
  brokers: Record<string, FakePlaybook>,
): Record<string, FakePlaybook> {
  const route =
    (name: string): FakePlaybook =>
    (host, request, part) => {
      const owner = host.groups.includes('kafka') ? brokers : nodes
      return (owner[name] ?? nodes[name])?.(host, request, part) ?? {}
    }
  return Object.fromEntries(Object.keys({ ...nodes, ...brokers }).map(name => [name, route(name)]))
}

function running(change: (platform: FakePlatform) => void = () => {}) {
  const platform = emptyPlatform()
  platform.filled = true
  const { world, kafka } = beginAll(platform)
  const full = fullPlatform([...inventoryOf(world.cluster.state), ...otherHosts])
  for (const key of full.done) platform.done.add(key)
  change(platform)
  return { platform, world, kafka }
}

const planOn = ({ engine }: FakeProcess, params: JsonObject = {}): Promise<MadePlan> =>
  makePlan(engine, deploy, schema.parse(params) as JsonObject, new Map())

async function run(process: FakeProcess, params: JsonObject = {}): Promise<RunEnd | 'killed'> {
  const work = planOn(process, params).then(plan => startRun(process.engine, plan, process.control))
  try {
    return await Promise.race([process.life.died, work])
  } finally {
    process.life.kill()
  }
}

/** `playbook: hosts` of every play that was no look and no check, in order. */
const playsOf = ({ ansible }: FakeWorld): string[] =>
  ansible.requests
    .filter(({ playbook, check }) => check !== true && !/state|status|preflight|lint/.test(playbook))
    .map(({ playbook, hosts }) => `${playbook}: ${hosts.join(' ')}`)

const everyHost = ({ cluster }: FakeWorld): string =>
  [...cluster.state.nodes.map(({ name }) => name), ...otherHosts.map(({ name }) => name)].join(' ')

describe('deploy', () => {
  it('sets everything up from nothing, masters first, and only then makes users in the cluster', async () => {
    const world = begin(emptyPlatform())
    expect(await run(world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    expect(playsOf(world)).to.deep.equal([
      `base.yml: ${everyHost(world)}`,
      'vault.yml: vault01',
      'kafka.yml: kafka01 kafka02 kafka03',
      'elasticsearch.yml: es-master01 es-master02 es-master03',
      'elasticsearch.yml: es-data01 es-data02 es-data03 es-data04 es-data05',
      'elasticsearch.yml: es-coord01 es-coord02',
      `elasticsearch_content.yml: ${world.cluster.state.nodes[0]?.name}`,
    ])
  })

  it('says of a platform that is set up that nothing would change, and plays nothing', async () => {
    const { world } = running()
    const { body } = await planOn(world.begin())
    expect(body.effects).to.deep.equal([])
    expect(body.notes).to.deep.equal(['everything is as the inventory says: nothing would change'])
    expect(await run(world.begin())).to.include({ outcome: 'succeeded' })
    expect(playsOf(world)).to.deep.equal([])
  })

  it('restarts the nodes whose config has changed, and no other, through the gates of a restart', async () => {
    const { world, platform } = running(({ changed }) => void changed.add('es-data03').add('es-master02'))
    const plan = planJson(await planOn(world.begin()))
    expect(plan.effects).to.include('elasticsearch: fake elasticsearch.yml (+1 -1) on es-data03')
    expect(plan.effects).to.include('stop and start elasticsearch on es-data03')
    expect(plan.waves).to.deep.equal([['es-data03', 'es-master02']])
    expect(await run(world.begin())).to.include({ outcome: 'succeeded' })
    const started = world.cluster.state.nodes.filter(({ starts }) => starts > 0).map(({ name }) => name)
    expect(started).to.have.members(['es-data03', 'es-master02'])
    expect(world.cluster.violations).to.deep.equal([])
    expect(platform.changed.size).to.equal(0)
  })

  it('restarts brokers whose config has changed, through the gates of theirs, before the nodes', async () => {
    const { world, platform, kafka } = running(({ changed }) => void changed.add('kafka02').add('es-data03'))
    const plan = planJson(await planOn(world.begin()))
    expect(plan.effects).to.include('stop and start kafka on kafka02')
    expect(plan.waves).to.deep.equal([['kafka02'], ['es-data03']])
    expect(await run(world.begin())).to.include({ outcome: 'succeeded' })
    expect(kafka.state.brokers.map(({ name }) => kafka.starts(name))).to.deep.equal([0, 1, 0])
    expect(kafka.violations).to.deep.equal([])
    expect(world.cluster.starts('es-data03')).to.equal(1)
    expect(platform.changed.size).to.equal(0)
    expect((await planOn(world.begin())).body.effects).to.deep.equal([])
  })

  it('is refused where brokers would refuse writes meanwhile, unless that is agreed', async () => {
    const { world, kafka } = running(({ changed }) => void changed.add('kafka02'))
    kafka.spoil('twoCopyTopic')
    expect(failureOf(await run(world.begin())).message).to.match(
      /^no_partition_would_refuse_writes: without kafka02/,
    )
    expect(await run(world.begin(), { during: 'min-insync=1' })).to.include({ outcome: 'succeeded' })
    expect(kafka.violations).to.deep.equal([])
  })

  it('leaves running nodes alone when told to, and says which of them are behind', async () => {
    const { world } = running(({ changed }) => void changed.add('es-data03'))
    const { body } = await planOn(world.begin(), { restart: 'none' })
    expect(body.notes.join()).to.include('elasticsearch goes on with an older config on es-data03')
    expect(await run(world.begin(), { restart: 'none' })).to.include({ outcome: 'succeeded' })
    expect(world.cluster.starts('es-data03')).to.equal(0)
  })

  it('says, in the plan and in the report, what a person has to see to', async () => {
    const { world, platform } = running(({ done, warnings }) => {
      done.delete('vault@vault01')
      warnings.set('kafka02', 'its certificate ends in 12 days').set('vault01', 'it is sealed')
    })
    const { body } = await planOn(world.begin())
    expect(body.notes).to.include('kafka on kafka02: its certificate ends in 12 days')
    expect(await run(world.begin())).to.include({ outcome: 'succeeded' })
    expect(platform.done.has('vault@vault01')).to.equal(true)
    const texts = (await world.journal.read('run-1'))
      .filter(({ type }) => type === 'remark')
      .map(({ text }) => text)
    expect(texts).to.include('vault on vault01: it is sealed')
  })

  it('is refused when a node would be restarted on a cluster that is not fit for it', async () => {
    const { world } = running(({ changed }) => void changed.add('es-data03'))
    world.cluster.set({ snapshots: [{ repository: 'elk_backup', snapshot: 'daily' }] })
    const error = failureOf(await run(world.begin()))
    expect(error).to.include({ code: 'GATE_REFUSED', exitCode: 2 })
    expect(error.message).to.include('no_snapshot_is_running')
    expect(playsOf(world)).to.deep.equal([])
  })

  it('changes only the systems and hosts that it is asked for', async () => {
    const world = begin(emptyPlatform())
    expect(await run(world.begin(), { only: 'base,kafka', limit: 'kafka' })).to.include({
      outcome: 'succeeded',
    })
    const kafka = 'kafka01 kafka02 kafka03'
    expect(playsOf(world)).to.deep.equal([`base.yml: ${kafka}`, `kafka.yml: ${kafka}`])
  })

  it('stops the rollout at a host that fails, names it, and goes on from there when it is mended', async () => {
    const world = begin(emptyPlatform())
    world.ansible.trouble('kafka02', 'fails', { playbook: 'kafka.yml' })
    const error = failureOf(await run(world.begin()))
    expect(error).to.include({ code: 'ANSIBLE_FAILED', exitCode: 1 })
    expect(error.message).to.include('kafka.yml stopped the rollout: kafka02: failed in')
    expect(playsOf(world).some(play => play.startsWith('elasticsearch'))).to.equal(false)
    world.ansible.mend('kafka02')
    const { engine, control } = world.begin()
    const end = await resumeRun(engine, deploy, 'run-1', 'resume', { acceptChanged: false }, control)
    expect(end).to.include({ outcome: 'succeeded' })
    expect(playsOf(world).filter(play => play.startsWith('base.yml'))).to.have.length(1)
  })

  it('names the hosts of which it is not known what happened to them', async () => {
    const world = begin(emptyPlatform())
    world.ansible.trouble('vault01', 'lost-after', { playbook: 'vault.yml' })
    const error = failureOf(await run(world.begin()))
    expect(error).to.include({ code: 'ANSIBLE_UNKNOWN', exitCode: 4 })
    expect(error.message).to.include('vault01')
  })

  for (const mode of ['from nothing', 'onto a running cluster'] as const) {
    it(`killed at any journal record ${mode} is carried on to the same end`, async function () {
      this.timeout(120_000)
      const make = (): FakeWorld =>
        mode === 'from nothing'
          ? begin(emptyPlatform())
          : running(({ changed }) => void changed.add('es-data03').add('es-coord01').add('kafka01')).world
      const whole = make().begin()
      expect(await run(whole)).to.include({ outcome: 'succeeded' })
      const failures: string[] = []
      for (let record = 1; record <= whole.life.appends; record++)
        for (const when of ['before', 'after'] as const)
          await killAndResume(make(), { record, when }).catch(thrown =>
            failures.push(`killed ${when} record ${record}: ${thrown.message}`),
          )
      expect(failures).to.deep.equal([])
    })
  }
})

async function killAndResume(world: FakeWorld, cut: Cut): Promise<void> {
  expect(await run(world.begin({ cut }))).to.equal('killed')
  const [begun] = await world.journal.runs()
  if (begun?.outcome === 'succeeded') return
  const { engine, control, life } = world.begin()
  const end =
    begun === undefined
      ? await run(world.begin())
      : await resumeRun(engine, deploy, begun.run, 'resume', { acceptChanged: false }, control)
  life.kill()
  expect(end).to.include({ outcome: 'succeeded' })
  expect(world.cluster.violations).to.deep.equal([])
  expect(Math.max(...world.cluster.state.nodes.map(({ starts }) => starts))).to.be.at.most(1)
  const after = await planOn(world.begin())
  expect(after.body.effects).to.deep.equal([])
}
