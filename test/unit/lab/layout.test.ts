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

  it('has the nodes of what is asked for and no others', () => {
    const nodes = labNodes({ services: ['kafka'], layout: 'full', net: '127.0.9' })
    expect(new Set(nodes.map(node => node.service))).to.deep.equal(new Set(['kafka']))
    expect(clientNodes(nodes)).to.deep.equal([])
  })
})
