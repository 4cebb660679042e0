// The audit on ten real nodes, brokers, two shippers and a Vault: all is well, then one thing after the other is not. What it says must
// come from the servers and hosts themselves, and no secret may be in anything that it leaves.
import { chmodSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { nodesFor } from '../../src/lab/layout.ts'
import { shipperFiles } from '../../src/lab/shipper/files.ts'
import type { Lab } from '../../src/lab/state.ts'
import { seal, unseal } from '../../src/lab/vault/seal.ts'
import { readWriter } from '../../src/lab/vault/writers.ts'
import { opsOn, tellEnd } from './support/ops.ts'
import { findInFiles } from './support/secrets.ts'
import { secretsLab } from './support/secrets-lab.ts'

describe('audit-secrets on real servers', function () {
  this.timeout(1_200_000)
  const { stateDir } = secretsLab
  const ops = opsOn(stateDir)
  let lab: Lab
  let credentials: string

  before(async () => {
    lab = await secretsLab.up()
    credentials = shipperFiles(lab.state.nodesRoot, 'logstash01').credentials
  })

  const findings = async (): Promise<readonly string[]> => {
    const { stdout } = await ops(['plan', 'audit-secrets', '--json'])
    return (JSON.parse(stdout) as { notes: string[] }).notes
  }
  const onWriter = async (): Promise<readonly string[]> =>
    (await findings()).filter(note => /^(critical|warning): logstash-writer/.test(note))

  it('finds the writer, its two hosts and every certificate as they should be', async () => {
    const notes = await findings()
    expect(notes.join('\n')).to.match(/^logstash-writer: logstash_a, version 1, 0 days old; 2 hosts use it$/m)
    const served = notes.filter(note =>
      /: (elasticsearch|vault): 82\d days left, serial \w+, issued by/.test(note),
    )
    expect(served).to.have.length(nodesFor(lab.nodes, 'elasticsearch').length + 1)
    expect(notes.filter(note => note.startsWith('critical'))).to.deep.equal([])
  })

  it('ends well with warnings alone, and its numbers are among the metrics', async () => {
    const end = await ops(['--json', 'run', 'audit-secrets', '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    const { stdout } = await ops(['schedule', 'metrics'])
    expect(stdout).to.match(/^ops_secret_consumers\{secret="logstash-writer"\} 2$/m)
    expect(stdout).to.match(/^ops_secret_consumers_stale\{secret="logstash-writer"\} 0$/m)
    expect(stdout).to.match(/^ops_certificate_days_left\{host="vault01",port="8200"\} 82\d/m)
  })

  it('finds a file that anybody may read', async () => {
    chmodSync(credentials, 0o644)
    expect((await onWriter()).join('\n')).to.match(
      /logstash-writer on logstash01: others than \S+ may use its file: mode 0644/,
    )
    const end = await ops(['--json', 'run', 'audit-secrets', '--yes'])
    expect(end.exitCode, tellEnd(end)).to.equal(1)
    expect(end.records.at(-1)).to.include({ type: 'run.ended', code: 'AUDIT_FOUND' })
    chmodSync(credentials, 0o600)
  })

  it('finds a secret that Vault does not know, and a process that is older than its file', async () => {
    const before = readFileSync(credentials, 'utf8')
    const { atime, mtime } = statSync(credentials)
    const changed = { ...(JSON.parse(before) as object), password: 'from-somewhere-else-42' }
    writeFileSync(credentials, JSON.stringify(changed))
    const found = (await onWriter()).join('\n')
    writeFileSync(credentials, before)
    // Its process is not older than what it has read.
    utimesSync(credentials, atime, mtime)
    expect(found).to.match(
      /critical: logstash-writer on logstash01: .*\(of logstash_a\) that Vault has not had lately/,
    )
    expect(found).to.match(/warning: logstash-writer on logstash01: its process is older than its file/)
    expect(found).not.to.include('logstash02')
  })

  it('says that Vault is sealed, and goes on from the cache of this machine', async () => {
    const [vault] = nodesFor(lab.nodes, 'vault')
    if (vault === undefined) throw new Error('there is no Vault')
    await seal(lab, vault)
    const notes = (await findings()).join('\n')
    await unseal(lab, vault)
    expect(notes).to.match(/^critical: vault: .*sealed: nothing can be rotated/m)
    expect(notes).to.match(/logstash-writer: version 1 is from the cache of this machine/)
    expect(notes).not.to.match(/logstash-writer on logstash02/)
  })

  it('leaves no secret in its state directory', async () => {
    const login = await readWriter(lab)
    if (login === undefined) throw new Error('Vault has no writer')
    // The lab's own files are those of its servers and shippers.
    const found = findInFiles(stateDir, [login.password], file => file.startsWith(join(stateDir, 'lab')))
    expect(found).to.deep.equal([])
  })
})
