import { expect } from 'chai'
import { renderInventory } from '../../../src/lab/inventory.ts'
import { nodesOf } from '../../../src/lab/layout.ts'
import { labPaths } from '../../../src/lab/paths.ts'
import type { Lab } from '../../../src/lab/state.ts'

const lab = {
  nodes: nodesOf('full', '127.0.1'),
  paths: labPaths('/state'),
  state: { services: ['elasticsearch'], clusterUuid: 'uuid-1', nodesRoot: '/nodes' },
} as unknown as Lab

describe('the inventory of the lab', () => {
  // biome-ignore lint/suspicious/noExplicitAny: Ansible reads it, not TypeScript
  const inventory = renderInventory(lab, '/state') as any

  it('has every node once, under elasticsearch', () => {
    const { children } = inventory.elasticsearch
    expect(children).to.deep.equal(['es_master', 'es_data_hot', 'es_data_warm', 'es_coord'])
    expect(children.flatMap((group: string) => inventory[group].hosts)).to.have.members(
      Object.keys(inventory._meta.hostvars),
    )
  })

  it('says how to reach each node and how to start and stop it', () => {
    expect(inventory._meta.hostvars['es-data01']).to.deep.equal({ ansible_host: '127.0.1.21' })
    const [command, ...rest] = inventory.all.vars.ops_lab_service
    expect(command).to.match(/^\/.*\/ops$/)
    expect(rest).to.deep.equal(['--state', '/state', 'lab', 'service'])
  })

  it('names the file of the password and holds no password', () => {
    expect(inventory.all.vars.es_password_file).to.equal('/state/lab/secrets/ops.password')
    expect(Object.keys(inventory.all.vars)).not.to.include('es_password')
  })

  it('marks the platform as one that may be harmed, and says which cluster it is', () => {
    expect(inventory.all.vars).to.include({
      ops_drill: true,
      es_cluster_uuid: 'uuid-1',
      es_cluster_name: 'ovh-prod-elk',
    })
    expect(inventory.all.vars.ops_drill_clusters).to.deep.equal(['uuid-1'])
    expect(inventory.all.vars.ops_lab_command.slice(1)).to.deep.equal(['--state', '/state', 'lab'])
  })
})
