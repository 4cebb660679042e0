// What the lab of hosts writes down: inventory, names, known hosts, secrets, archives.
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { packHome } from '../../../../src/lab/hosts/archives.ts'
import {
  makeIdentities,
  renderKnownHosts,
  renderNames,
  writeKnownHosts,
} from '../../../../src/lab/hosts/identities.ts'
import { debianSources, explainBuild } from '../../../../src/lab/hosts/image.ts'
import { containerVars, renderHostsInventory } from '../../../../src/lab/hosts/inventory.ts'
import { makeHostsSecrets } from '../../../../src/lab/hosts/secrets.ts'
import { findHosts, saveHosts } from '../../../../src/lab/hosts/state.ts'
import { readTable } from '../../../../src/lab/hosts/table.ts'
import { describeHosts, limitOf } from '../../../../src/lab/hosts/up.ts'
import { makeDirectory } from '../../lab/fake-lab.ts'
import { makeHosts } from './fake-hosts.ts'

describe('the inventory of the lab of hosts', () => {
  const archive = { product: 'kafka', version: '3.6.2', file: '/a/kafka.tar.gz', checksum: 'sha256:1' }

  it('gives paths of secrets and archives, no secret, and the hosts that there are', () => {
    using directory = makeDirectory()
    const lab = makeHosts(directory.path, ['kafka'])
    makeHostsSecrets(lab.paths)
    // biome-ignore lint/suspicious/noExplicitAny: Ansible reads it, not TypeScript
    const inventory = renderHostsInventory(lab, [archive], readTable()) as any
    expect(inventory.all.vars).to.include({
      kafka_archive: '/a/kafka.tar.gz',
      kafka_archive_checksum: 'sha256:1',
      kafka_version: '3.6.2',
      es_password_file: join(lab.paths.secrets, 'ops.password'),
    })
    expect(inventory.all.vars.ansible_ssh_common_args).to.include('StrictHostKeyChecking=yes')
    expect(inventory.lab_up.hosts).to.deep.equal(['kafka01', 'kafka02', 'kafka03'])
    const secret = readFileSync(join(lab.paths.secrets, 'ops.password'), 'utf8')
    expect(secret).to.have.length.greaterThan(20)
    expect(JSON.stringify(inventory)).not.to.include(secret)
  })

  it('leaves the clock to the machine only where hosts are containers', () => {
    using directory = makeDirectory()
    const varsOf = (provider: 'docker' | 'libvirt') =>
      (renderHostsInventory(makeHosts(directory.path, [], provider), [], []) as { all: { vars: object } }).all
        .vars
    expect(varsOf('docker')).to.include({ base_time_service: '' })
    expect(varsOf('libvirt')).to.include({ elasticsearch_content_repo_dir: '' })
    expect(varsOf('libvirt')).not.to.have.property('base_time_service')
    expect(containerVars(20_000)).to.include({ preflight_open_files: 20_000 })
    expect(containerVars(65_535)).not.to.have.property('preflight_open_files')
  })
})

describe('the keys of the lab', () => {
  it('are made once, for its owner alone, and every host is known by name and address', async () => {
    using directory = makeDirectory()
    const { paths, state } = makeHosts(directory.path, ['kafka'])
    await makeIdentities(paths, state.hosts)
    const first = readFileSync(paths.key, 'utf8')
    await makeIdentities(paths, state.hosts)
    expect(readFileSync(paths.key, 'utf8')).to.equal(first)
    expect(statSync(paths.key).mode & 0o777).to.equal(0o600)
    writeKnownHosts(paths, state.hosts)
    const known = readFileSync(paths.knownHosts, 'utf8').split('\n')
    expect(known[1]).to.match(/^kafka02,192\.168\.56\.42 ssh-ed25519 \S+$/)
    expect(readdirSync(paths.files).sort()).to.deep.equal([
      'hosts',
      'key.pub',
      'ssh_host_ed25519_key',
      'ssh_host_ed25519_key.pub',
    ])
  })

  it('give known_hosts one line a host', () => {
    const hosts = [{ name: 'a', address: '10.0.0.1', groups: [], memoryMiB: 1 }]
    expect(renderKnownHosts(hosts, 'ssh-ed25519 AAAA comment\n')).to.equal('a,10.0.0.1 ssh-ed25519 AAAA\n')
    expect(renderNames(hosts)).to.match(/^127\.0\.0\.1 localhost\n[\s\S]*\n10\.0\.0\.1 a\n$/)
  })

  it('and passwords keep their mode and their value', () => {
    using directory = makeDirectory()
    const { paths } = makeHosts(directory.path, [])
    makeHostsSecrets(paths)
    const file = join(paths.secrets, 'elastic.password')
    const first = readFileSync(file, 'utf8')
    makeHostsSecrets(paths)
    expect(readFileSync(file, 'utf8')).to.equal(first)
    expect(statSync(file).mode & 0o777).to.equal(0o600)
  })
})

describe('an archive', () => {
  it('is the same bytes for the same home, whenever it is packed, without what only this machine can use', async () => {
    using directory = makeDirectory()
    const home = join(directory.path, 'home')
    mkdirSync(join(home, 'bin'), { recursive: true })
    mkdirSync(join(home, 'runtime'))
    writeFileSync(join(home, 'bin', 'run'), 'x', { mode: 0o755 })
    writeFileSync(join(home, 'runtime', 'java'), 'x')
    const pack = async (name: string) => {
      const file = join(directory.path, name)
      await packHome({ home, without: ['runtime'] }, 'product-1.0', file)
      return createHash('sha256').update(readFileSync(file)).digest('hex')
    }
    const first = await pack('one.tar.gz')
    utimesSync(join(home, 'bin', 'run'), 1, 1)
    expect(await pack('two.tar.gz')).to.equal(first)
    const { stdout } = await execa('tar', ['-tzf', join(directory.path, 'one.tar.gz')])
    expect(stdout.split('\n')).to.deep.equal(['product-1.0/', 'product-1.0/bin/', 'product-1.0/bin/run'])
  })
})

describe('the image', () => {
  it("is built from this machine's own mirrors where it is a bookworm", () => {
    using directory = makeDirectory()
    expect(debianSources(directory.path)).to.equal('')
    writeFileSync(
      join(directory.path, 'sources.list'),
      'deb http://mirror/ bookworm main\ndeb http://other/ noble main\n',
    )
    expect(debianSources(directory.path)).to.equal('deb http://mirror/ bookworm main')
    mkdirSync(join(directory.path, 'sources.list.d'))
    const stanza = (suite: string) => `Types: deb\nURIs: http://m/\nSuites: ${suite}\nComponents: main\n`
    const both = `${stanza('bookworm bookworm-updates')}\n${stanza('nodistro')}`
    writeFileSync(join(directory.path, 'sources.list.d', 'debian.sources'), both)
    expect(debianSources(directory.path)).to.equal(stanza('bookworm bookworm-updates'))
  })

  it('that cannot be built says why and what to do', () => {
    expect(explainBuild('I: running\nE: apt-get update failed')).to.include({
      code: 'LAB_FAILED',
      message: 'the image of the hosts could not be built: apt-get update failed',
    })
    expect(explainBuild('tar: No space left on device').hint).to.include('disk')
  })
})

describe('what the lab of hosts remembers', () => {
  it('is read as it was written, and hosts are only ever added', () => {
    using directory = makeDirectory()
    saveHosts(makeHosts(directory.path, ['kafka']))
    const vault = makeHosts(directory.path, ['vault']).state.hosts
    const { state } = describeHosts({ stateDir: directory.path }, vault)
    expect(state.hosts.map(host => host.name)).to.deep.equal(['kafka01', 'kafka02', 'kafka03', 'vault01'])
    expect(state.createdAt).to.equal('2025-01-01T00:00:00.000Z')
  })

  it('keeps another provider and the embedded lab out', () => {
    using directory = makeDirectory()
    saveHosts(makeHosts(directory.path, ['kafka']))
    expect(() => describeHosts({ stateDir: directory.path, provider: 'libvirt' }, [])).to.throw(
      'made by docker',
    )
    using other = makeDirectory()
    mkdirSync(join(other.path, 'lab'))
    writeFileSync(join(other.path, 'lab', 'lab.json'), '{}')
    expect(() => describeHosts({ stateDir: other.path }, [])).to.throw('embedded lab')
  })

  it('that cannot be understood is an error with a remedy', () => {
    using directory = makeDirectory()
    const { paths } = makeHosts(directory.path, [])
    writeFileSync(paths.state, '{"provider":"docker"}')
    expect(() => findHosts(directory.path)).to.throw('cannot be understood')
  })

  it('takes LAB_LIMIT as a list by commas', () => {
    expect(limitOf(undefined)).to.deep.equal([])
    expect(limitOf('kafka, es-data01 ,')).to.deep.equal(['kafka', 'es-data01'])
  })
})
