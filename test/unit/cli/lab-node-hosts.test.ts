// `ops lab node` as it is typed where the lab is one of hosts: the same words, and what they cannot mean there is refused.
import { expect } from 'chai'
import { saveHosts } from '../../../src/lab/hosts/state.ts'
import { makeHosts } from '../lab/hosts/fake-hosts.ts'
import { opsCalls } from './capture-ops.ts'

describe('ops lab node on a lab of hosts', () => {
  const { ops, state, end } = opsCalls()
  before(() => saveHosts(makeHosts(state, ['es_data_warm'])))
  after(end)

  it('refuses a host that is in the table, and one to be like that the lab has not', async () => {
    const taken = await ops(['lab', 'node', 'new', 'kafka01', '--like', 'es-data03'])
    expect(taken.status).to.equal(64)
    expect(taken.stderr).to.match(/has a host kafka01 already/)
    const unlike = await ops(['lab', 'node', 'new', 'es-data06', '--like', 'kafka01'])
    expect(unlike.status).to.equal(64)
    expect(unlike.stderr).to.match(/no host kafka01[\s\S]*es-data03/)
  })

  it('refuses wrong settings: nothing is installed there that could have them', async () => {
    const words = [
      'lab',
      'node',
      'new',
      'es-data06',
      '--like',
      'es-data03',
      '--foreign-ca',
      '--like-version',
      '8',
    ]
    const { status, stderr } = await ops(words)
    expect(status).to.equal(64)
    expect(stderr).to.include('--foreign-ca and --like-version').and.include('nothing installed')
  })

  it('leaves the configuration to Ansible', async () => {
    const { status, stderr } = await ops(['lab', 'node', 'configure', 'es-data03'])
    expect(status).to.equal(64)
    expect(stderr).to.include('ops run deploy -i inventory/lab --limit es-data03')
  })
})
