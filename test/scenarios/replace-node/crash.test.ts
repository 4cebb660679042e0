// A replacement that is killed before and after every one of its records: carried on it ends with the new node in the place of the old one,
// aborted with nothing left over but a new node that has become a member.
import { expect } from 'chai'
import { describeKilled, type KilledCase } from '../remove-node/killed.ts'
import {
  expectAllAssigned,
  expectClean,
  expectGone,
  expectStays,
  indexSpec,
  nodeOf,
  type RemoveWorld,
  withShutdownApi,
} from '../remove-node/world.ts'
import { begin, carryOn, expectMember, start, warm } from './world.ts'

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

const old = 'es-data05'
const fresh = 'es-data07'

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

const replacement = (beginOne: () => RemoveWorld): KilledCase => ({
  begin: beginOne,
  start: process => start(process, { ...warm, soak: '2s' }),
  carryOn: ({ world }, mode, cut) => carryOn(world.begin(cut === undefined ? {} : { cut }), mode),
  stopped: old,
  expectDone: self => {
    expectGone(self, old)
    expectMember(self, fresh)
    expectClean(self)
  },
  expectEither,
})

describe('replace-node, killed at every record', () => {
  describeKilled('ends with the new node in place', {
    'copy by copy': replacement(small),
    'by the shutdown API': replacement(() => withShutdownApi(small())),
  })
})
