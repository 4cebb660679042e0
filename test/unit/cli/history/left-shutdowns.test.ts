// What the doctor says of node-shutdown records: whose they are, and what removes each. Cases of the pure part, and one real one: a
// removal that was killed.
import { expect } from 'chai'
import { explainLeftShutdowns, type KnownRun } from '../../../../src/cli/history/left-shutdowns.ts'
import { begin, start, withShutdownApi } from '../../../scenarios/remove-node/world.ts'

const members = [{ id: 'id-5', name: 'es-data05' }]
const record = (reason: string, nodeId = 'id-5') => ({
  ...{ nodeId, reason },
  type: 'remove',
  status: 'in_progress',
})
const run = (more: Partial<KnownRun> = {}): KnownRun => ({
  ...{ run: 'run-1', outcome: null, alive: false, undoing: false },
  ...more,
})
const mendOf = (known: readonly KnownRun[]) =>
  explainLeftShutdowns([record('ops run-1')], members, known).map(({ mend }) => mend)

describe('node-shutdown records that were left', () => {
  it('are named by the node, with the run that announced them', () => {
    const [found] = explainLeftShutdowns([record('ops run-1')], members, [run()])
    expect(found?.about).to.equal('node-shutdown record of es-data05')
    expect(found?.what).to.equal('remove was announced by run run-1, and nobody looks after it')
  })

  it('are named by the id where the node has left', () => {
    const [found] = explainLeftShutdowns([record('ops run-1', 'id-9')], members, [run()])
    expect(found?.about).to.equal('node-shutdown record of node id-9')
  })

  it('are taken back by the run that can still go on, or be ended', () => {
    const both = 'ops resume run-1 carries it on, ops abort run-1 withdraws it'
    expect(mendOf([run()])).to.deep.equal([both])
    expect(mendOf([run({ outcome: 'failed' })])).to.deep.equal([both])
    expect(mendOf([run({ undoing: true })])).to.deep.equal(['ops abort run-1 withdraws it'])
  })

  it('are deleted by hand where no run of this state directory can do it', () => {
    const byHand = ['when nobody works on that node: DELETE /_nodes/id-5/shutdown']
    expect(mendOf([])).to.deep.equal(byHand)
    expect(mendOf([run({ outcome: 'succeeded' })])).to.deep.equal(byHand)
    expect(mendOf([run({ outcome: 'aborted' })])).to.deep.equal(byHand)
  })

  it('are nothing to mend while their run is alive, or where somebody else has announced them', () => {
    expect(mendOf([run({ alive: true })])).to.deep.equal([])
    expect(explainLeftShutdowns([record('upgrade by hand')], members, [run()])).to.deep.equal([])
  })

  it('are found after a removal that was killed while its node gave copies away', async () => {
    const { world } = withShutdownApi(begin())
    const process = world.begin()
    const killing = (async () => {
      while (world.cluster.state.shutdowns.length === 0) await world.clock.sleep(100)
      process.life.kill()
    })()
    expect(await start(process, { name: 'es-data05', soak: '2s' })).to.equal('killed')
    await killing
    const { elasticsearch } = world.begin().engine
    const runs = (await world.journal.runs()).map(({ run, outcome }) => ({
      ...{ run, outcome },
      ...{ alive: false, undoing: false },
    }))
    const found = explainLeftShutdowns(await elasticsearch.shutdowns(), await elasticsearch.members(), runs)
    expect(found.map(({ about, mend }) => [about, mend])).to.deep.equal([
      ['node-shutdown record of es-data05', 'ops resume run-1 carries it on, ops abort run-1 withdraws it'],
    ])
  })
})
