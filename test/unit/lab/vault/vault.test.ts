// Vault in the lab: what it is told, what it holds, and what the inventory says of it.
import { expect } from 'chai'
import { renderInventory } from '../../../../src/lab/inventory.ts'
import { type LabService, labNodes } from '../../../../src/lab/layout.ts'
import { labPaths } from '../../../../src/lab/paths.ts'
import { programOf } from '../../../../src/lab/program.ts'
import type { Lab } from '../../../../src/lab/state.ts'
import { labStatus } from '../../../../src/lab/status.ts'
import { readApproles, renderPolicies } from '../../../../src/lab/vault/content.ts'
import { requireVaultNode } from '../../../../src/lab/vault/seal.ts'
import { renderVaultSettings } from '../../../../src/lab/vault/settings.ts'

function labWith(...services: LabService[]): Lab {
  const state = {
    ...{ services, layout: 'full', net: '127.0.9', nodesRoot: '/nodes' },
    vault: { home: '/home/vault', filled: true },
    kafka: { clusterId: 'k', security: 'plaintext', home: '/k' },
    strays: [{ name: 'stray01', last: 79 }],
  } as unknown as Lab['state']
  return { nodes: labNodes(state), paths: labPaths('/state'), state }
}
const inventoryOf = (lab: Lab) =>
  // biome-ignore lint/suspicious/noExplicitAny: Ansible reads it, not TypeScript
  renderInventory(lab, '/state') as any

describe('Vault in the lab', () => {
  const lab = labWith('vault')
  const [node] = lab.nodes as readonly [Lab['nodes'][number]]

  it('listens with TLS on its own address, on files that are there', () => {
    const text = renderVaultSettings(node, '/nodes')
    expect(text).to.contain('address         = "127.0.9.91:8200"')
    expect(text).to.contain('tls_cert_file   = "/nodes/vault01/config/vault01.crt"')
    expect(text).to.contain('path = "/nodes/vault01/data"')
    expect(text).not.to.contain('tls_disable')
  })

  it('is started as the server that is built, without a secret on its command line', () => {
    expect(programOf(lab, node).command).to.deep.equal([
      '/home/vault/bin/vault-server',
      'server',
      '-config=/nodes/vault01/config/vault.hcl',
    ])
  })

  it('has the shape in the status that scripts rely on', async () => {
    const { vault, elasticsearch } = await labStatus(lab)
    expect(vault).to.deep.equal({ url: 'https://127.0.9.91:8200', caFile: '/state/lab/ca/ca.crt' })
    expect(elasticsearch).to.equal(undefined)
  })

  it('is in the inventory with the files that ops logs in with, and with no secret', () => {
    const { all, vault } = inventoryOf(lab)
    expect(all.children).to.deep.equal(['vault'])
    expect(vault.hosts).to.deep.equal(['vault01'])
    expect(vault.vars).to.deep.equal({
      ops_service: 'vault',
      vault_port: 8200,
      vault_ca_file: '/state/lab/ca/ca.crt',
      vault_kv_path: 'secret',
      vault_role: 'ops',
      vault_role_id_file: '/state/lab/secrets/vault-ops.role_id',
      vault_secret_id_file: '/state/lab/secrets/vault-ops.secret_id',
      vault_cache_hours: 72,
    })
  })

  it('is sealed and unsealed only where it is', () => {
    expect(requireVaultNode(node)).to.equal(node)
    const [other] = labWith('kafka').nodes as readonly [Lab['nodes'][number]]
    expect(() => requireVaultNode(other))
      .to.throw('kafka01 is no Vault')
      .with.property('code', 'USAGE')
  })
})

describe('what the Vault of the lab holds', () => {
  const policies = renderPolicies()

  it('gives every AppRole policies that are there, and ops one of its own', () => {
    const roles = readApproles()
    expect(roles.map(({ name }) => name)).to.deep.equal(['logstash', 'kibana', 'ops'])
    expect(roles.flatMap(role => role.policies).filter(name => !(name in policies))).to.deep.equal([])
    expect(roles.find(({ name }) => name === 'ops')?.policies).to.deep.equal(['ops'])
  })

  it('lets no service read what is staged, or the document of the user who may do everything', () => {
    for (const name of ['elk', 'kibana']) {
      expect(policies[name], name).not.to.match(/[*+]/)
      expect(policies[name], name).not.to.match(/elastic|pending|create|update|delete/)
    }
  })

  it('lets ops remove for good what is staged and nothing else, and change no policy, mount or role', () => {
    const rules = policies.ops?.split(/(?=^path )/m) ?? []
    const paths = (pattern: RegExp) =>
      rules.filter(rule => pattern.test(rule)).map(rule => /^path "(.*)"/.exec(rule)?.[1] ?? '')
    expect(
      paths(/"delete"/).filter(path => path.includes('/metadata/') && !path.includes('/pending/')),
    ).to.deep.equal([])
    expect(paths(/./).filter(path => path.startsWith('sys/'))).to.deep.equal([])
    expect(paths(/"(create|update)"/)).not.to.include('auth/approle/role/+')
    expect(policies.ops).not.to.contain('KV/')
  })
})

describe('the consumers of the lab', () => {
  const lab = labWith('elasticsearch', 'kafka', 'vault', 'logstash')

  it('take the secret that the shipper writes with from a file of their own, and log in from their own host', () => {
    const { hostvars } = inventoryOf(lab)._meta
    expect(hostvars.logstash02.secret_consumers['logstash-writer']).to.deep.equal({
      file: '/nodes/logstash02/config/credentials.json',
      format: 'json',
      names: { principal: 'username', secret: 'password' },
      mode: '0600',
      apply: 'restart',
      service: 'logstash',
      login_url: 'https://127.0.9.41:9200/_security/_authenticate',
      ca_file: '/state/lab/ca/ca.crt',
    })
  })

  it('have no such file in a lab without Vault, or without Elasticsearch', () => {
    for (const services of [
      ['elasticsearch', 'kafka', 'logstash'],
      ['kafka', 'vault', 'logstash'],
    ] as const) {
      const { hostvars } = inventoryOf(labWith(...services))._meta
      expect(hostvars.logstash01, services.join()).not.to.have.property('secret_consumers')
    }
  })

  it('do not have in the inventory the one whom nobody remembers', () => {
    expect(lab.nodes.map(({ name, address }) => `${name} ${address}`)).to.include('stray01 127.0.9.79')
    expect(JSON.stringify(inventoryOf(lab))).not.to.contain('stray')
  })
})
