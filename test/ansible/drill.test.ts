// The playbooks of a drill on real Ansible, with a lab that only writes down what it was told.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { type AnsibleDriver, createAnsible } from '../../src/adapters/ansible/index.ts'
import type { PlayResult } from '../../src/ports/ansible.ts'
import type { JsonObject } from '../../src/ports/json.ts'

const checkout = resolve(import.meta.dirname, '../..')

/** `ops lab` in a few lines: a node that is killed twice is not running, and a cluster is rebuilt once. */
const lab = (folder: string): string => `#!/bin/sh
echo "$*" >>'${folder}/told'
case "$1 $2" in
  'fault kill')
    if [ -e '${folder}/killed-'$3 ]; then echo '{"error":{"message":"'$3' is not running"}}' >&2; exit 64; fi
    touch '${folder}/killed-'$3
    echo '{"fault":"kill"}' ;;
  'service stop') echo '{"state":"stopped","pid":null,"changed":false}' ;;
  'rebuild --lost')
    if [ "$3" = other ]; then echo '{"error":{"message":"the cluster of the lab is not lost"}}' >&2; exit 1; fi
    echo 'making users' >&2
    echo '{"changed":true,"clusterUuid":"new-uuid","nodes":3}' ;;
esac
`

describe('the playbooks of a drill', function () {
  this.timeout(300_000)
  let folder: string
  let ansible: AnsibleDriver
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ops-drill-play-'))
    writeFileSync(join(folder, 'lab'), lab(folder), { mode: 0o755 })
    const vars = {
      ansible_connection: 'local',
      ansible_python_interpreter: '{{ ansible_playbook_python }}',
      service_manager: 'lab',
      ops_lab_service: [join(folder, 'lab'), 'service'],
      ops_lab_command: [join(folder, 'lab')],
      ops_fence_dir: join(folder, 'fences'),
      es_data_dir: `${folder}/{{ inventory_hostname }}/data`,
      ops_transport_port: 0,
    }
    const hosts = { 'es-one': { ops_drill: true }, 'es-prod': {} }
    writeFileSync(join(folder, 'hosts.yml'), JSON.stringify({ all: { vars, hosts } }))
    for (const host of Object.keys(hosts))
      mkdirSync(join(folder, host, 'data', 'indices'), { recursive: true })
    ansible = createAnsible({
      checkout,
      inventory: join(folder, 'hosts.yml'),
      stateDir: folder,
      run: `drill-test-${process.pid}`,
      runDir: join(folder, 'run'),
      redact: text => text,
    })
  })
  after(async () => {
    await ansible.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const play = (
    playbook: string,
    host = 'es-one',
    vars: JsonObject = {},
    check = false,
  ): Promise<PlayResult> =>
    ansible.play({
      playbook,
      hosts: [host],
      vars: {
        ops_service: 'elasticsearch',
        ops_run: 'r1',
        ops_fencing: 5,
        ops_stop_timeout_seconds: 60,
        ...vars,
      },
      stallMs: 30_000,
      check,
    })
  const told = (): string =>
    existsSync(join(folder, 'told')) ? readFileSync(join(folder, 'told'), 'utf8') : ''

  it('refuse a host that is not marked, whatever is asked', async () => {
    for (const playbook of ['drill_kill.yml', 'drill_wipe.yml', 'drill_rebuild.yml']) {
      const { outcomes } = await play(playbook, 'es-prod', { ops_lost_cluster: 'old' })
      expect(outcomes.get('es-prod'), playbook).to.include({ state: 'failed' })
    }
    expect(told()).to.equal('')
    expect(readdirSync(join(folder, 'es-prod', 'data'))).to.deep.equal(['indices'])
  })

  it('kill a service and keep it stopped under the fence of the run, twice without harm', async () => {
    for (const _time of ['first', 'second']) {
      const result = await play('drill_kill.yml')
      expect(result.outcomes.get('es-one')?.state).to.equal('ok')
      expect(result.results.get('es-one')).to.include({ state: 'stopped' })
    }
    expect(told()).to.include('fault kill es-one --json\nservice stop es-one --json\n')
    const fence = readFileSync(join(folder, 'fences', 'elasticsearch.es-one.fence'), 'utf8')
    expect(JSON.parse(fence)).to.include({ run: 'r1', fencing: 5 })
  })

  it('say what is on a disk in check mode, and wipe it otherwise', async () => {
    const seen = await play('drill_wipe.yml', 'es-one', { ops_keep: [join(folder, 'backup')] }, true)
    expect(seen.results.get('es-one')).to.deep.include({ entries: ['indices'] })
    expect((await play('drill_wipe.yml')).outcomes.get('es-one')).to.include({ state: 'ok', changed: true })
    expect(readdirSync(join(folder, 'es-one', 'data'))).to.deep.equal([])
    const after = await play('drill_wipe.yml', 'es-one', {}, true)
    expect(after.results.get('es-one')).to.deep.include({ entries: [] })
  })

  it('hand back the new cluster, or what the lab could not do in its own words', async () => {
    const formed = await play('drill_rebuild.yml', 'es-one', { ops_lost_cluster: 'old' })
    expect(formed.results.get('es-one')).to.deep.equal({ cluster_uuid: 'new-uuid', nodes: 3 })
    const refused = (await play('drill_rebuild.yml', 'es-one', { ops_lost_cluster: 'other' })).outcomes.get(
      'es-one',
    )
    expect(refused).to.include({ state: 'failed', message: 'the cluster of the lab is not lost' })
  })
})
