// A replacement that is killed before and after every one of its records: carried on it ends with the new node in the place of the old one,
// aborted with nothing left over but a new node that has become a member.
import { expect } from 'chai'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import type { FakeProcess } from '../../support/fake-world/fake-world.ts'
import {
  expectAllAssigned,
  expectClean,
  expectGone,
  expectStays,
  indexSpec,
  nodeOf,
  once,
  type RemoveWorld,
} from '../remove-node/world.ts'
import { begin, carryOn, expectMember, start as startWith, warm } from './world.ts'

interface Case {
  readonly begin: () => RemoveWorld
}

/** Two copies to move, and writes to watch. */
const small = (): RemoveWorld =>
  begin(undefined, {
    indices: [
      indexSpec('mysql-today', 'data_hot', { written: true, nodes: ['es-data06', 'es-data01'] }),
      indexSpec('mysql-old', 'data_warm', { nodes: ['es-data05', 'es-data03'] }),
      indexSpec('nginx-old', 'data_warm', { replicas: 0, nodes: ['es-data04'] }),
      indexSpec('audit-old', 'data_warm', { replicas: 0, nodes: ['es-data05'] }),
    ],
  })

const withApi = (): RemoveWorld => {
  const self = small()
  self.world.cluster.set({
    capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false },
  })
  return self
}

const cases: Readonly<Record<string, Case>> = {
  'copy by copy': { begin: small },
  'by the shutdown API': { begin: withApi },
}

const start = (process: FakeProcess) => startWith(process, { ...warm, soak: '2s' })

const old = 'es-data05'
const fresh = 'es-data07'

function expectReplaced(self: RemoveWorld): void {
  expectGone(self, old)
  expectMember(self, fresh)
  expectClean(self)
}

/** Whoever is a host is a member, and whoever is none has gone. */
async function expectEither(self: RemoveWorld): Promise<void> {
  expectClean(self)
  const { names } = self.world.inventoryFile
  if (names.includes(old)) expectStays(self, old)
  else expectGone(self, old)
  if (names.includes(fresh)) expectMember(self, fresh)
  else expect(nodeOf(self, fresh)).to.include({ running: false, joined: false })
  await self.world.clock.sleep(600_000)
  expectAllAssigned(self)
  expectClean(self)
}

async function killAndCarryOn(one: Case, cut: Cut, mode: 'resume' | 'abort'): Promise<void> {
  const self = one.begin()
  const { world } = self
  if ((await start(world.begin({ cut }))) !== 'killed') throw new Error('it was not killed')
  const [begun] = await world.journal.runs()
  if (begun === undefined) expect(await start(world.begin())).to.include({ outcome: 'succeeded' })
  else if (begun.outcome !== 'succeeded') {
    const end = await carryOn(world.begin(), mode)
    expect(end).to.include({ outcome: mode === 'resume' ? 'succeeded' : 'aborted', exitCode: 0 })
    if (mode === 'abort') return expectEither(self)
  }
  expectReplaced(self)
}

async function killEverywhere(one: Case, mode: 'resume' | 'abort'): Promise<string[]> {
  const counted = one.begin().world.begin()
  expect(await start(counted)).to.include({ outcome: 'succeeded' })
  const failures: string[] = []
  for (let record = 1; record <= counted.life.appends; record++)
    for (const when of ['before', 'after'] as const)
      await killAndCarryOn(one, { record, when }, mode).catch(thrown =>
        failures.push(`killed ${when} record ${record}: ${thrown.message}`),
      )
  return failures
}

/** Killed right after the old one was stopped, and the abort killed at every record of its own. */
async function killUndoEverywhere(one: Case): Promise<string[]> {
  const failures: string[] = []
  for (let record = 1; ; record++) {
    const self = one.begin()
    const { world } = self
    const process = world.begin()
    void once(
      self,
      () => !world.cluster.isRunning(old),
      () => process.life.kill(),
    )
    expect(await start(process)).to.equal('killed')
    const end = await carryOn(world.begin({ cut: { record, when: 'after' } }), 'abort')
    if (end !== 'killed') {
      expect(record, 'records of an abort').to.be.greaterThan(4)
      return failures
    }
    try {
      const [run] = await world.journal.runs()
      if (run?.outcome !== 'aborted')
        expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted' })
      await expectEither(self)
    } catch (thrown) {
      failures.push(`abort killed after record ${record}: ${(thrown as Error).message}`)
    }
  }
}

describe('replace-node, killed at every record', () => {
  for (const [what, one] of Object.entries(cases)) {
    it(`carried on, ends with the new node in place, ${what}`, async function () {
      this.timeout(120_000)
      expect(await killEverywhere(one, 'resume')).to.deep.equal([])
    })
    it(`aborted, leaves nothing over, ${what}`, async function () {
      this.timeout(120_000)
      expect(await killEverywhere(one, 'abort')).to.deep.equal([])
    })
    it(`aborted and killed in that as well, leaves nothing over, ${what}`, async function () {
      this.timeout(120_000)
      expect(await killUndoEverywhere(one)).to.deep.equal([])
    })
  }
})
