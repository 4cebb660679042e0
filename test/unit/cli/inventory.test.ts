// Tests of inventories that will not do: exit status 64, nothing touched, and what to mend.
import { chmodSync, cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { inventoryText, opsCalls } from './capture-ops.ts'

const { ops, write, folder, end } = opsCalls()
const plan = (inventory: string, ...more: string[]) =>
  ops(['plan', 'rolling-restart', '-i', inventory, ...more], { env: { CANARY: 'a-password' } })

after(end)

describe('an inventory', () => {
  it('that Ansible cannot read is told with its own words', async () => {
    const { status, stderr } = await plan(write('broken.yml', 'all: [}\n'))
    expect(stderr).to.match(/Ansible cannot read the inventory .*broken\.yml: .+\nCode +INVENTORY_INVALID/)
    expect(status).to.equal(64)
  })

  it('without the group elasticsearch is told', async () => {
    const { status, stderr } = await plan(write('no-group.yml', 'all: { hosts: { es-data01: {} } }\n'))
    expect(stderr).to.match(/no host in the group elasticsearch\nCode +INVENTORY_INVALID/)
    expect(status).to.equal(64)
  })

  it('without any host is told', async () => {
    const { status, stderr } = await plan(write('empty.yml', 'all: {}\n'))
    expect(stderr).to.match(/Code +INVENTORY_INVALID/)
    expect(status).to.equal(64)
  })

  it('that names no user is told', async () => {
    const text = inventoryText({ es_username: '', es_password_env: 'CANARY' })
    const { status, stderr } = await plan(write('no-user.yml', text))
    expect(stderr).to.match(/does not say es_username[\s\S]*INVENTORY_INVALID/)
    expect(status).to.equal(64)
  })

  it('with a pattern that matches no host is told, with the hosts there are', async () => {
    const inventory = write('limit.yml', inventoryText({ es_password_env: 'CANARY' }))
    const { status, stderr } = await plan(inventory, '--limit', 'es_data_hto')
    expect(stderr).to.match(/es_data_hto[\s\S]*Code +NO_HOSTS_MATCHED/)
    expect(status).to.equal(64)
  })

  it('whose lab is not up is told', async () => {
    const { status, stderr } = await ops(['plan', 'rolling-restart'])
    expect(stderr).to.match(/no embedded lab is running: \.\/ops lab up/)
    expect(status).to.equal(64)
  })

  it('whose cluster does not answer is told, with exit status 1', async () => {
    const inventory = write('closed.yml', inventoryText({ es_password_env: 'CANARY' }))
    const { status, stderr } = await plan(inventory)
    expect(stderr).to.match(/es-data01: .*\nCode +CLUSTER_UNREACHABLE\nTry +\S/)
    expect(status).to.equal(1)
  })
})

describe('a password', () => {
  const secretCases = [
    {
      title: 'in a file that is missing',
      vars: { es_password_file: '/nowhere/password' },
      says: /\/nowhere\/password cannot be read/,
    },
    {
      title: 'in a variable that is not set',
      vars: { es_password_env: 'NOT_SET_ANYWHERE' },
      says: /NOT_SET_ANYWHERE is not set/,
    },
  ]
  for (const { title, vars, says } of secretCases) {
    it(`${title} is told, with exit status 64`, async () => {
      const { status, stderr } = await plan(write('secret.yml', inventoryText(vars)))
      expect(stderr)
        .to.match(says)
        .and.to.match(/Code +SECRET_MISSING/)
      expect(status).to.equal(64)
    })
  }

  it('in a file that others may read is refused, with the command that mends it', async () => {
    const file = write('password', 'a-password\n')
    chmodSync(file, 0o644)
    const { status, stderr } = await plan(write('open.yml', inventoryText({ es_password_file: file })))
    expect(stderr).to.match(/can be read by others[\s\S]*SECRET_MISSING[\s\S]*chmod 600/)
    expect(status).to.equal(64)
  })

  it('in an empty file is refused', async () => {
    const file = write('empty', '\n')
    const { status, stderr } = await plan(write('none.yml', inventoryText({ es_password_file: file })))
    expect(stderr).to.match(/the password in .*empty is empty\nCode +SECRET_MISSING/)
    expect(status).to.equal(64)
  })
})

describe('a checkout without Ansible', () => {
  const checkout = join(folder, 'checkout')
  const bin = join(folder, 'bin')

  before(async () => {
    const from = resolve(import.meta.dirname, '../../..')
    for (const name of ['ops', 'src', 'runbooks', 'package.json', 'ops.config.ts', 'ansible.cfg'])
      cpSync(join(from, name), join(checkout, name), { recursive: true })
    symlinkSync(join(from, 'node_modules'), join(checkout, 'node_modules'))
    mkdirSync(bin)
    for (const tool of ['sh', 'dirname', 'readlink']) {
      const { stdout } = await execa('sh', ['-c', `command -v ${tool}`])
      symlinkSync(stdout, join(bin, tool))
    }
    symlinkSync(process.execPath, join(bin, 'node'))
  })

  it('says so, and how to install it', async () => {
    const inventory = write('fine.yml', inventoryText({ es_password_env: 'CANARY' }))
    const { status, stderr } = await ops(['plan', 'rolling-restart', '-i', inventory], {
      checkout,
      env: { PATH: bin },
    })
    expect(stderr).to.match(/Code +ANSIBLE_MISSING\nTry +\S/)
    expect(status).to.equal(64)
  })
})
