// Which hosts are made, on a Docker and a Vagrant that only write down what they are told.
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { expect } from 'chai'
import { dockerAt } from '../../../../src/lab/hosts/docker-client.ts'
import { greets, startContainers } from '../../../../src/lab/hosts/start-hosts.ts'
import { explainVagrant, machineIdFile, readyHost } from '../../../../src/lab/hosts/vagrant.ts'
import { makeDirectory } from '../../lab/fake-lab.ts'
import { type FakeContainer, inspectionOf, makeHosts, makeTool, withTools } from './fake-hosts.ts'

describe('starting hosts', () => {
  /** What Docker and Vagrant are asked where these containers are there, `known` to Vagrant. */
  async function start(containers: readonly FakeContainer[], known: readonly string[]) {
    using directory = makeDirectory()
    using _tools = withTools(directory.path)
    const lab = makeHosts(directory.path, ['kafka'])
    for (const name of known) {
      const file = machineIdFile(lab, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `id-${name}`)
    }
    const docker = makeTool(directory.path, 'docker', {
      ps: containers.map(({ name }) => `id-${name}\n`).join(''),
      inspect: inspectionOf(containers),
      network: 'bridge\nvagrant_network_192.168.56.0/24\n',
    })
    const vagrant = makeTool(directory.path, 'vagrant', { up: '==> kafka03: Machine booted and ready!\n' })
    const said: string[] = []
    await startContainers(lab, dockerAt(undefined), lab.state.hosts, line => said.push(line))
    return { removed: docker().filter(call => call.startsWith('rm')), vagrant: vagrant(), said }
  }

  it('makes what is missing and leaves alone what runs', async () => {
    const { removed, vagrant, said } = await start(
      [{ name: 'kafka01' }, { name: 'kafka02' }],
      ['kafka01', 'kafka02'],
    )
    expect(vagrant).to.deep.equal(['up --provider=docker kafka03'])
    expect(removed).to.deep.equal([])
    expect(said).to.deep.equal(['starting 1 hosts', 'kafka03 is up (1 of 1)'])
  })

  it('asks nothing of Vagrant where all run', async () => {
    const all = ['kafka01', 'kafka02', 'kafka03']
    expect(
      (
        await start(
          all.map(name => ({ name })),
          all,
        )
      ).vagrant,
    ).to.deep.equal([])
  })

  it('has a stopped host started again', async () => {
    const all = ['kafka01', 'kafka02', 'kafka03']
    const containers = all.map(name => ({ name, running: name !== 'kafka02' }))
    const { removed, vagrant } = await start(containers, all)
    expect(vagrant).to.deep.equal(['up --provider=docker kafka02'])
    expect(removed).to.deep.equal([])
  })

  it('makes a host anew that was cut off while it was made', async () => {
    const { removed, vagrant } = await start(
      [{ name: 'kafka01' }, { name: 'kafka02' }, { name: 'kafka03', connected: false }],
      ['kafka01', 'kafka02'],
    )
    expect(removed).to.deep.equal(['rm -f -v id-kafka03'])
    expect(vagrant).to.deep.equal(['up --provider=docker kafka03'])
  })
})

describe('what Vagrant says', () => {
  it('tells which host is ready', () => {
    expect(readyHost('==> es-data01: Machine booted and ready!')).to.equal('es-data01')
    expect(readyHost('==> es-data01: Waiting for machine to boot.')).to.equal(undefined)
  })

  it('tells why it failed: what Docker said, else the line with the complaint', () => {
    const docker = ['==> a: Creating', 'Stderr: Error response from daemon: no such image', '', 'Stdout:']
    expect(explainVagrant(docker)).to.equal('Error response from daemon: no such image')
    expect(explainVagrant(['==> a: Importing', "The box 'x' could not be found", 'bye'])).to.include(
      'could not',
    )
    expect(explainVagrant([])).to.equal(undefined)
  })
})

describe('a host that answers', () => {
  const listen = async (greeting: string) => {
    const server = createServer(socket => socket.end(greeting)).listen(22, '127.253.253.9')
    await new Promise(resolve => server.once('listening', resolve))
    return server
  }

  it('greets as ssh does; one that is silent or closed does not', async () => {
    if (process.getuid?.() !== 0) return // port 22 is for root alone
    expect(await greets('127.253.253.9', 200)).to.equal(false)
    for (const [greeting, expected] of [
      ['SSH-2.0-OpenSSH_9.2\r\n', true],
      ['HTTP/1.1 400\r\n', false],
      ['', false],
    ] as const) {
      const server = await listen(greeting)
      expect(await greets('127.253.253.9', 200)).to.equal(expected)
      await new Promise(resolve => server.close(resolve))
    }
  })
})
