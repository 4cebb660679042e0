// A machine that comes to a lab of hosts later, and goes again: what is decided and written down, on paper.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { recordFault } from '../../../../src/lab/hosts/faults/record.ts'
import { renderHostsInventory, writeHostsInventory } from '../../../../src/lab/hosts/inventory.ts'
import { describeHost, nextFree } from '../../../../src/lab/hosts/new-host.ts'
import { removeHost } from '../../../../src/lab/hosts/remove-host.ts'
import { findHosts, type HostsLab, saveHosts } from '../../../../src/lab/hosts/state.ts'
import { parseTable, readTable, usualMemoryMiB, withLater } from '../../../../src/lab/hosts/table.ts'
import { machineIdFile, vagrantEnvironment } from '../../../../src/lab/hosts/vagrant.ts'
import { makeDirectory } from '../fake-lab.ts'
import { inspectionOf, makeHosts, makeTool, withTools } from './fake-hosts.ts'

const newcomer = {
  name: 'es-data06',
  groups: ['elasticsearch', 'es_data_warm'],
  address: '192.168.56.26',
  memoryMiB: 2048,
}

/** A lab of which a machine is none of the table. */
function makeLab(stateDir: string): HostsLab {
  const lab = makeHosts(stateDir, ['es_data_warm'])
  lab.state.hosts.push({ ...newcomer, groups: [...newcomer.groups] })
  saveHosts(lab)
  return lab
}

describe('a host that comes to the lab later', () => {
  it('has the groups of the one it is like, and the next address that nobody has', () => {
    using directory = makeDirectory()
    const lab = makeHosts(directory.path, ['es_data_warm'])
    const request = { name: 'es-data06', like: 'es-data03' }
    expect(describeHost(lab, readTable(), request)).to.deep.equal(newcomer)
  })

  it('is refused for a name that is taken or is none, and for a host to be like that the lab has not', () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path)
    const known = withLater(readTable(), lab.state.hosts)
    const ask = (name: string, like: string) => () => describeHost(lab, known, { name, like })
    expect(ask('es-data06', 'es-data03')).to.throw(/already/)
    expect(ask('kafka01', 'es-data03')).to.throw(/already/)
    expect(ask('Es_1', 'es-data03')).to.throw(/no host can be called/)
    expect(ask('es-data07', 'kafka01')).to.throw(/no host kafka01/)
  })

  it('gets no address of another host, and none where the net is full', () => {
    const known = ['10.0.0.252', '10.0.0.254'].map(address => ({ address }))
    expect(nextFree('10.0.0.252', known)).to.equal('10.0.0.253')
    expect(() => nextFree('10.0.0.253', known)).to.throw(/no address after/)
  })

  it('is told to Vagrant, and is in no inventory: that is for runbooks to change', () => {
    using directory = makeDirectory()
    const lab = makeLab(directory.path)
    const { LAB_MORE = '{}' } = vagrantEnvironment(lab)
    expect(JSON.parse(LAB_MORE)).to.deep.include({
      'es-data06': { groups: newcomer.groups, address: newcomer.address, memory: 2048 },
    })
    const inventory = renderHostsInventory(lab, [], readTable()) as { lab_up: { hosts: string[] } }
    expect(inventory.lab_up.hosts).to.deep.equal(['es-data03', 'es-data04', 'es-data05'])
  })

  it('keeps the table readable when a runbook has written it there', () => {
    const hosts = parseTable('all: { hosts: { a: { ansible_host: 10.0.0.1 } } }')
    expect(hosts.map(({ memoryMiB }) => memoryMiB)).to.deep.equal([usualMemoryMiB])
  })
})

describe('a host that is taken away', () => {
  it('is gone with its faults and keys, and the others stay', async () => {
    using directory = makeDirectory()
    const tools = join(directory.path, 'bin')
    mkdirSync(tools)
    const calls = makeTool(tools, 'docker', {
      ps: 'id-es-data06',
      inspect: inspectionOf([{ name: 'es-data06' }]),
      version: '24',
    })
    using _ = withTools(tools)
    const lab = makeLab(directory.path)
    writeHostsInventory(lab, [], readTable())
    writeFileSync(lab.paths.knownHosts, 'es-data03,1 k\nes-data06,2 k\n')
    mkdirSync(dirname(machineIdFile(lab, 'es-data06')), { recursive: true })
    for (const target of ['es-data03', 'es-data06'])
      recordFault(lab, { fault: 'pause', target, since: '2025' })

    expect(await removeHost(directory.path, 'es-data06')).to.deep.equal({ name: 'es-data06', changed: true })
    expect(calls()).to.include('rm -f -v id-es-data06')
    const hosts = findHosts(directory.path)?.state.hosts ?? []
    expect(hosts.map(({ name }) => name)).to.deep.equal(['es-data03', 'es-data04', 'es-data05'])
    expect(readFileSync(lab.paths.knownHosts, 'utf8')).to.equal('es-data03,1 k\n')
    expect(readFileSync(lab.paths.faults, 'utf8')).to.include('es-data03').and.not.include('es-data06')
    expect(existsSync(dirname(machineIdFile(lab, 'es-data06')))).to.equal(false)
  })

  it('leaves the list of hosts that there are, too', async () => {
    using directory = makeDirectory()
    const tools = join(directory.path, 'bin')
    mkdirSync(tools)
    makeTool(tools, 'docker', { ps: '', version: '24' })
    using _ = withTools(tools)
    const lab = makeLab(directory.path)
    writeHostsInventory(lab, [], readTable())
    await removeHost(directory.path, 'es-data05')
    const { lab_up: up } = JSON.parse(readFileSync(lab.paths.inventory, 'utf8'))
    expect(up.hosts).to.deep.equal(['es-data03', 'es-data04'])
    expect(await removeHost(directory.path, 'es-data05')).to.deep.equal({ name: 'es-data05', changed: false })
  })

  it('is never the last one', async () => {
    using directory = makeDirectory()
    saveHosts(makeHosts(directory.path, ['vault01']))
    const refused = await removeHost(directory.path, 'vault01').catch((error: Error) => error.message)
    expect(refused).to.match(/the last host/)
  })
})
