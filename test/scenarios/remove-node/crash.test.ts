// A removal that is killed before and after every one of its records: carried on it ends with the node gone, aborted with nothing left over,
// and at no moment a write fails.
import type { JsonObject } from '../../../src/ports/json.ts'
import { describeKilled, type KilledCase } from './killed.ts'
import {
  begin,
  carryOn,
  expectAllAssigned,
  expectClean,
  expectGone,
  expectStays,
  type RemoveWorld,
  start,
  withShutdownApi,
} from './world.ts'

interface Removal {
  readonly begin?: () => RemoveWorld
  readonly params: JsonObject
  readonly waivers?: ReadonlyMap<string, string>
  readonly names: readonly [string, ...string[]]
}

function removalOf({ begin: beginOne = begin, params, waivers, names }: Removal): KilledCase {
  const isOut = ({ world }: RemoveWorld, name: string) => !world.inventoryFile.names.includes(name)
  return {
    begin: beginOne,
    start: process => start(process, params, waivers),
    carryOn: async (self, mode, cut) => {
      const end = await carryOn(self.world.begin(cut === undefined ? {} : { cut }), mode)
      // A waiver that was not yet on record has to be given again; nothing was touched by then.
      return end !== 'killed' && end.outcome === 'refused' && waivers !== undefined
        ? start(self.world.begin(), params, waivers)
        : end
    },
    stopped: names.at(-1) ?? names[0],
    expectDone: self => {
      expectGone(self, ...names)
      expectClean(self)
    },
    expectEither: async self => {
      expectClean(self)
      expectGone(self, ...names.filter(name => isOut(self, name)))
      expectStays(self, ...names.filter(name => !isOut(self, name)))
      await self.world.clock.sleep(120_000)
      expectAllAssigned(self)
      expectClean(self)
    },
  }
}

describe('remove-node, killed at every record', () => {
  describeKilled('ends without it', {
    'a data node, drained by an exclusion': removalOf({
      params: { name: 'es-data05', soak: '2s' },
      names: ['es-data05'],
    }),
    'a data node, drained by the shutdown API': removalOf({
      begin: () => withShutdownApi(begin()),
      params: { name: 'es-data05', soak: '2s' },
      names: ['es-data05'],
    }),
    'a data node and a master': removalOf({
      params: { name: 'es-data06,es-master03', soak: '2s' },
      waivers: new Map([['masters_survive_a_loss', 'a fourth one comes tomorrow']]),
      names: ['es-data06', 'es-master03'],
    }),
  })
})
