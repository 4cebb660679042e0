import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { OpsError } from '../../../src/errors/index.ts'
import { killNode, listFaults } from '../../../src/lab/faults/node-faults.ts'
import { refuse, stopRefusing } from '../../../src/lab/faults/refusals.ts'
import { nodePaths } from '../../../src/lab/paths.ts'
import { identify } from '../../../src/lab/process/identity.ts'
import { recordFile, writeRecord } from '../../../src/lab/records.ts'
import { findNode, nodeStatus, startNode, stopNode } from '../../../src/lab/service.ts'
import type { Lab } from '../../../src/lab/state.ts'
import { waitFor } from '../../../src/lab/wait.ts'
import { fakeNodes, makeDirectory, makeLab } from './fake-lab.ts'

const [node] = fakeNodes as readonly [(typeof fakeNodes)[number]]
const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    thrown => thrown as OpsError,
  )

describe('the service verbs', () => {
  let directory: ReturnType<typeof makeDirectory>
  let lab: Lab
  const said = () => readFileSync(nodePaths(lab.state.nodesRoot, node.name).output, 'utf8')
  /** A script has come as far as this when it has said so; that may be after its start has returned. */
  const untilSaid = (text: string) =>
    waitFor({
      stallMs: 20_000,
      everyMs: 20,
      look: async () => (said().includes(text) ? { result: undefined } : { progress: said() }),
      onStall: last => new OpsError('STALLED', { message: `it has not said ${text}, only ${last}` }),
    })
  beforeEach(() => {
    directory = makeDirectory()
    lab = makeLab(directory.path, 'echo up; exec sleep 60')
  })
  afterEach(async () => {
    if (findNode(lab, node)) await killNode(lab, node)
    directory[Symbol.dispose]()
  })

  it('start begins a process and, asked again, leaves it alone', async () => {
    const first = await startNode(lab, node)
    expect(first).to.include({ name: node.name, state: 'starting', changed: true })
    expect(await startNode(lab, node)).to.deep.equal({ ...first, changed: false })
  })

  it('stop ends it in good order and, asked again, does nothing', async () => {
    await startNode(lab, node)
    await untilSaid('up')
    expect(await stopNode(lab, node, 5000)).to.include({ state: 'stopped', changed: true })
    expect(await stopNode(lab, node, 5000)).to.include({ state: 'stopped', changed: false })
    const stopped = { name: node.name, state: 'stopped', pid: null, lastWords: 'up' }
    expect(await nodeStatus(lab, node)).to.deep.equal(stopped)
  })

  it('finds its process again where the record was lost', async () => {
    const { pid } = await startNode(lab, node)
    rmSync(recordFile(lab, node.name))
    expect((await startNode(lab, node)).pid).to.equal(pid)
    expect(await stopNode(lab, node, 5000)).to.include({ changed: true })
  })

  it('leaves a process alone that has taken over the recorded id', async () => {
    const own = identify(process.pid)
    if (!own) throw new Error('this process is there')
    writeRecord(lab, node.name, { ...own, startTicks: own.startTicks + 1 })
    expect(await stopNode(lab, node, 5000)).to.include({ changed: false })
  })

  it('says at once why a node ended in its first moment', async () => {
    lab = makeLab(directory.path, 'echo "Error: unknown setting [node.dat]" >&2; exit 1')
    const error = await failure(startNode(lab, node))
    expect(error).to.have.property('code', 'STEP_FAILED')
    expect(error).to.have.property('message').that.includes('unknown setting [node.dat]')
  })

  it('gives up on a node whose log stands still, and never kills it', async () => {
    lab = makeLab(directory.path, "trap '' TERM; echo deaf; while :; do sleep 0.2; done")
    await startNode(lab, node)
    await untilSaid('deaf')
    const error = await failure(stopNode(lab, node, 300))
    expect(error).to.have.property('code', 'STALLED')
    expect(error?.hint).to.include(`ops lab fault kill ${node.name}`)
    expect(findNode(lab, node)).not.to.equal(undefined)
  })

  it('delays a start, and a stop during the delay leaves nothing behind', async () => {
    lab = makeLab(directory.path, 'echo up; exec sleep 60', 30)
    await startNode(lab, node)
    await new Promise(resolve => setTimeout(resolve, 300))
    expect(said()).to.equal('')
    expect(await stopNode(lab, node, 5000)).to.include({ changed: true })
    expect(findNode(lab, node)).to.equal(undefined)
  })

  it('starts once the delay is over', async () => {
    lab = makeLab(directory.path, 'echo up; exec sleep 60', 0.4)
    await startNode(lab, node)
    await untilSaid('up\n')
    expect(said()).to.equal('up\n')
  })

  it('refuses a start for as long as a fault says so', async () => {
    refuse(lab.paths, node.name)
    const error = await failure(startNode(lab, node))
    expect(error?.hint).to.equal(`ops lab fault refuse-start ${node.name} --off`)
    expect((await listFaults(lab)).map(({ fault }) => fault)).to.include('refuse-start')
    stopRefusing(lab.paths, node.name)
    expect(await startNode(lab, node)).to.include({ changed: true })
  })

  it('gives the node no variable of ours', async () => {
    lab = makeLab(directory.path, 'env; echo all of it; exec sleep 60')
    process.env.OPS_CANARY_SECRET = 'canary'
    await startNode(lab, node)
    delete process.env.OPS_CANARY_SECRET
    await untilSaid('all of it')
    expect(said()).to.include(`OPS_LAB_NODE=${nodePaths(lab.state.nodesRoot, node.name).root}`)
    expect(said()).not.to.include('canary')
  })

  it('does not take a broken record for a process', async () => {
    await startNode(lab, node)
    writeFileSync(recordFile(lab, node.name), '{')
    expect(await stopNode(lab, node, 5000)).to.include({ changed: true })
  })
})
