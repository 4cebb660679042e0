import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { complaintOf, readInventory } from '../../../../src/adapters/ansible/inventory.ts'
import { failureOf } from '../../../contract/ansible.contract.ts'

/** Stands for ansible-inventory: prints a file, and counts how often it was asked. */
const program = (folder: string): string => `#!/bin/sh
echo asked >>'${folder}/asked'
cat '${folder}/answer'
`
const answer = {
  _meta: { hostvars: { b: { color: 'red' } } },
  all: { children: ['ungrouped', 'top'] },
  ungrouped: { hosts: ['c'] },
  top: { children: ['low'] },
  low: { hosts: ['b', 'a'] },
}

describe('the inventory', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-inventory-'))
    await writeFile(join(folder, 'tool'), program(folder))
    await chmod(join(folder, 'tool'), 0o755)
    await writeFile(join(folder, 'answer'), JSON.stringify(answer))
    await mkdir(join(folder, 'source', 'group_vars'), { recursive: true })
    await writeFile(join(folder, 'source', 'hosts.yml'), 'all: {}')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const read = (source = join(folder, 'source')) =>
    readInventory({
      source,
      checkout: folder,
      cacheDir: join(folder, 'cache'),
      findTool: async () => join(folder, 'tool'),
      env: () => ({ PATH: '/usr/bin:/bin', WORLD: join(folder, 'world') }),
    })
  const timesAsked = async (): Promise<number> =>
    (await readdir(folder)).includes('asked')
      ? (await import('node:fs')).readFileSync(join(folder, 'asked'), 'utf8').split('\n').length - 1
      : 0

  it('gives hosts with every group above them, in the order of the groups', async () => {
    const { hosts } = await read()
    expect(hosts.map(host => host.name)).to.deep.equal(['c', 'b', 'a'])
    expect(hosts[1]).to.deep.equal({ name: 'b', groups: ['low', 'top'], vars: { color: 'red' } })
  })

  it('asks Ansible once per content, and again when a file of variables changes', async () => {
    const first = await read()
    expect((await read()).hash).to.equal(first.hash)
    expect(await timesAsked()).to.equal(1)
    await writeFile(join(folder, 'source', 'group_vars', 'all.yml'), 'color: blue')
    expect((await read()).hash).not.to.equal(first.hash)
    expect(await timesAsked()).to.equal(2)
  })

  it('asks again when a script prints something else', async () => {
    const script = join(folder, 'source', 'script')
    await writeFile(script, '#!/bin/sh\ncat "$WORLD"\n')
    await chmod(script, 0o755)
    await writeFile(join(folder, 'world'), '{}')
    const first = await read()
    await writeFile(join(folder, 'world'), '{"all": {}}')
    expect((await read()).hash).not.to.equal(first.hash)
  })

  it('gives the words of a script that fails', async () => {
    const script = join(folder, 'source', 'script')
    await writeFile(script, '#!/bin/sh\necho "no lab is running: ops lab up" >&2; exit 1\n')
    await chmod(script, 0o755)
    const error = await failureOf(read())
    expect(error.code).to.equal('INVENTORY_INVALID')
    expect(error.message).to.equal('no lab is running: ops lab up')
  })

  it('refuses a path that is not there, and an inventory without hosts', async () => {
    expect((await failureOf(read(join(folder, 'nowhere')))).code).to.equal('INVENTORY_MISSING')
    await writeFile(join(folder, 'answer'), '{"_meta": {"hostvars": {}}, "all": {"children": ["ungrouped"]}}')
    expect((await failureOf(read())).code).to.equal('INVENTORY_INVALID')
  })

  it('gives the complaint of Ansible in one line', async () => {
    await writeFile(
      join(folder, 'tool'),
      '#!/bin/sh\necho "[WARNING]: other" >&2; echo "[ERROR]: Bad syntax\nhere" >&2; echo >&2; exit 4\n',
    )
    const error = await failureOf(read())
    expect(error.code).to.equal('INVENTORY_INVALID')
    expect(error.message).to.match(/: Bad syntax here$/)
    expect(complaintOf('')).to.equal('no reason was given')
  })
})
