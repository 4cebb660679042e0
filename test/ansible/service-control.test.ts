// The shipped playbooks on real Ansible, with a service manager that only writes down what it was told.
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { type AnsibleDriver, createAnsible } from '../../src/adapters/ansible/index.ts'
import type { PlayResult } from '../../src/ports/ansible.ts'
import type { Json } from '../../src/ports/json.ts'

const checkout = resolve(import.meta.dirname, '../..')

const manager = (folder: string): string => `#!/bin/sh
echo "$*" >>'${folder}/told'
case $1 in
  stop) echo stopped >'${folder}/'$2 ;;
  start) echo starting >'${folder}/'$2 ;;
esac
echo 'a line before the answer'
printf '{"state": "%s", "pid": 7, "changed": true}\\n' "$(cat '${folder}/'$2 2>/dev/null || echo running)"
`

const inventory = (folder: string): object => ({
  all: {
    vars: {
      ansible_connection: 'local',
      ansible_python_interpreter: '{{ ansible_playbook_python }}',
      service_manager: 'lab',
      ops_lab_service: [join(folder, 'manager')],
      ops_fence_dir: join(folder, 'fences'),
      es_config_dir: `${folder}/config/{{ inventory_hostname }}`,
      es_http_port: 9,
      ops_transport_port: 9,
    },
    hosts: { 'es-one': { ansible_host: '127.0.0.1' }, 'es-two': { ansible_host: '127.0.0.1' } },
  },
})

describe('the shipped playbooks', function () {
  this.timeout(300_000)
  let folder: string
  let ansible: AnsibleDriver
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-service-test-'))
    await writeFile(join(folder, 'manager'), manager(folder))
    await chmod(join(folder, 'manager'), 0o755)
    await writeFile(join(folder, 'hosts.yml'), JSON.stringify(inventory(folder)))
    ansible = createAnsible({
      checkout,
      inventory: join(folder, 'hosts.yml'),
      stateDir: folder,
      run: `service-test-${process.pid}`,
      runDir: join(folder, 'run'),
      redact: text => text,
    })
  })
  after(async () => {
    await ansible.close()
    await rm(folder, { recursive: true, force: true })
  })

  const play = (playbook: string, run = 'r1', fencing = 5, check = false): Promise<PlayResult> =>
    ansible.play({
      playbook,
      hosts: ['es-one'],
      vars: {
        ops_service: 'elasticsearch',
        ops_run: run,
        ops_fencing: fencing,
        ops_stop_timeout_seconds: 60,
      },
      stallMs: 30_000,
      check,
    })
  const marker = (): Promise<string | null> =>
    readFile(join(folder, 'fences', 'elasticsearch.es-one.fence'), 'utf8').catch(() => null)
  const resultOf = (result: PlayResult): Json => result.results.get('es-one') ?? null

  it('change nothing in check mode', async () => {
    const { outcomes } = await play('service_stop.yml', 'r1', 5, true)
    expect(outcomes.get('es-one')?.state).to.equal('ok')
    expect(await marker()).to.equal(null)
    expect(await readFile(join(folder, 'told'), 'utf8').catch(() => 'nothing')).to.equal('nothing')
  })

  it('restart a service in one play that says when it has stopped', async () => {
    const heard: (string | null)[] = []
    const result = await ansible.play({
      playbook: 'service_restart.yml',
      hosts: ['es-two'],
      vars: { ops_service: 'elasticsearch', ops_run: 'r1', ops_fencing: 5, ops_stop_timeout_seconds: 60 },
      stallMs: 30_000,
      onEvent: ({ kind, task, host }) => {
        if (kind === 'host.ok' && host === 'es-two') heard.push(task)
      },
    })
    expect(result.outcomes.get('es-two')).to.deep.equal({ state: 'ok', changed: true })
    expect(result.results.get('es-two')).to.deep.include({
      state: 'running',
      detail: 'starting',
      fence: null,
    })
    expect(heard).to.include('Say that the service has stopped')
    const told = (await readFile(join(folder, 'told'), 'utf8')).trim().split('\n')
    expect(told).to.deep.equal(['stop es-two --json', 'start es-two --json'])
    await rm(join(folder, 'told'))
  })

  it('stop a service under a fence, twice without harm', async () => {
    for (const _time of ['first', 'second']) {
      const result = await play('service_stop.yml')
      expect(result.outcomes.get('es-one')?.state).to.equal('ok')
      expect(resultOf(result)).to.deep.include({ service: 'elasticsearch', state: 'stopped', pid: 7 })
      expect(JSON.parse((await marker()) ?? '')).to.deep.include({ run: 'r1', fencing: 5 })
    }
    expect(await readFile(join(folder, 'told'), 'utf8')).to.equal('stop es-one --json\n'.repeat(2))
  })

  it('say what runs and who holds the fence', async () => {
    const result = resultOf(await play('service_status.yml')) as { state: string; fence: { run: string } }
    expect(result.state).to.equal('stopped')
    expect(result.fence.run).to.equal('r1')
  })

  it('refuse an older run, and another one with the same token, before they touch the service', async () => {
    await writeFile(join(folder, 'told'), '')
    for (const [run, fencing, playbook] of [
      ['r0', 4, 'service_stop.yml'],
      ['r0', 4, 'service_start.yml'],
      ['r2', 5, 'service_stop.yml'],
      ['r1', 4, 'service_stop.yml'],
    ] as const) {
      const outcome = (await play(playbook, run, fencing)).outcomes.get('es-one')
      expect(outcome?.state).to.equal('failed')
      if (outcome?.state === 'failed') expect(outcome.message).to.contain('fenced: run r1 (token 5) holds')
    }
    expect(await readFile(join(folder, 'told'), 'utf8')).to.equal('')
  })

  it('let a newer run take over, and remove the marker at the start', async () => {
    await play('service_stop.yml', 'r3', 6)
    expect(JSON.parse((await marker()) ?? '')).to.deep.include({ run: 'r3', fencing: 6 })
    const result = resultOf(await play('service_start.yml', 'r3', 6))
    expect(result).to.deep.include({ state: 'running', detail: 'starting', fence: null })
    expect(await marker()).to.equal(null)
  })

  it('never take a marker that cannot be read for none', async () => {
    await writeFile(join(folder, 'fences', 'elasticsearch.es-one.fence'), 'torn')
    const outcome = (await play('service_stop.yml', 'r9', 99)).outcomes.get('es-one')
    expect(outcome?.state).to.equal('failed')
    await rm(join(folder, 'fences', 'elasticsearch.es-one.fence'))
  })

  it('clear the fence of a dead run, and only of that one', async () => {
    await play('service_stop.yml', 'r4', 7)
    await play('fence_clear.yml', 'r5', 6)
    expect(await marker()).not.to.equal(null)
    await play('fence_clear.yml', 'r4', 7)
    expect(await marker()).to.equal(null)
  })

  it('find what would keep a node from coming back', async () => {
    const config = join(folder, 'config', 'es-one')
    await mkdir(config, { recursive: true })
    await writeFile(
      join(config, 'elasticsearch.yml'),
      `network.host: 192.168.1.1
node.roles: [coordinating_only]
node.data: false
node.processors: 16
thread_pool:
  write.size: 32
index.translog.flush_threshold_size: 1gb
cluster.initial_master_nodes: [es-one]
xpack.security.http.ssl.keystore.path: missing.p12
`,
    )
    await writeFile(join(config, 'jvm.options'), '-Xms1g\n-Xmx2g\n')
    const { errors, warnings } = resultOf(await play('config_lint.yml')) as {
      errors: string[]
      warnings: string[]
    }
    const found = errors.join('\n')
    for (const part of [
      'unknown coordinating_only',
      'node.data no longer exists',
      'at most 17 on 16 processors',
      'index.translog.flush_threshold_size',
      'missing.p12, which is not there',
      'elasticsearch.keystore cannot be read',
      '-Xms and -Xmx differ',
    ]) {
      expect(found).to.contain(part)
    }
    expect(warnings.join('\n')).to.contain('cluster.initial_master_nodes')
  })

  it('find a configuration that cannot be parsed or gives a name twice', async () => {
    const file = join(folder, 'config', 'es-one', 'elasticsearch.yml')
    for (const [text, expected] of [
      ['node: [', 'cannot be parsed'],
      ['node.name: a\nnode.name: b\n', 'given twice: node.name'],
      ['node.name: a\nnode:\n  name: b\n', 'given twice: node.name'],
    ] as const) {
      await writeFile(file, text)
      const { errors } = resultOf(await play('config_lint.yml')) as { errors: string[] }
      expect(errors.join('\n')).to.contain(expected)
    }
  })
})
