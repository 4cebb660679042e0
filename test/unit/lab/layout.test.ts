import { expect } from 'chai'
import {
  clientNodes,
  groupNames,
  isMaster,
  labNodes,
  layoutNames,
  nodesFor,
  nodesOf,
  serviceNames,
} from '../../../src/lab/layout.ts'

describe('lab layouts', () => {
  it('has the ten nodes of the platform, by name and group', () => {
    const nodes = nodesOf('full', '127.0.1')
    const groups = groupNames.map(group =>
      nodes.filter(node => node.groups.includes(group)).map(node => node.name),
    )
    expect(groups).to.deep.equal([
      ['es-master01', 'es-master02', 'es-master03'],
      ['es-data01', 'es-data02'],
      ['es-data03', 'es-data04', 'es-data05'],
      ['es-coord01', 'es-coord02'],
    ])
  })

  it('lets clients in through the coordinating nodes, or through all where there are none', () => {
    expect(clientNodes(nodesOf('full', '127.0.1')).map(node => node.name)).to.deep.equal([
      'es-coord01',
      'es-coord02',
    ])
    expect(clientNodes(nodesOf('small', '127.0.1'))).to.have.length(3)
  })

  for (const layout of layoutNames) {
    it(`gives every node of ${layout} an address of its own on the chosen network`, () => {
      const addresses = nodesOf(layout, '127.0.9').map(node => node.address)
      expect(new Set(addresses).size).to.equal(addresses.length)
      expect(addresses.every(address => address.startsWith('127.0.9.'))).to.equal(true)
    })

    it(`can lose a master of ${layout}, and can hold the security index`, () => {
      const nodes = nodesOf(layout, '127.0.1')
      expect(nodes.filter(isMaster)).to.have.length(3)
      expect(nodes.filter(node => node.roles.includes('data_content')).length).to.be.at.least(2)
    })
  }

  it('puts brokers and shippers beside Elasticsearch, each at an address of its own', () => {
    const nodes = labNodes({ services: serviceNames, layout: 'full', net: '127.0.9' })
    expect(nodesFor(nodes, 'kafka').map(({ name }) => name)).to.deep.equal(['kafka01', 'kafka02', 'kafka03'])
    expect(nodesFor(nodes, 'logstash')).to.have.length(2)
    expect(new Set(nodes.map(node => node.address)).size).to.equal(nodes.length)
    expect(clientNodes(nodes).map(node => node.name)).to.deep.equal(['es-coord01', 'es-coord02'])
  })

  it('has more brokers where they are asked for: three controllers, and the others brokers only', () => {
    const nodes = labNodes({ services: ['kafka'], layout: 'full', net: '127.0.9', kafka: { brokers: 6 } })
    expect(nodes.map(({ name, roles }) => [name, roles.length])).to.deep.equal([
      ['kafka01', 2],
      ['kafka02', 2],
      ['kafka03', 2],
      ['kafka04', 1],
      ['kafka05', 1],
      ['kafka06', 1],
    ])
    expect(new Set(nodes.map(({ address }) => address)).size).to.equal(6)
    const four = labNodes({ services: ['kafka'], layout: 'full', net: '127.0.9', kafka: { brokers: 4 } })
    expect(four.map(({ name }) => name).at(-1)).to.equal('kafka04')
  })

  it('has the nodes of what is asked for and no others', () => {
    const nodes = labNodes({ services: ['kafka'], layout: 'full', net: '127.0.9' })
    expect(new Set(nodes.map(node => node.service))).to.deep.equal(new Set(['kafka']))
    expect(clientNodes(nodes)).to.deep.equal([])
  })
})
