import { expect } from 'chai'
import { labNodes, strayNode } from '../../../../src/lab/layout.ts'
import { checkStray } from '../../../../src/lab/shipper/stray.ts'

const net = '127.0.9'
const stray = { name: 'stray01', last: 79 }
const nodes = labNodes({ services: ['kafka', 'logstash'], layout: 'small', net, strays: [stray] })

describe('a shipper that no inventory has', () => {
  it('is a node of the lab in no group, at the address that was asked for', () => {
    expect(strayNode(stray, net)).to.include({ name: 'stray01', service: 'logstash', address: '127.0.9.79' })
    expect(nodes.filter(({ groups }) => groups.length === 0).map(({ name }) => name)).to.deep.equal([
      'stray01',
    ])
  })

  it('may be new, or the one that is there already', () => {
    for (const one of [stray, { name: 'stray02', last: 80 }])
      expect(() => checkStray(nodes, one, net)).not.to.throw()
  })

  it('takes neither the name nor the address of another node', () => {
    for (const one of [
      { name: 'stray02', last: 79 },
      { name: 'stray01', last: 80 },
      { name: 'logstash01', last: 71 },
      { name: 'stray02', last: 61 },
      { name: '../x', last: 80 },
      { name: 'stray02', last: 300 },
      { name: 'stray02', last: 1.5 },
    ]) {
      expect(() => checkStray(nodes, one, net), JSON.stringify(one))
        .to.throw()
        .with.property('code', 'USAGE')
    }
  })
})
