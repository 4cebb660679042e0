import { expect } from 'chai'
import { matchPlain } from '../../../../src/adapters/ansible/match-plain.ts'

const host = (name: string, ...groups: string[]) => ({ name, groups, vars: {} })
const inventory = {
  source: 'i',
  hash: 'h',
  hosts: [host('es-data01', 'hot'), host('es-data02.example.net', 'hot'), host('hot', 'odd')],
}

describe('plain host patterns', () => {
  it('select hosts, groups, lists and all, in inventory order', () => {
    expect(matchPlain(inventory, 'es-data02.example.net, es-data01')?.hosts).to.deep.equal([
      'es-data01',
      'es-data02.example.net',
    ])
    expect(matchPlain(inventory, 'all')?.hosts).to.have.length(3)
  })

  it('let a group hide a host of its name, as Ansible does', () => {
    expect(matchPlain(inventory, 'hot')?.hosts).to.deep.equal(['es-data01', 'es-data02.example.net'])
  })

  it('name the parts that are neither', () => {
    expect(matchPlain(inventory, 'es-data01,es-dta02')?.unmatched).to.deep.equal(['es-dta02'])
  })

  it('leave everything else to Ansible', () => {
    for (const pattern of ['es-*', 'a:b', '!a', '&a', '~x', 'a[0]', '@file', '-x', '*']) {
      expect(matchPlain(inventory, pattern), pattern).to.equal(null)
    }
  })
})
