// What the lab of hosts changes on the machine, and gives back.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { startDockerd } from '../../../../src/lab/hosts/dockerd.ts'
import { mountsBelow } from '../../../../src/lab/hosts/down.ts'
import { giveSettingsBack, lowSettings, raiseSettings } from '../../../../src/lab/hosts/kernel.ts'
import { planRemoval } from '../../../../src/lab/hosts/packet-rules.ts'
import { hostsPaths } from '../../../../src/lab/hosts/paths.ts'
import { subnetOf, whoHasSubnet } from '../../../../src/lab/hosts/subnet.ts'
import { readTable } from '../../../../src/lab/hosts/table.ts'
import { makeDirectory } from '../../lab/fake-lab.ts'

const files = {
  'vm.max_map_count': 'vm/max_map_count',
  'fs.inotify.max_user_instances': 'fs/inotify/max_user_instances',
  'net.ipv4.ip_forward': 'net/ipv4/ip_forward',
}

describe('kernel settings', () => {
  function makeKernel(directory: string, values: readonly number[]): (name: keyof typeof files) => string {
    Object.values(files).forEach((file, at) => {
      mkdirSync(dirname(join(directory, file)), { recursive: true })
      writeFileSync(join(directory, file), `${values[at]}\n`)
    })
    return name => readFileSync(join(directory, files[name]), 'utf8').trim()
  }

  it('are raised where they are too low, and never lowered', () => {
    using directory = makeDirectory()
    const now = makeKernel(directory.path, [65_530, 8192, 1])
    const low = lowSettings(directory.path)
    expect(low).to.deep.equal({ 'vm.max_map_count': '65530' })
    raiseSettings(Object.keys(low), directory.path)
    expect(now('vm.max_map_count')).to.equal('262144')
    expect(now('fs.inotify.max_user_instances')).to.equal('8192')
  })

  it('are given back, except one that somebody has changed since', () => {
    using directory = makeDirectory()
    const now = makeKernel(directory.path, [262_144, 4096, 1])
    const before = { 'vm.max_map_count': '65530', 'fs.inotify.max_user_instances': '128' }
    giveSettingsBack(before, directory.path)
    expect(now('vm.max_map_count')).to.equal('65530')
    expect(now('fs.inotify.max_user_instances')).to.equal('4096')
  })
})

describe("the lab's subnet", () => {
  const header = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n'
  const route = (name: string, flags: string) => `${name}\t0038A8C0\t00000000\t${flags}\t0\t0\t0\t00FFFFFF\n`

  it('is one for all hosts', () => {
    expect(subnetOf(readTable())).to.equal('192.168.56.0/24')
    const strays = [
      { name: 'a', address: '10.0.0.1' },
      { name: 'b', address: '10.0.1.1' },
    ]
    expect(() => subnetOf(strays)).to.throw('not all in one /24: a, b')
  })

  it('is found with whoever has it', () => {
    expect(whoHasSubnet('192.168.56.0/24', header + route('br-1', '0001'))).to.equal('br-1')
    expect(whoHasSubnet('192.168.57.0/24', header + route('br-1', '0001'))).to.equal(undefined)
  })

  it('is free where only a route refuses it', () => {
    expect(whoHasSubnet('192.168.56.0/24', header + route('*', '0201'))).to.equal(undefined)
  })
})

describe("a Docker of the lab's own", () => {
  it('is refused where the state directory is too deep for its sockets', async () => {
    const deep = hostsPaths(`/tmp/${'deep/'.repeat(20)}state`)
    const error = await startDockerd(deep, () => {}).catch(thrown => thrown)
    expect(error).to.include({ code: 'STATE_UNUSABLE' })
    expect(error.message).to.match(/\d+ characters too long/)
  })
})

describe('what a dockerd leaves', () => {
  const filter = [
    '-P INPUT ACCEPT',
    '-P FORWARD DROP',
    '-N DOCKER',
    '-N DOCKER-USER',
    '-N MINE',
    '-A FORWARD -j DOCKER-USER',
    '-A FORWARD -o docker0 -j DOCKER',
    '-A FORWARD -i br-0123456789ab ! -o br-0123456789ab -j ACCEPT',
    '-A FORWARD -i eth1 -j MINE',
    '-A DOCKER-USER -j RETURN',
  ]

  it('is removed rule by rule, then chain by chain; rules of others stay', () => {
    expect(planRemoval(filter, []).map(args => args.join(' '))).to.deep.equal([
      '-D FORWARD -j DOCKER-USER',
      '-D FORWARD -o docker0 -j DOCKER',
      '-D FORWARD -i br-0123456789ab ! -o br-0123456789ab -j ACCEPT',
      '-D DOCKER-USER -j RETURN',
      '-X DOCKER',
      '-X DOCKER-USER',
    ])
  })

  it('includes the addresses that were translated for its subnets alone', () => {
    const nat = [
      '-A POSTROUTING -s 172.31.250.0/24 ! -o docker0 -j MASQUERADE',
      '-A POSTROUTING -s 192.168.56.0/24 ! -o other -j MASQUERADE',
      '-A POSTROUTING -s 10.8.0.0/24 -j MASQUERADE',
    ]
    expect(planRemoval(nat, ['192.168.56.0/24', '172.31.250.0/24'])).to.have.length(2)
  })

  it('is unmounted below its own directory, the last mount first', () => {
    const mounts = [
      'overlay /lab/docker/data/overlay2/1/merged overlay rw 0 0',
      'nsfs /lab/docker/run/netns/1 nsfs rw 0 0',
      'tmpfs /labour tmpfs rw 0 0',
      'tmpfs /with\\040blank/lab tmpfs rw 0 0',
    ].join('\n')
    expect(mountsBelow(mounts, '/lab')).to.deep.equal([
      '/lab/docker/run/netns/1',
      '/lab/docker/data/overlay2/1/merged',
    ])
    expect(mountsBelow(mounts, '/with blank')).to.deep.equal(['/with blank/lab'])
  })
})
