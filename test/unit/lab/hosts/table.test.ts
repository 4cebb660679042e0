import { expect } from 'chai'
import type { OpsError } from '../../../../src/errors/index.ts'
import { chooseHosts, parseTable, readTable } from '../../../../src/lab/hosts/table.ts'

const text = (hosts: string): string => `all:\n  children:\n    kafka:\n      hosts:\n${hosts}`
const complaint = (yaml: string): string => {
  try {
    parseTable(yaml, 'hosts.yml')
    return 'none'
  } catch (error) {
    return (error as OpsError).message
  }
}

describe("the table of the lab's hosts", () => {
  const hosts = readTable()

  it('has the eighteen hosts of the platform, each with an address of its own', () => {
    expect(hosts).to.have.length(18)
    expect(new Set(hosts.map(host => host.address)).size).to.equal(18)
    expect(hosts.filter(host => host.groups.includes('elasticsearch'))).to.have.length(10)
  })

  it('gives every host its groups, the outer one first', () => {
    expect(hosts.find(host => host.name === 'es-data03')).to.deep.equal({
      name: 'es-data03',
      groups: ['elasticsearch', 'es_data_warm'],
      address: '192.168.56.23',
      memoryMiB: 2048,
    })
  })

  it('joins the groups of a host that is in two of them', () => {
    const two = parseTable(`all:
  children:
    a: { hosts: { one: { ansible_host: 10.0.0.1, lab_memory_mib: 1 } } }
    b: { hosts: { one: { ansible_host: 10.0.0.1, lab_memory_mib: 1 } } }`)
    expect(two.map(host => host.groups)).to.deep.equal([['a', 'b']])
  })

  it('refuses two hosts with one address, and names both', () => {
    const line = (name: string) => `        ${name}: { ansible_host: 192.168.56.41, lab_memory_mib: 1 }\n`
    expect(complaint(text(line('kafka01') + line('kafka02')))).to.include(
      'kafka01 and kafka02 both have the address 192.168.56.41',
    )
  })

  it('refuses an address that is none, and names the host', () => {
    expect(complaint(text('        kafka01: { ansible_host: here, lab_memory_mib: 1 }\n'))).to.include(
      'kafka01',
    )
  })

  it('refuses what is no YAML, no table or empty', () => {
    expect(complaint('all: [')).to.include('cannot be used')
    expect(complaint('other: {}')).to.include('all')
    expect(complaint('all: {}')).to.include('it has no host')
  })

  it('chooses by group and by name, in the order of the table', () => {
    const names = chooseHosts(hosts, ['vault', 'es-master02', 'es_coord']).map(host => host.name)
    expect(names).to.deep.equal(['es-master02', 'es-coord01', 'es-coord02', 'vault01'])
    expect(chooseHosts(hosts, [])).to.equal(hosts)
  })

  it('refuses a word that is neither, and says which groups there are', () => {
    expect(() => chooseHosts(hosts, ['kafka', 'zookeeper'])).to.throw('no group or host zookeeper')
  })
})
