// Tests of the verbs that need no other machine, in a state directory where nothing has happened yet.
import { expect } from 'chai'
import { opsCalls } from './capture-ops.ts'

describe('a fresh state directory', () => {
  const { ops, end } = opsCalls()
  after(end)

  it('has no run', async () => {
    const { status, stdout, stderr } = await ops(['runs'])
    expect({ status, stdout, stderr }).to.deep.equal({ status: 0, stdout: 'No run yet.', stderr: '' })
  })

  it('has an empty list of runs as JSON', async () => {
    expect((await ops(['runs', '--json'])).stdout).to.equal('[]')
  })

  it('has no lab, and says so with exit status 1', async () => {
    const { status, stderr } = await ops(['lab', 'status'])
    expect(stderr).to.match(/no lab is up[\s\S]*LAB_NOT_UP[\s\S]*ops lab up/)
    expect(status).to.equal(1)
  })

  it('is no reason for the doctor to look well: the inventory cannot be read', async () => {
    const { status, stdout } = await ops(['doctor', '--json'])
    expect(JSON.parse(stdout)).to.have.property('healthy', false)
    expect(status).to.equal(1)
  })
})

describe('ops runbooks', () => {
  const { ops, end } = opsCalls()
  after(end)

  it('lists every runbook with what it does', async () => {
    const { status, stdout } = await ops(['runbooks'])
    expect(stdout).to.match(/^deploy +Bring every host[\s\S]*^rolling-restart +Restart every node/m)
    expect(status).to.equal(0)
  })

  it('shows parameters with their flags, and gates with the outage that each prevents', async () => {
    const { stdout } = await ops(['runbooks', 'show', 'rolling-restart', '--json'])
    const { params, gates } = JSON.parse(stdout)
    expect(params).to.deep.include({
      name: 'soak',
      flag: '--soak',
      type: 'duration',
      description: 'How long a restarted node is watched before it counts as done',
      choices: [],
      default: '3s',
    })
    expect(gates[0]).to.have.all.keys('name', 'prevents', 'waivable')
  })
})
