// The hash of a plan: the same while nothing that the plan depends on has changed, another one as soon as it has.
import { expect } from 'chai'
import { params as schema } from '../../../runbooks/rolling-restart/params.ts'
import { makePlan } from '../../../src/engine/plan.ts'
import { type FakeProcess, FakeWorld } from '../../support/fake-world/fake-world.ts'
import { rollingRestart } from '../../support/fake-world/restart.ts'

const planHash = async ({ engine }: FakeProcess, given = {}) =>
  (await makePlan(engine, rollingRestart, schema.parse(given) as never, new Map())).hash

describe('a plan', () => {
  it('has the same hash for the same world', async () => {
    expect(await planHash(new FakeWorld().begin())).to.equal(await planHash(new FakeWorld().begin()))
  })

  it('has the same hash later, while nothing it depends on has changed', async () => {
    const world = new FakeWorld()
    const first = await planHash(world.begin())
    world.clock.pass(3_600_000)
    expect(await planHash(world.begin())).to.equal(first)
  })

  const changes: Record<string, (world: FakeWorld) => void> = {
    'a node has another version': ({ cluster }) => cluster.spoil('mixedVersions'),
    'a copy lies elsewhere': ({ cluster }) => cluster.spoil('zeroReplicas'),
    'the inventory is another': ({ ansible }) =>
      ansible.setHosts([{ name: 'es-data01', groups: ['elasticsearch'] }]),
  }
  for (const [change, make] of Object.entries(changes)) {
    it(`has another hash when ${change}`, async () => {
      const world = new FakeWorld()
      const first = await planHash(world.begin())
      make(world)
      expect(await planHash(world.begin())).not.to.equal(first)
    })
  }

  it('has another hash for other parameters and for other code', async () => {
    const world = new FakeWorld()
    const first = await planHash(world.begin())
    expect(await planHash(world.begin(), { serial: true })).not.to.equal(first)
    expect(await planHash(world.begin({ version: 'v2' }))).not.to.equal(first)
  })
})
