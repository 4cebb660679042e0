import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import {
  decideState,
  explainContainer,
  hostsStatus,
  renderHostsStatus,
} from '../../../../src/lab/hosts/status.ts'
import { parseUnit } from '../../../../src/lab/hosts/units.ts'
import { makeDirectory } from '../../lab/fake-lab.ts'
import { inspectionOf, makeHosts, makeTool, withTools } from './fake-hosts.ts'

const unit = (load: string, active: string, pid = 0) =>
  `LoadState=${load}\nActiveState=${active}\nMainPID=${pid}\n`
const listening = 'LISTEN 0 4096 0.0.0.0:9200 0.0.0.0:*\n'

describe('the state of a service on a host', () => {
  const stateOf = (text: string) => decideState(parseUnit(text)).state

  it('follows its unit and its port', () => {
    expect(stateOf(unit('loaded', 'active', 9) + listening)).to.equal('running')
    expect(stateOf(unit('loaded', 'active', 9))).to.equal('starting')
    expect(stateOf(unit('loaded', 'activating'))).to.equal('starting')
    expect(stateOf(unit('loaded', 'inactive'))).to.equal('stopped')
    expect(stateOf(unit('loaded', 'failed'))).to.equal('failed')
    expect(stateOf(unit('not-found', 'inactive'))).to.equal('not installed')
    expect(stateOf('nonsense')).to.equal('silent')
  })

  it('has a process only where one runs', () => {
    expect(decideState(parseUnit(unit('loaded', 'active', 9))).pid).to.equal(9)
    expect(decideState(parseUnit(unit('loaded', 'inactive'))).pid).to.equal(null)
  })
})

describe('the state of a host', () => {
  it('comes before that of its service', () => {
    const container = {
      id: '1',
      name: 'a',
      running: true,
      paused: false,
      pid: 1,
      startedAt: '',
      networks: ['n'],
    }
    expect(explainContainer(container, 'n')).to.equal(undefined)
    expect(explainContainer(undefined, 'n')).to.equal('absent')
    expect(explainContainer({ ...container, paused: true }, 'n')).to.equal('paused')
    expect(explainContainer({ ...container, running: false }, 'n')).to.equal('stopped host')
    expect(explainContainer({ ...container, networks: ['bridge'] }, 'n')).to.equal('disconnected')
  })
})

describe('the status of the lab of hosts', () => {
  async function statusOf(exec: string) {
    using directory = makeDirectory()
    using _tools = withTools(directory.path)
    const lab = makeHosts(directory.path, ['es-data01', 'es-coord01', 'kafka01', 'logstash01', 'vault01'])
    mkdirSync(lab.paths.ca)
    writeFileSync(join(lab.paths.ca, 'ca.crt'), '')
    const containers = [
      { name: 'es-data01' },
      { name: 'es-coord01' },
      { name: 'kafka01', paused: true },
      { name: 'logstash01' },
    ]
    const inspect = inspectionOf(containers)
    makeTool(directory.path, 'docker', { version: '20.10', ps: 'id\n', inspect, exec })
    return { status: await hostsStatus(lab), root: lab.paths.root }
  }

  it('has the shape that is promised, each part only where it runs', async () => {
    const { status, root } = await statusOf(unit('loaded', 'active', 42) + listening)
    expect(status.nodes[0]).to.deep.equal({
      name: 'es-data01',
      service: 'elasticsearch',
      address: '192.168.56.21',
      port: 9200,
      pid: 42,
      state: 'running',
    })
    expect(status.nodes.map(node => `${node.name} ${node.state}`)).to.deep.equal([
      'es-data01 running',
      'es-coord01 running',
      'kafka01 paused',
      'logstash01 up',
      'vault01 absent',
    ])
    expect(status.elasticsearch).to.deep.equal({
      urls: ['https://192.168.56.31:9200'],
      caFile: `${root}/ca/ca.crt`,
      username: 'elastic',
      passwordFile: `${root}/secrets/elastic.password`,
    })
    expect(status).not.to.have.any.keys('kafka', 'vault')
  })

  it('is there before anything is installed', async () => {
    const { status } = await statusOf(unit('not-found', 'inactive'))
    expect(status.nodes[0]).to.include({ state: 'not installed', pid: null })
    expect(status).to.have.all.keys('nodes')
  })

  it('is a table for people', async () => {
    const { status } = await statusOf(unit('loaded', 'active', 42) + listening)
    expect(renderHostsStatus(status).split('\n')[0]).to.equal(
      'es-data01   192.168.56.21:9200   elasticsearch  running        process 42',
    )
  })
})
