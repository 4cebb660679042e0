// The playbook that looks for offsets in pipelines, on real Ansible: it hands back the lines that speak of them, and no secret that stands
// in the same line.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect } from 'chai'
import { type AnsibleDriver, createAnsible } from '../../src/adapters/ansible/index.ts'

const id = '%{[@metadata][kafka][offset]}'
const secrets = ['canary-one 1', 'canary-two', 'canary-three', 'canary-four', 'canary-five']
const pipelines: Readonly<Record<string, string>> = {
  'one.conf': `output { elasticsearch { password => "${secrets[0]}" api_key => '${secrets[1]}' document_id => "${id}" } }\n`,
  'two.conf': [
    'input { kafka { topics => ["raw-logs"] } }',
    'filter {',
    `  mutate { add_field => { "offset" => "${id}" "auth_token" => "${secrets[2]}" } }`,
    `  http { url => "https://user:${secrets[3]}@host/${id}" sasl_jaas_config => "x password='${secrets[4]}';" }`,
    '}',
  ].join('\n'),
  'three.conf': 'output { stdout { } }\n',
}

describe('the pipelines of Logstash', function () {
  this.timeout(300_000)
  let folder: string
  let ansible: AnsibleDriver
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ops-pipelines-test-'))
    for (const [name, text] of Object.entries(pipelines)) await writeFile(join(folder, name), text)
    const vars = {
      ansible_connection: 'local',
      ansible_python_interpreter: '{{ ansible_playbook_python }}',
      logstash_pipelines: join(folder, '*.conf'),
    }
    await writeFile(join(folder, 'hosts.yml'), JSON.stringify({ all: { vars, hosts: { logstash01: {} } } }))
    ansible = createAnsible({
      checkout: resolve(import.meta.dirname, '../..'),
      inventory: join(folder, 'hosts.yml'),
      stateDir: join(folder, 'state'),
      run: `pipelines-test-${process.pid}`,
      runDir: join(folder, 'run'),
      redact: text => text,
    })
  })
  after(async () => {
    await ansible.close()
    await rm(folder, { recursive: true, force: true })
  })

  it('are handed back by the lines that speak of offsets, and no secret of theirs leaves the host', async () => {
    const { outcomes, results } = await ansible.play({
      playbook: 'logstash_pipelines.yml',
      hosts: ['logstash01'],
      vars: {},
      stallMs: 30_000,
    })
    expect(outcomes.get('logstash01')?.state).to.equal('ok')
    const found = results.get('logstash01') as { files: number; lines: { file: string; text: string }[] }
    expect(found.files).to.equal(3)
    expect(found.lines.map(({ file }) => file).sort()).to.deep.equal(['one.conf', 'two.conf', 'two.conf'])
    const said = found.lines.map(({ text }) => text).join('\n')
    expect(said).to.include(`document_id => "${id}"`)
    expect(said).to.include(`"offset" => "${id}"`)
    for (const secret of secrets) expect(said).to.not.include(secret)
    const kept = await readdir(folder, { recursive: true, withFileTypes: true })
    for (const file of kept.filter(one => one.isFile() && !one.name.endsWith('.conf'))) {
      const text = await readFile(join(file.parentPath, file.name), 'utf8')
      for (const secret of secrets) expect(text, file.name).to.not.include(secret)
    }
  })
})
