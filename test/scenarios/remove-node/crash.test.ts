// A removal that is killed before and after every one of its records: carried on it ends with the node gone, aborted with nothing left over,
// and at no moment a write fails.
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import {
  begin,
  carryOn,
  expectAllAssigned,
  expectClean,
  expectGone,
  expectStays,
  once,
  type RemoveWorld,
  start,
} from './world.ts'

interface Case {
  readonly begin: () => RemoveWorld
  readonly params: JsonObject
  readonly waivers?: ReadonlyMap<string, string>
  readonly names: readonly string[]
}

const withApi = (): RemoveWorld => {
  const self = begin()
  self.world.cluster.set({
    capabilities: { nodeShutdown: true, slm: false, ilm: false, machineLearning: false },
  })
  return self
}

const cases: Readonly<Record<string, Case>> = {
  'a data node, drained by an exclusion': {
    begin,
    params: { name: 'es-data05', soak: '2s' },
    names: ['es-data05'],
  },
  'a data node, drained by the shutdown API': {
    begin: withApi,
    params: { name: 'es-data05', soak: '2s' },
    names: ['es-data05'],
  },
  'a data node and a master': {
    begin,
    params: { name: 'es-data06,es-master03', soak: '2s' },
    waivers: new Map([['masters_survive_a_loss', 'a fourth one comes tomorrow']]),
    names: ['es-data06', 'es-master03'],
  },
}

const isOutOfInventory = (self: RemoveWorld, name: string): boolean =>
  !self.world.inventoryFile.names.includes(name)

/** Whoever is no host any more is gone, everybody else is as before. */
async function expectEither(self: RemoveWorld, names: readonly string[]): Promise<void> {
  expectClean(self)
  expectGone(self, ...names.filter(name => isOutOfInventory(self, name)))
  expectStays(self, ...names.filter(name => !isOutOfInventory(self, name)))
  await self.world.clock.sleep(120_000)
  expectAllAssigned(self)
  expectClean(self)
}

async function killAndCarryOn(one: Case, cut: Cut, mode: 'resume' | 'abort'): Promise<void> {
  const self = one.begin()
  const { world } = self
  const first = await start(world.begin({ cut }), one.params, one.waivers)
  if (first !== 'killed') throw new Error('it was not killed')
  const [begun] = await world.journal.runs()
  if (begun === undefined) {
    expect(await start(world.begin(), one.params, one.waivers)).to.include({ outcome: 'succeeded' })
  } else if (begun.outcome !== 'succeeded') {
    let end = await carryOn(world.begin(), mode)
    // A waiver that was not yet on record has to be given again; nothing was touched by then.
    if (end !== 'killed' && end.outcome === 'refused' && one.waivers !== undefined)
      end = await start(world.begin(), one.params, one.waivers)
    expect(end).to.include({ outcome: mode === 'resume' ? 'succeeded' : 'aborted', exitCode: 0 })
    if (mode === 'abort') return expectEither(self, one.names)
  }
  expectGone(self, ...one.names)
  expectClean(self)
}

async function killEverywhere(one: Case, mode: 'resume' | 'abort'): Promise<string[]> {
  const counted = one.begin().world.begin()
  expect(await start(counted, one.params, one.waivers)).to.include({ outcome: 'succeeded' })
  const failures: string[] = []
  for (let record = 1; record <= counted.life.appends; record++)
    for (const when of ['before', 'after'] as const)
      await killAndCarryOn(one, { record, when }, mode).catch(thrown =>
        failures.push(`killed ${when} record ${record}: ${thrown.message}`),
      )
  return failures
}

/** Killed right after the stop, and the abort killed at every record of its own. */
async function killUndoEverywhere(one: Case, stopped: string): Promise<string[]> {
  const failures: string[] = []
  for (let record = 1; ; record++) {
    const self = one.begin()
    const { world } = self
    const process = world.begin()
    void once(
      self,
      () => !world.cluster.isRunning(stopped),
      () => process.life.kill(),
    )
    expect(await start(process, one.params, one.waivers)).to.equal('killed')
    const end = await carryOn(world.begin({ cut: { record, when: 'after' } }), 'abort')
    if (end !== 'killed') {
      expect(record, 'records of an abort').to.be.greaterThan(4)
      return failures
    }
    try {
      const [run] = await world.journal.runs()
      if (run?.outcome !== 'aborted')
        expect(await carryOn(world.begin(), 'abort')).to.include({ outcome: 'aborted' })
      await expectEither(self, one.names)
    } catch (thrown) {
      failures.push(`abort killed after record ${record}: ${(thrown as Error).message}`)
    }
  }
}

describe('remove-node, killed at every record', () => {
  for (const [what, one] of Object.entries(cases)) {
    it(`carried on, ends without ${what}`, async function () {
      this.timeout(120_000)
      expect(await killEverywhere(one, 'resume')).to.deep.equal([])
    })
    it(`aborted, leaves nothing over of ${what}`, async function () {
      this.timeout(120_000)
      expect(await killEverywhere(one, 'abort')).to.deep.equal([])
    })
    it(`aborted and killed in that as well, leaves nothing over of ${what}`, async function () {
      this.timeout(120_000)
      const last = one.names.at(-1) ?? ''
      expect(await killUndoEverywhere(one, last)).to.deep.equal([])
    })
  }
})
