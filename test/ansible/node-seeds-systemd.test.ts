// playbooks/node_seeds.yml where systemd runs the nodes, in check mode: what would stand in the configuration of a node, and that nothing
// is started.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { expect } from 'chai'
import { type AnsibleDriver, createAnsible } from '../../src/adapters/ansible/index.ts'
import { localInventory } from './roles/play-role.ts'

/** A systemd with a unit that has run since long ago. */
const systemctl = `#!/bin/sh
case "$*" in
  *show*) printf 'LoadState=loaded\\nActiveState=active\\nMainPID=1\\nUnitFileState=enabled\\nNeedDaemonReload=no\\nExecMainStartTimestamp=\\n' ;;
  *) echo "$*" >>"$(dirname "$0")/told"; exit 1 ;;
esac
`

describe('the members of a cluster on hosts with systemd', function () {
  this.timeout(300_000)
  const folder = mkdtempSync(join(tmpdir(), 'ops-seeds-'))
  const at = (...parts: string[]): string => join(folder, ...parts)
  const path = process.env.PATH
  let ansible: AnsibleDriver

  before(() => {
    for (const directory of ['bin', 'config/certs', 'data/_state', 'home/config'])
      mkdirSync(at(directory), { recursive: true })
    writeFileSync(at('bin/systemctl'), systemctl, { mode: 0o755 })
    writeFileSync(at('home/.ops-archive'), 'sha256:of-the-archive')
    process.env.PATH = [at('bin'), path].join(delimiter)
    const masters = Object.fromEntries(
      ['es-one', 'es-two', 'es-three'].map((name, index) => [name, { ansible_host: `127.0.0.${index + 1}` }]),
    )
    const inventory = localInventory(
      { elasticsearch: masters, es_master: masters },
      {
        ...{ es_home: at('home'), es_config_dir: at('config'), es_data_dir: at('data') },
        ...{ es_roles: ['master', 'data', 'ingest'], es_heap_mib: 64, es_elastic_password_file: at('none') },
        ...{
          elasticsearch_install_method: 'archive',
          elasticsearch_archive_checksum: 'sha256:of-the-archive',
        },
      },
    )
    writeFileSync(at('hosts.yml'), JSON.stringify(inventory))
    ansible = createAnsible({
      ...{ checkout: resolve(import.meta.dirname, '../..'), inventory: at('hosts.yml'), stateDir: folder },
      ...{ runDir: at('run'), run: `seeds-test-${process.pid}`, redact: (text: string) => text },
    })
  })
  after(async () => {
    process.env.PATH = path
    await ansible.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('are the masters among those that stay', async () => {
    const { outcomes, results, diffs } = await ansible.play({
      ...{ playbook: 'node_seeds.yml', hosts: ['es-one'], check: true, stallMs: 30_000 },
      vars: { ops_members: ['es-one', 'es-three'] },
    })
    expect(outcomes.get('es-one')).to.deep.equal({ state: 'ok', changed: true })
    expect(results.get('es-one')).to.deep.equal({ changed: true, needs_restart: true })
    const text = diffs.map(({ diff }) => diff).join('\n')
    expect(text).to.include('discovery.seed_hosts: ["127.0.0.1:9300", "127.0.0.3:9300"]')
  })

  it('leave a configuration alone that has them already', async () => {
    const play = () =>
      ansible.play({
        ...{ playbook: 'node_seeds.yml', hosts: ['es-one'], check: true, stallMs: 30_000 },
        vars: { ops_members: ['es-one', 'es-three'] },
      })
    const { diffs } = await play()
    const written = diffs.map(({ diff }) => diff).find(diff => diff.includes('discovery.seed_hosts'))
    const lines = (written ?? '').split('\n').filter(line => line.startsWith('+') && !line.startsWith('+++'))
    writeFileSync(at('config/elasticsearch.yml'), lines.map(line => `${line.slice(1)}\n`).join(''))
    const again = await play()
    expect(again.diffs).to.deep.equal([])
    expect(again.results.get('es-one')).to.include({ changed: false })
  })
})
