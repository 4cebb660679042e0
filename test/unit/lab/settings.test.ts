import { expect } from 'chai'
import { firstElection, renderJvmOptions, renderSettings } from '../../../src/lab/elasticsearch/settings.ts'
import { type LabNode, nodesOf } from '../../../src/lab/layout.ts'

const nodes = nodesOf('full', '127.0.1')
const coordinator = nodes.find(node => node.name === 'es-coord01') as LabNode
const directories = { dataDir: '/n/data', logsDir: '/n/logs', backupDir: '/n/backup' }

describe('the settings of a lab node', () => {
  const text = renderSettings({ node: coordinator, nodes, ...directories, official: false })

  it('gives a coordinating node an empty list of roles', () => {
    expect(text).to.include('\nnode.roles: []\n')
  })

  it('has TLS on HTTP and transport, and hosts checked by name', () => {
    expect(text).to.match(/transport\.ssl:\n {2}enabled: true\n {2}verification_mode: full/)
    expect(text).to.match(/http\.ssl:\n {2}enabled: true/)
  })

  it('looks for the masters alone', () => {
    expect(text).to.include('discovery.seed_hosts: ["127.0.1.11","127.0.1.12","127.0.1.13"]')
  })

  it('never holds the masters of the first election, which could make a second cluster later', () => {
    expect(text).not.to.include('initial_master_nodes')
    expect(firstElection(nodes)).to.equal(
      '-Ecluster.initial_master_nodes=es-master01,es-master02,es-master03',
    )
  })

  it('turns off what only an official archive has, and only there', () => {
    expect(text).not.to.include('xpack.ml')
    expect(renderSettings({ node: coordinator, nodes, ...directories, official: true })).to.include(
      'xpack.ml.enabled: false',
    )
  })

  it('gives an official home more heap', () => {
    expect(renderJvmOptions(coordinator, '/n', false)).to.include('-Xmx192m')
    expect(renderJvmOptions(coordinator, '/n', true)).to.include('-Xmx512m')
  })
})
