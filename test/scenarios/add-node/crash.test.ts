// An addition that is killed before and after every one of its records. Carried on it ends with the node a member and its tier in balance;
// aborted, the node is a member in the inventory or neither, and nothing is left over.
import { expect } from 'chai'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import {
  type Addition,
  add,
  additionWorld,
  carryOn,
  expectAdded,
  expectTakenBack,
  expectTidy,
  isMember,
  manyIndices,
  warm,
} from './world.ts'

interface Case {
  readonly begin: () => Addition
  readonly params: Readonly<Record<string, string>>
  readonly name: string
}

const few = ['es-master01', 'es-master02', 'es-master03'].map(name => ({ name, roles: ['master'] }))
const nodes = [
  ...few,
  ...['es-data03', 'es-data04'].map(name => ({ name, roles: ['data_warm', 'data_content'] })),
]
const cases: Readonly<Record<string, Case>> = {
  'a data node': {
    begin: () =>
      additionWorld([{ ...warm, roles: ['data_warm', 'data_content'] }], {
        nodes,
        indices: manyIndices.slice(0, 3),
      }),
    params: { name: warm.name, group: 'es_data_warm', address: '127.0.9.6' },
    name: warm.name,
  },
  'two masters': {
    begin: () =>
      additionWorld(
        ['es-master04', 'es-master05'].map(name => ({ name, roles: ['master'] })),
        { nodes, indices: manyIndices.slice(0, 1) },
      ),
    params: { name: 'es-master04,es-master05', group: 'es_master', address: '127.0.9.6,127.0.9.7' },
    name: 'es-master05',
  },
}

async function killAndCarryOn(
  { begin, params, name }: Case,
  cut: Cut,
  mode: 'resume' | 'abort',
): Promise<void> {
  const addition = begin()
  const { world } = addition
  if ((await add(world.begin({ cut }), params)) !== 'killed') throw new Error('it was not killed')
  const [begun] = await world.journal.runs()
  if (begun?.outcome === 'succeeded') return expectAdded(addition, name)
  if (begun === undefined) return
  const end = await carryOn(world.begin(), mode)
  if (mode === 'resume') {
    expect(end).to.include({ outcome: 'succeeded' })
    return expectAdded(addition, name)
  }
  expect(end).to.include({ outcome: 'aborted', exitCode: 0 })
  for (const one of params.name?.split(',') ?? [])
    if (isMember(addition, one)) {
      expectTidy(addition)
      expect(world.inventoryFile.names).to.include(one)
    } else expectTakenBack(addition, one)
}

/** From the first effect on: what is before it touches nothing. */
async function killEverywhere(one: Case, mode: 'resume' | 'abort'): Promise<readonly string[]> {
  const addition = one.begin()
  expect(await add(addition.world.begin(), one.params)).to.include({ outcome: 'succeeded' })
  const records = await addition.world.journal.read('run-1')
  const first = records.findIndex(({ type }) => type === 'lock.acquired') + 1
  const failures: string[] = []
  for (let record = first; record <= records.length; record++)
    for (const when of ['before', 'after'] as const)
      await killAndCarryOn(one, { record, when }, mode).catch(thrown =>
        failures.push(`killed ${when} record ${record} (${records[record - 1]?.type}): ${thrown.message}`),
      )
  return failures
}

/** Some moments of the first process, and after each of them some of the second. */
async function killTwice(one: Case, last: 'resume' | 'abort'): Promise<readonly string[]> {
  const failures: string[] = []
  for (let record = 34; record <= 56; record += 4)
    for (let more = 2; more <= 20; more += 3) {
      const addition = one.begin()
      const { world } = addition
      if ((await add(world.begin({ cut: { record, when: 'after' } }), one.params)) !== 'killed') continue
      const second = await carryOn(world.begin({ cut: { record: more, when: 'after' } }), 'resume')
      const [begun] = await world.journal.runs()
      const end =
        second === 'killed' && begun?.outcome !== 'succeeded' ? await carryOn(world.begin(), last) : second
      const isWell =
        end === 'killed' || end.outcome === 'succeeded' || (last === 'abort' && end.outcome === 'aborted')
      const isBoth = isMember(addition, one.name) === world.inventoryFile.names.includes(one.name)
      try {
        expectTidy(addition)
        expect(isBoth, 'member and in the inventory, or neither').to.equal(true)
        expect(isWell, JSON.stringify(end)).to.equal(true)
      } catch (thrown) {
        failures.push(`killed after ${record}, then after ${more}: ${(thrown as Error).message}`)
      }
    }
  return failures
}

describe('add-node, killed at every record', function () {
  this.timeout(180_000)
  for (const [what, one] of Object.entries(cases))
    for (const mode of ['resume', 'abort'] as const)
      it(`of ${what}: ${mode === 'resume' ? 'carried on it ends added' : 'aborted it leaves nothing over'}`, async () => {
        expect(await killEverywhere(one, mode)).to.deep.equal([])
      })
  for (const mode of ['resume', 'abort'] as const)
    it(`and once more while it is carried on, then ${mode === 'resume' ? 'carried on again' : 'aborted'}`, async () => {
      for (const one of Object.values(cases)) expect(await killTwice(one, mode)).to.deep.equal([])
    })
})
