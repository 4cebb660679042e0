// Faults of hosts, on a Docker that only writes down what it is told.
import { existsSync } from 'node:fs'
import { expect } from 'chai'
import type { OpsError } from '../../../../src/errors/index.ts'
import { killService, listHostFaults, setFault } from '../../../../src/lab/hosts/faults/faults.ts'
import { type LastingFaultName, lastingFaults } from '../../../../src/lab/hosts/faults/lasting.ts'
import { commandOn } from '../../../../src/lab/hosts/on-host.ts'
import { makeDirectory } from '../../lab/fake-lab.ts'
import { makeHosts, makeTool, withTools } from './fake-hosts.ts'

const network = 'vagrant_network_192.168.56.0/24'

describe('faults of hosts', () => {
  for (const name of Object.keys(lastingFaults) as LastingFaultName[]) {
    it(`${name}: is done once, listed, undone once, and then forgotten`, async () => {
      using directory = makeDirectory()
      using _tools = withTools(directory.path)
      const lab = makeHosts(directory.path, ['kafka'])
      const calls = makeTool(directory.path, 'docker', {})
      await setFault(lab, { name, host: 'kafka01' })
      await setFault(lab, { name, host: 'kafka01' })
      expect(calls()).to.have.length.greaterThan(0)
      const after = calls().length
      expect(listHostFaults(lab)).to.deep.equal([
        { fault: name, target: 'kafka01', undo: `ops lab fault ${name} kafka01 --off` },
      ])
      await setFault(lab, { name, host: 'kafka01', off: true })
      expect(calls().length).to.be.greaterThan(after)
      const undone = calls().length
      await setFault(lab, { name, host: 'kafka01', off: true })
      expect(calls().length).to.equal(undone)
      expect(listHostFaults(lab)).to.deep.equal([])
      expect(existsSync(lab.paths.faults)).to.equal(false)
    })
  }

  it('give a host back the address that it had', async () => {
    using directory = makeDirectory()
    using _tools = withTools(directory.path)
    const lab = makeHosts(directory.path, ['kafka'])
    const calls = makeTool(directory.path, 'docker', {})
    await setFault(lab, { name: 'disconnect', host: 'kafka02' })
    await setFault(lab, { name: 'disconnect', host: 'kafka02', off: true })
    expect(calls()).to.deep.equal([
      `network disconnect ${network} kafka02`,
      `network connect --ip 192.168.56.42 ${network} kafka02`,
    ])
  })

  it('fill the disk where the service logs, or where they are told', async () => {
    using directory = makeDirectory()
    using _tools = withTools(directory.path)
    const lab = makeHosts(directory.path, ['kafka', 'logstash01'])
    const calls = makeTool(directory.path, 'docker', {})
    await setFault(lab, { name: 'disk-full', host: 'kafka01' })
    await setFault(lab, { name: 'disk-full', host: 'logstash01', directory: '/srv/x' })
    const said = calls().join('\n')
    expect(said).to.include('sh /var/log/kafka').and.to.include('sh /srv/x')
    expect(said).not.to.include('sh /var/log/lab')
  })

  it('are taken back and forgotten where they could not be done', async () => {
    using directory = makeDirectory()
    using _tools = withTools(directory.path)
    const lab = makeHosts(directory.path, ['kafka'])
    makeTool(directory.path, 'docker', {})
    process.env.PATH = '/nowhere'
    const error = await setFault(lab, { name: 'pause', host: 'kafka01' }).then(
      () => undefined,
      thrown => thrown as OpsError,
    )
    expect(error).to.have.property('code', 'LAB_FAILED')
    expect(listHostFaults(lab)).to.deep.equal([])
  })

  it('kill the process that systemd names, and only where there is one', async () => {
    using directory = makeDirectory()
    using _tools = withTools(directory.path)
    const lab = makeHosts(directory.path, ['kafka'])
    const exec = 'LoadState=loaded\nActiveState=active\nMainPID=77\n'
    const calls = makeTool(directory.path, 'docker', { exec })
    await killService(lab, 'kafka01')
    expect(calls().at(-1)).to.equal('exec kafka01 sh -c kill -9 "$1" sh 77')
    makeTool(directory.path, 'docker', { exec: exec.replace('77', '0') })
    const error = await killService(lab, 'kafka01').catch(thrown => thrown)
    expect(error).to.include({ code: 'USAGE', message: 'no service runs on kafka01' })
  })

  it('refuse a host that is not in the lab, and real machines', async () => {
    using directory = makeDirectory()
    const problem = (words: readonly string[], provider: 'docker' | 'libvirt', host: string) =>
      setFault(makeHosts(directory.path, words, provider), { name: 'pause', host }).catch(
        thrown => thrown.message,
      )
    expect(await problem(['kafka'], 'docker', 'es-data01')).to.include('no host es-data01')
    expect(await problem(['kafka'], 'libvirt', 'kafka01')).to.include('made by libvirt')
  })
})

describe('a command on a host', () => {
  it('goes into a container, or by ssh into a machine whose key is known', () => {
    using directory = makeDirectory()
    const containers = makeHosts(directory.path, ['kafka'])
    expect(commandOn(containers, 'kafka01', ['true'])).to.deep.equal(['docker', 'exec', 'kafka01', 'true'])
    const machines = makeHosts(directory.path, ['kafka'], 'virtualbox')
    const command = commandOn(machines, 'kafka01', ['echo', "it's"])
    expect(command).to.include('StrictHostKeyChecking=yes')
    expect(command.slice(-2)).to.deep.equal(['vagrant@192.168.56.41', "sudo 'echo' 'it'\\''s'"])
  })
})
