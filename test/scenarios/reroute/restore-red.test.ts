// A red index comes back from a snapshot: restored beside it and compared first, put in its place only when another person says yes.
import { expect } from 'chai'
import { rerouteWith } from '../../../runbooks/reroute/reroute-with.ts'
import { approveRun } from '../../../src/engine/approvals.ts'
import type { RunEnd } from '../../../src/engine/run.ts'
import type { Cut } from '../../support/fake-world/fake-process.ts'
import {
  backedUp,
  carryOn,
  corrupt,
  crm8,
  crm9,
  indexNames,
  nginx,
  nightly,
  type RestoreWorld,
  remarksOf,
  repository,
  run,
} from '../restore/world.ts'
import { cause, copy, diagnosis, remedy } from './diagnoses.ts'

const restored = `restored-run-1-${crm8}`
const all = ['.security-7', crm8, crm9, nginx]

const runbook = rerouteWith(async look => {
  const red = (await look.allocation.unassigned()).filter(({ primary, index }) => primary && index === crm8)
  if (red.length === 0) return diagnosis([], { status: 'green' })
  const again = remedy({ do: 'restore', indices: [crm8], repository, snapshot: nightly }, 'loses-data')
  return diagnosis([cause('no_valid_copy', [again], [copy(crm8)])])
})

const params = { maxRisk: 'loses-data', acceptLoss: `${crm8}/all` }

/** Both disks that had it are gone. */
async function redWorld(): Promise<RestoreWorld> {
  const made = await backedUp()
  const { cluster, clock } = made.world
  const copies = cluster.state.indices.find(({ name }) => name === crm8)?.shards[0]?.copies ?? []
  for (const { node } of copies) {
    const name = cluster.state.nodes.find(({ id }) => id === node)?.name ?? ''
    cluster.act({ do: 'corrupt-copy', node: name, index: crm8, shard: 0 })
  }
  await clock.sleep(60_000)
  return made
}

const begin = ({ world }: RestoreWorld, cut?: Cut) =>
  run(world.begin(cut === undefined ? {} : { cut }), params, new Map(), runbook)
const approve = ({ world }: RestoreWorld) => approveRun(world.begin({ actor: 'ben' }).engine, 'run-1')
const goOn = ({ world }: RestoreWorld, mode: 'resume' | 'abort' = 'resume', cut?: Cut) =>
  carryOn(world.begin(cut === undefined ? {} : { cut }), mode, 'run-1', runbook)
const outcomeOf = (end: RunEnd | 'killed'): string =>
  end === 'killed' ? end : `${end.outcome}${end.outcome === 'failed' ? `: ${end.error?.message}` : ''}`
const isRed = ({ world }: RestoreWorld, name: string): boolean =>
  world.cluster.state.indices
    .find(one => one.name === name)
    ?.shards.some(({ copies }) => copies.some(one => one.primary && one.state === 'UNASSIGNED')) === true

describe('reroute of a red index that a snapshot has', () => {
  it('needs the name of the index, and touches nothing without it', async () => {
    const made = await redWorld()
    const end = await run(made.world.begin(), { maxRisk: 'loses-data' }, new Map(), runbook)
    expect(outcomeOf(end)).to.match(/^failed: nothing more that may be done helps/)
    expect(indexNames(made)).to.deep.equal([...all].sort())
  })

  it('restores it beside the red one, and waits for the word of another person', async () => {
    const made = await redWorld()
    const end = await begin(made)
    expect(outcomeOf(end)).to.equal('waiting')
    expect(end === 'killed' ? '' : end.error?.message).to.match(
      /in the place of the red .* since 2025-04-10T08:\d\d:\d\dZ is lost/,
    )
    expect(isRed(made, crm8)).to.equal(true)
    expect(indexNames(made)).to.deep.equal([...all, restored].sort())
  })

  it('puts it in its place then, under its name', async () => {
    const made = await redWorld()
    await begin(made)
    await approve(made)
    expect(outcomeOf(await goOn(made))).to.equal('succeeded')
    const { indices } = made.world.cluster.state
    expect(indices.find(({ name }) => name === restored)?.aliases).to.deep.equal([crm8])
    expect(indexNames(made)).to.not.include(crm8)
    expect(await remarksOf(made)).to.match(
      /restored from daily_2025-04-10; what was written since .* is lost/,
    )
  })

  it('aborted while it waits, deletes what it has restored and leaves the red one', async () => {
    const made = await redWorld()
    await begin(made)
    expect(outcomeOf(await goOn(made, 'abort'))).to.equal('aborted')
    expect(indexNames(made)).to.deep.equal([...all].sort())
  })

  it('deletes again what is not what the manifest says', async () => {
    const made = await redWorld()
    corrupt(made, crm8)
    expect(outcomeOf(await begin(made))).to.match(/^failed/)
    expect(indexNames(made)).to.deep.equal([...all].sort())
    expect(await remarksOf(made)).to.match(/not restored/)
  })

  it('killed at every record, ends in place when it is carried on, and with nothing over when it is aborted', async function () {
    this.timeout(120_000)
    const failures: string[] = []
    for (let record = 1; ; record++) {
      let reached = false
      for (const mode of ['resume', 'abort'] as const)
        for (const when of ['before', 'after'] as const) {
          const made = await redWorld()
          if ((await begin(made, { record, when })) !== 'killed') continue
          reached = true
          const [begun] = await made.world.journal.runs()
          if (begun === undefined || begun.outcome === 'waiting') continue
          const end = outcomeOf(await goOn(made, mode))
          const wanted = mode === 'resume' ? [...all, restored] : all
          if (
            end !== (mode === 'resume' ? 'waiting' : 'aborted') ||
            indexNames(made).join() !== [...wanted].sort().join()
          )
            failures.push(`${mode} after a kill ${when} record ${record}: ${end}, ${indexNames(made).join()}`)
        }
      if (!reached) break
    }
    expect(failures).to.deep.equal([])
  })
})
