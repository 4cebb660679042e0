// How the plan shows what the inventory will get.
import { expect } from 'chai'
import { sayDiff } from '../../../../runbooks/add-node/say-diff.ts'

const wanted = [{ name: 'es-data06', group: 'es_data_warm', address: '10.0.2.6', vars: { es_zone: 'a' } }]

describe('what the inventory will get', () => {
  it('is the lines of its diff', () => {
    const diff =
      '--- hosts.yml\n+++ hosts.yml\n@@ -1 +1 @@\n  x:\n+            es-data06: { ansible_host: 10.0.2.6 }\n'
    expect(sayDiff({ preview: { file: 'hosts.yml', sha256: '', diff }, wanted })).to.deep.equal([
      'hosts.yml: + es-data06: { ansible_host: 10.0.2.6 }',
    ])
  })

  it('is a sentence where the diff is mostly brackets', () => {
    expect(sayDiff({ preview: { file: 'hosts.json', sha256: '', diff: '+ {' }, wanted })).to.deep.equal([
      'hosts.json: + es-data06 in es_data_warm, ansible_host 10.0.2.6, es_zone a',
    ])
  })
})
