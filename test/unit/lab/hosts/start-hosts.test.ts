// Which hosts are made, on a Docker and a Vagrant that only write down what they are told.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { dockerAt } from '../../../../src/lab/hosts/docker-client.ts'
import { greets, startContainers, waitForSsh } from '../../../../src/lab/hosts/start-hosts.ts'
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
  const address = '127.253.253.9'
  const isRoot = process.getuid?.() === 0 // port 22 is for root alone
  /** Every answer here comes by itself; this is only for one that never comes. */
  const longestMs = 20_000
  const listen = async (greeting: string) => {
    const server = createServer(socket => socket.end(greeting)).listen(22, address)
    await new Promise(resolve => server.once('listening', resolve))
    return server
  }
  const close = (server: Server) => new Promise(resolve => server.close(resolve))

  it('greets as ssh does; one that says something else, says nothing or is closed does not', async () => {
    if (!isRoot) return
    expect(await greets(address, longestMs)).to.equal(false)
    for (const [greeting, expected] of [
      ['SSH-2.0-OpenSSH_9.2\r\n', true],
      ['HTTP/1.1 400\r\n', false],
      ['', false],
    ] as const) {
      const server = await listen(greeting)
      expect(await greets(address, longestMs)).to.equal(expected)
      await close(server)
    }
  })

  it('is waited for until it lets users in, which is a moment after it greets', async () => {
    if (!isRoot) return
    using directory = makeDirectory()
    using _tools = withTools(directory.path)
    const lab = makeHosts(directory.path, ['kafka'])
    const [host] = lab.state.hosts as [(typeof lab.state.hosts)[number]]
    const calls = join(directory.path, 'docker.calls')
    // Its third answer is that the boot is through.
    const docker = `#!/bin/sh\necho "$*" >>'${calls}'\n[ "$(wc -l <'${calls}')" -ge 3 ]\n`
    writeFileSync(join(directory.path, 'docker'), docker, { mode: 0o755 })
    const server = await listen('SSH-2.0-OpenSSH_9.2\r\n')
    await waitForSsh(lab, [{ ...host, address }])
    await close(server)
    const asked = readFileSync(calls, 'utf8').trim().split('\n')
    expect(asked).to.have.length(3)
    expect(asked[0]).to.include(`exec ${host.name} `).and.to.include('/run/nologin')
  })
})
