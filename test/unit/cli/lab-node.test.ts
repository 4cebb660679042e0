// `ops lab node` as it is typed, on the state of a lab without a server.
import { mkdirSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { labPaths } from '../../../src/lab/paths.ts'
import { makeLab } from '../lab/fake-lab.ts'
import { opsCalls } from './capture-ops.ts'

describe('ops lab node', () => {
  const { ops, state, folder, end } = opsCalls()
  after(end)

  it('says that there is no lab', async () => {
    const { status, stderr } = await ops(['lab', 'node', 'new', 'es-data06', '--like', 'es-data03'])
    expect(status).to.equal(1)
    expect(stderr).to.match(/no lab is up[\s\S]*LAB_NOT_UP/)
  })

  it('needs to know which node it is to be like', async () => {
    const { status, stderr } = await ops(['lab', 'node', 'new', 'es-data06'])
    expect(status).to.equal(64)
    expect(stderr).to.include("required option '--like <node>' not specified")
  })

  describe('where there is a lab', () => {
    before(() => {
      const paths = labPaths(state)
      const lab = makeLab(folder, '').state
      mkdirSync(paths.root, { recursive: true })
      const newcomers = [{ name: 'es-node04', like: 'es-node01', last: 54 }]
      writeFileSync(paths.state, JSON.stringify({ ...lab, newcomers }))
    })

    it('refuses a name that is taken, and names the models that there are', async () => {
      const taken = await ops(['lab', 'node', 'new', 'es-node04', '--like', 'es-node01'])
      expect(taken.status).to.equal(64)
      expect(taken.stderr).to.match(/has a node es-node04 already[\s\S]*ops lab node remove es-node04/)
      const unlike = await ops(['lab', 'node', 'new', 'es-node05', '--like', 'es-data01'])
      expect(unlike.status).to.equal(64)
      expect(unlike.stderr).to.match(/--like one of es-node01, es-node02, es-node03$/m)
    })

    it('removes a machine, and says so', async () => {
      const first = await ops(['--json', 'lab', 'node', 'remove', 'es-node04'])
      expect(JSON.parse(first.stdout)).to.deep.equal({ name: 'es-node04', changed: true })
      const { status, stdout } = await ops(['lab', 'status'])
      expect(status).to.equal(0)
      expect(stdout).to.include('es-node03').and.not.include('es-node04')
      expect((await ops(['lab', 'node', 'remove', 'es-node04'])).status).to.equal(64)
    })
  })
})
