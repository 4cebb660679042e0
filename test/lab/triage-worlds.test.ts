// Broken worlds on three real servers: what is wrong is known, for it was done on purpose. Triage has to name it first, and what it says
// to do first has to heal it, or has to say that nothing can. The worlds follow each other on one lab; each puts back what it did.
import { expect } from 'chai'
import type { Cause, Diagnosis } from '../../runbooks/triage/diagnosis.ts'
import { takeDown } from '../../src/lab/down.ts'
import { listFaults } from '../../src/lab/faults/node-faults.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { isLong } from './support/long.ts'
import { type OpsProcess, opsOn, tellEnd } from './support/ops.ts'
import { type Hand, takeInHand } from './triage-worlds/hand.ts'
import { takeFirstRemedy } from './triage-worlds/heal.ts'
import { worldsOfCopies } from './triage-worlds/of-copies.ts'
import { worldsOfNodes } from './triage-worlds/of-nodes.ts'
import { worldsOfSettings } from './triage-worlds/of-settings.ts'
import type { World } from './triage-worlds/world.ts'

const net = '127.0.83'
const talk = () => {}

/** The one with the masters is the last: the cluster remembers for half an hour that its master has changed often. */
const worlds: readonly World[] = [...worldsOfSettings, ...worldsOfCopies, ...worldsOfNodes]

interface Row {
  readonly world: string
  readonly truth: string
  readonly said: string
  readonly healedBy: string
  readonly seconds: number
}

describe('triage of broken worlds', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  const rows: Row[] = []
  let lab: Lab
  let hand: Hand
  let ops: OpsProcess

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    hand = takeInHand(lab)
    ops = opsOn(directory.path)
  })
  after(async () => {
    hand?.[Symbol.dispose]()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
    console.log(render(rows))
  })

  it('are twenty at least, each with a name of its own', () => {
    expect(new Set(worlds.map(({ name }) => name)).size)
      .to.equal(worlds.length)
      .and.to.be.at.least(20)
  })

  for (const world of worlds.filter(({ isSlow }) => isLong || !isSlow)) {
    it(`names first: ${world.name} (${world.cause})`, async () => {
      const began = performance.now()
      const row = { world: world.name, truth: world.cause, said: 'nothing', healedBy: 'nothing' }
      try {
        await world.make(hand)
        const first = await askTriage()
        row.said = first?.id ?? 'no cause'
        expect(first?.id, tellCause(first)).to.equal(world.cause)
        row.healedBy = await heal(world, first as Cause)
      } finally {
        rows.push({ ...row, seconds: Math.round((performance.now() - began) / 1000) })
        await world.end(hand)
        await hand.becomeWhole()
      }
      expect(await listFaults(lab)).to.deep.equal([])
    })
  }

  async function askTriage(): Promise<Cause | undefined> {
    const end = await ops(['--json', 'run', 'triage', '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const planned = end.records.find(({ type }) => type === 'run.planned') as
      | { readonly details?: { readonly diagnosis?: Diagnosis } }
      | undefined
    const causes = planned?.details?.diagnosis?.causes ?? []
    if (process.env.OPS_TELL !== undefined) console.log(JSON.stringify(planned?.details, null, 1))
    return causes[0]
  }

  async function heal(world: World, cause: Cause): Promise<string> {
    if (world.heals === 'loss') {
      expect(cause.remedies[0]?.text).to.include('nothing without loss of data can heal this')
      return 'nothing without loss'
    }
    if (world.heals === 'remedy') expect(cause.remedies[0]?.do, tellCause(cause)).to.not.equal('advise')
    await world.mend?.(hand)
    const by = await takeFirstRemedy(ops, cause)
    if (world.isHealed) {
      const isHealed = world.isHealed
      await hand.until('it is healed', () => isHealed(hand))
    }
    await hand.becomeWhole()
    return world.mend === undefined || by === 'a person' ? by : `a person, then ${by}`
  }
})

const tellCause = (cause: Cause | undefined): string =>
  cause === undefined
    ? 'no cause at all'
    : [cause.sentence, ...cause.evidence, ...cause.remedies.map(one => `-> ${one.text}`)].join('\n')

function render(rows: readonly Row[]): string {
  const lines = [
    ['world', 'true cause', 'first cause', 'healed by', 'seconds'],
    ...rows.map(({ world, truth, said, healedBy, seconds }) => [world, truth, said, healedBy, `${seconds}`]),
  ]
  const widths = [0, 1, 2, 3, 4].map(at => Math.max(...lines.map(line => line[at]?.length ?? 0)))
  return lines
    .map(line =>
      line
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
