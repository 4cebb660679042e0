// The audit on fakes: what it says of each thing that is not as it should be, that it looks on whatever does not answer, and that it
// changes nothing.
import { expect } from 'chai'
import { gates } from '../../../runbooks/audit-secrets/gates/index.ts'
import { renderKeptMetrics } from '../../../src/scheduler/kept-metrics.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  type AuditOptions,
  type AuditWorld,
  begin,
  canaries,
  carryOn,
  dayMs,
  declaration,
  planOn,
  run,
  stage,
  system,
  trouble,
  writer,
  writerPath,
} from './world.ts'

const old = { principal: 'logstash_b', secret: canaries.old }
const shared = { ...declaration, id: 'reporter', fields: { principal: 'reporter', secret: 'token' } }
const approle = { ...declaration, id: 'app', kind: 'vault-approle' as const, owner: 'app', principals: [] }

const label = ({ vault, world }: AuditWorld, daysAgo: number) =>
  vault.label(writerPath, {
    [`${writer}_rotated_at`]: new Date(world.clock.now().getTime() - daysAgo * dayMs).toISOString(),
  })

describe('audit-secrets', () => {
  it('says of a platform that is well what is there, and finds nothing', async () => {
    const made = await begin()
    const { body } = await planOn(made.world.begin())
    expect(body.notes.join('\n')).to.match(
      /^vault: answers.*\nlogstash-writer: logstash_a, version 2, 0 days old; 2 hosts use it\n/,
    )
    expect(body.notes.filter(note => /: elasticsearch: 400 days left, serial A/.test(note))).to.have.length(3)
    expect(body.notes).to.include('vault01:8200: vault: 400 days left, serial A4, issued by CN=test CA')
    expect(await trouble(made)).to.deep.equal([])
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
  })

  const cases: readonly [string, (made: AuditWorld) => unknown, RegExp, AuditOptions?][] = [
    [
      'a secret is too old',
      made => label(made, 31),
      /^warning: logstash-writer: it is 31 days old, and may be 30 days old; next: ops run rotate-secrets --secret logstash-writer$/,
    ],
    ['a secret is much too old', made => label(made, 61), /^critical: logstash-writer: it is 61 days old/],
    [
      'its age is that of its version where ops has never rotated it',
      async made => {
        await made.vault.label(writerPath, { [`${writer}_rotated_at`]: null })
        made.world.clock.pass(31 * dayMs)
      },
      /^warning: logstash-writer: it is 31 days old/,
    ],
    [
      'its user is gone',
      ({ credentials }) => credentials.change(({ principals }) => principals.splice(0, 1)),
      /^critical: .*logstash_a, whom Vault names, is not there/,
    ],
    [
      'its user is kept out',
      ({ credentials }) => credentials.setEnabled(system, 'logstash_a', false),
      /^critical: .*logstash_a, whom Vault names, is kept out/,
    ],
    [
      'the other user is let in, too',
      ({ credentials }) => credentials.setEnabled(system, 'logstash_b', true),
      /^warning: .*logstash_b is let in beside logstash_a; next: once nobody uses it: disable the user/,
    ],
    [
      'the cluster does not answer',
      ({ credentials }) =>
        credentials.fail('elasticsearch', { code: 'CLUSTER_UNREACHABLE', message: 'nobody answers' }),
      /^warning: .*who is let in cannot be looked at: nobody answers/,
    ],
    [
      'a host has the secret before',
      ({ consumers }) => consumers.writeFile('logstash02', writer, old, 1),
      /^critical: logstash-writer on logstash02: its file has the secret before \(of logstash_b\)/,
    ],
    [
      'a host has a secret that Vault does not know',
      ({ consumers }) =>
        consumers.writeFile('logstash02', writer, { ...old, secret: 'from-somewhere' }, null),
      /^critical: logstash-writer on logstash02: .*\(of logstash_b\) that Vault has not had lately/,
    ],
    [
      'a process is older than its file',
      ({ consumers }) => {
        const { principal, secret } = consumers.fileOf('logstash01', writer) ?? old
        consumers.writeFile('logstash01', writer, old, 1)
        consumers.writeFile('logstash01', writer, { principal, secret }, 2)
      },
      /^warning: logstash-writer on logstash01: its process is older than its file/,
    ],
    [
      'anybody may read a file',
      ({ says }) => says.set('logstash01', { file_mode: '0644' }),
      /^critical: .*others than logstash may use its file: mode 0644/,
    ],
    [
      'the group may write a file',
      ({ says }) => says.set('logstash01', { file_mode: '0660' }),
      /^warning: .*the group may write its file: mode 0660/,
    ],
    [
      'the secret stands elsewhere, too',
      ({ says }) => says.set('logstash01', { plain_text_elsewhere: ['/etc/default/logstash'] }),
      /^critical: .*in plain text in \/etc\/default\/logstash/,
    ],
    [
      'not every file can be searched',
      ({ says }) => says.set('logstash01', { search_incomplete: true }),
      /^warning: logstash-writer on logstash01: not all of its files could be searched/,
    ],
    [
      'a host has no file',
      ({ says }) => says.set('logstash01', { there: false }),
      /^critical: .*it has no such file/,
    ],
    [
      'a host does not answer',
      ({ world }) => world.ansible.trouble('logstash02', 'unreachable'),
      /^warning: logstash-writer on logstash02: cannot be looked at: unreachable/,
    ],
    [
      'an answer makes no sense',
      ({ says }) => says.set('logstash02', { there: 'maybe' }),
      /^warning: logstash-writer on logstash02: cannot be looked at: its answer makes no sense/,
    ],
    [
      'Ansible dies',
      ({ world }) => world.ansible.trouble('logstash01', 'lost-before'),
      /^warning: logstash-writer on logstash01: cannot be looked at: Ansible ended without saying/,
    ],
    [
      'no host is of its pattern',
      () => {},
      /^warning: logstash-writer on kibana: cannot be looked at/,
      { secrets: [{ ...declaration, consumers: [{ hosts: 'kibana', verify: 'login' }] }] },
    ],
    [
      'a dead run has left a secret staged',
      async made => {
        await stage(made)
        made.world.clock.pass(3 * dayMs)
      },
      /^warning: .*staged since 2025-04-10T08:00:00Z, by run run-7, and nobody carries it on; next: ops resume run-7, or ops abort run-7/,
    ],
    [
      'its system is not in this inventory',
      () => {},
      /^warning: app: not looked at: inventory/,
      { secrets: [{ ...declaration, id: 'app' }], credentials: 'absent' },
    ],
    [
      'nothing is in Vault',
      () => {},
      /^warning: .*Vault has nothing at secret\/elk\/other/,
      { secrets: [{ ...declaration, path: 'secret/elk/other' }] },
    ],
    [
      'a field is missing',
      () => {},
      /^critical: reporter: secret\/elk\/logstash has no reporter and no token/,
      { secrets: [shared] },
    ],
    [
      'a policy keeps ops out',
      ({ vault }) => vault.deny('secret/data/elk/logstash'),
      /^warning: logstash-writer: secret\/elk\/logstash cannot be read/,
    ],
    [
      'the clocks differ',
      () => {},
      /^warning: vault: its clock and ours are 5 min apart/,
      { vault: { skewMs: -300_000 } },
    ],
    [
      'our token ends soon',
      () => {},
      /^warning: vault: the token of ops ends in 10 d, at /,
      { vault: { auth: 'token', tokenLifetimeMs: 10 * dayMs } },
    ],
    [
      'our secret-id ends soon',
      ({ vault, world }) =>
        vault.change(({ roles }) =>
          Object.assign(roles.ops?.secretIds[0] ?? {}, {
            expiresAtMs: world.clock.now().getTime() + 2 * dayMs,
          }),
        ),
      /^critical: vault: the last secret-id of the AppRole ops ends in (?:48 h|2 d)/,
    ],
    [
      'a declared AppRole has none',
      () => {},
      /^critical: vault: the AppRole app has no secret-id/,
      { secrets: [approle], vault: { roles: { ops: 1, app: 0 } } },
    ],
    [
      'a certificate ends soon',
      ({ certificates, servers, world }) =>
        certificates.serve(servers[0] ?? '', world.clock.now().getTime() + 29.5 * dayMs),
      /^warning: \S+:9200: its certificate ends in 29 days, at \S+, serial A5; next: ops run renew-certificates --hosts/,
    ],
    [
      'a certificate ends tomorrow',
      ({ certificates, servers, world }) =>
        certificates.serve(servers[0] ?? '', world.clock.now().getTime() + 1.5 * dayMs),
      /^critical: \S+:9200: its certificate ends in 1 day,/,
    ],
    [
      'a certificate has ended',
      ({ certificates, servers, world }) =>
        certificates.serve(servers[0] ?? '', world.clock.now().getTime() - 1),
      /^critical: \S+:9200: its certificate has ended at/,
    ],
    [
      'a certificate is of another authority',
      ({ certificates, servers }) => certificates.refuse(servers[0] ?? '', 'self-signed certificate'),
      /^critical: \S+:9200: its certificate is not accepted: self-signed certificate; issued by CN=test CA, serial A1/,
    ],
    [
      'a port does not answer',
      ({ certificates, servers }) => certificates.stop(servers.at(-1) ?? ''),
      /^warning: vault01:8200: vault shows no certificate: connect ECONNREFUSED/,
    ],
    [
      'the authority ends soon',
      ({ certificates, world }) => {
        certificates.authorityEndsAtMs = world.clock.now().getTime() + 20 * dayMs
      },
      /^critical: \S+: the authority that its clients trust ends at/,
    ],
  ]
  for (const [when, spoil, says, options] of cases)
    it(`says so when ${when}`, async () => {
      const made = await begin(options)
      await spoil(made)
      const found = await trouble(made)
      expect(
        found.filter(note => says.test(note)),
        found.join('\n'),
      ).not.to.deep.equal([])
    })

  describe('of two secrets of one AppRole', () => {
    const both = ['app', 'app-two'].map(id => ({
      ...approle,
      ...{ id, path: `secret/elk/${id}`, consumers: [], fields: { principal: 'accessor', secret: 'id' } },
    }))
    const beginBoth = async () => {
      const made = await begin({ secrets: both, vault: { roles: { ops: 1, app: 0 } } })
      for (const [at, { path }] of both.entries()) {
        const accessor = `accessor-${at}`
        made.credentials.change(({ principals }) =>
          principals.push({
            ...{ kind: 'vault-approle', owner: 'app', name: accessor, secret: `canary-${at}` },
            ...{ enabled: true, grants: [], madeBy: null },
          }),
        )
        made.vault.change(({ roles, atMs }) =>
          roles.app?.secretIds.push({
            ...{ accessor, secretId: `canary-${at}`, createdAtMs: atMs, metadata: {} },
            expiresAtMs: at === 0 ? atMs + 2 * dayMs : null,
          }),
        )
        made.vault.somebodyWrites(path, { accessor, id: `canary-${at}` })
      }
      return made
    }

    it('takes the secret-id of the one for no left-over of the other', async () => {
      const found = (await trouble(await beginBoth())).join('\n')
      expect(found).not.to.include('let in beside')
    })

    it('names the one that is in use and ends soon, although another one lasts', async () => {
      const found = await trouble(await beginBoth())
      expect(found.join('\n')).to.match(
        /critical: app: the secret-id accessor-0, which is in use, ends in 2 d/,
      )
      expect(found.join('\n')).not.to.include('accessor-1')
    })
  })

  it('finds nothing wrong with a rotation that is under way', async () => {
    const made = await begin()
    await stage(made)
    await made.credentials.setEnabled(system, 'logstash_b', true)
    made.consumers.writeFile('logstash01', writer, { principal: 'logstash_b', secret: canaries.staged }, null)
    made.consumers.stop('logstash01')
    made.consumers.start('logstash01')
    expect(await trouble(made)).to.deep.equal([])
    const { notes } = (await planOn(made.world.begin())).body
    expect(notes.join('\n')).to.include('a rotation is under way (run run-7)')
  })

  it('finds the secret before in a document that others have written since', async () => {
    const made = await begin()
    for (const note of ['one', 'two'])
      made.vault.somebodyWrites(writerPath, { username: 'logstash_a', password: canaries.current, note })
    made.consumers.writeFile('logstash02', writer, old, 1)
    expect((await trouble(made)).join('\n')).to.include('logstash02: its file has the secret before')
  })

  for (const away of ['seal', 'stop', 'standBy', 'refuseLogin'] as const)
    it(`goes on from the cache where Vault is away (${away})`, async () => {
      const made = await begin()
      expect(await trouble(made)).to.deep.equal([])
      made.vault[away]()
      made.world.clock.pass(3_600_000)
      made.consumers.writeFile('logstash02', writer, old, 1)
      const found = (await trouble(made)).join('\n')
      expect(found).to.match(/^critical: vault: .*: nothing can be rotated/)
      // Who is refused is not away: what was read before is not for whoever may not read it now.
      if (away === 'refuseLogin') return
      expect(found).to.match(/logstash-writer: version 2 is from the cache of this machine, 60 min old/)
      expect(found).to.match(
        /critical: logstash-writer on logstash02: its file has a secret \(of logstash_b\)/,
      )
      expect(found).not.to.include('logstash01')
    })

  for (const away of ['stop', 'standBy'] as const)
    it(`waits for a Vault that comes back in a moment, as from an election (${away})`, async () => {
      const made = await begin()
      const health = made.vault.health.bind(made.vault)
      let looks = 0
      made.vault.health = () => {
        if (++looks === 4) {
          made.vault.start({ sealed: false })
          made.vault.standBy(false)
        }
        return health()
      }
      made.vault[away]()
      expect(await trouble(made)).to.deep.equal([])
    })

  it('does not mind the environment of the process itself', async () => {
    const made = await begin()
    made.says.set('logstash01', { plain_text_elsewhere: ['environment of 4711'] })
    expect(await trouble(made)).to.deep.equal([])
    made.says.set('logstash01', { plain_text_elsewhere: ['command line of 4711'] })
    expect(await trouble(made)).to.have.length(1)
  })

  const stranger = { ...declaration, id: 'unknown-there', path: 'secret/x' }

  it('says which host has no entry for a secret', async () => {
    const made = await begin({ secrets: [declaration, stranger] })
    expect((await trouble(made)).join('\n')).to.match(
      /unknown-there on logstash01: cannot be looked at: the inventory does not say/,
    )
  })

  it('asks a host again for each secret where one of its entries is wrong, so that it hides none', async () => {
    const made = await begin({ secrets: [declaration, stranger] })
    made.consumers.writeFile('logstash02', writer, old, 1)
    made.world.ansible.trouble('logstash02', 'fails', { times: 1 })
    const found = (await trouble(made)).join('\n')
    expect(found).to.include('critical: logstash-writer on logstash02: its file has the secret before')
  })

  it('logs in nowhere, so that nobody is counted as forgotten because of it', async () => {
    const made = await begin()
    await run(made.world.begin())
    const asked = made.world.ansible.requests.filter(({ playbook }) => playbook === 'secret_status.yml')
    expect(asked).not.to.deep.equal([])
    for (const { vars } of asked) expect(vars).to.include({ ops_login: false })
  })

  it('ends failed with what cannot wait, and well with warnings alone', async () => {
    const made = await begin()
    await label(made, 31)
    expect(await run(made.world.begin())).to.include({ outcome: 'succeeded', exitCode: 0 })
    await label(made, 100)
    const error = failureOf(await run(made.world.begin()))
    expect(error).to.include({ code: 'AUDIT_FOUND', exitCode: 1 })
    expect(error.message).to.match(/^1 of \d+ findings cannot wait: logstash-writer: it is 100 days old/)
    const remarks = (await made.world.journal.read('run-2')).filter(({ type }) => type === 'remark')
    expect(remarks.map(({ text }) => text)).to.deep.equal([
      'critical: logstash-writer: it is 100 days old, and may be 30 days old; next: ops run rotate-secrets --secret logstash-writer',
      '1 critical, 0 warnings, 5 fine',
    ])
  })

  it('keeps its numbers for Prometheus', async () => {
    const made = await begin()
    await label(made, 12)
    made.consumers.writeFile('logstash02', writer, old, 1)
    made.certificates.stop(made.servers[0] ?? '')
    expect(await renderKeptMetrics(made.world.evidence)).to.equal('')
    await run(made.world.begin())
    const text = await renderKeptMetrics(made.world.evidence)
    for (const line of [
      'ops_secret_vault_answers 1',
      'ops_secret_age_days{secret="logstash-writer"} 12',
      'ops_secret_max_age_days{secret="logstash-writer"} 30',
      'ops_secret_consumers{secret="logstash-writer"} 2',
      'ops_secret_consumers_stale{secret="logstash-writer"} 1',
      'ops_certificate_days_left{host="vault01",port="8200"} 400',
      'ops_secret_findings{severity="critical"} 1',
      'ops_secret_findings{severity="warning"} 2',
    ])
      expect(text.split('\n')).to.include(line)
    expect(text.match(/ops_certificate_days_left\{/g)).to.have.length(3)
    expect(text).to.match(/ops_secret_audit_timestamp_seconds 17\d{8}\n/)
  })

  it('changes nothing, and no secret is in anything that it leaves', async () => {
    const made = await begin()
    await stage(made)
    made.consumers.writeFile('logstash02', writer, old, 1)
    const before = JSON.stringify([made.vault.effects, made.credentials.state.history])
    const self = made.world.begin()
    await run(self)
    expect(JSON.stringify([made.vault.effects, made.credentials.state.history])).to.equal(before)
    const left = JSON.stringify([
      await made.world.journal.read('run-1'),
      await made.world.evidence.get('audit', 'audit-secrets'),
      self.notices,
      made.world.ansible.requests.map(({ vars }) => vars),
    ])
    for (const canary of Object.values(canaries)) expect(left).not.to.include(canary)
  })

  it('refuses an audit that would look at nothing', async () => {
    const made = await begin({ secrets: [] })
    made.world.ansible.setHosts([{ name: 'somewhere' }])
    expect(failureOf(await run(made.world.begin())).message).to.include('there_is_something_to_audit')
  })

  it('needs no Vault where no secret is declared', async () => {
    const made = await begin({ secrets: [] })
    made.vault.stop()
    expect(await trouble(made)).to.deep.equal([])
  })

  describe('killed at every record', () => {
    for (const when of ['before', 'after'] as const)
      it(`keeps one audit when it is resumed, and nothing when it is aborted early (${when})`, async () => {
        for (let record = 1; ; record += 1) {
          const made = await begin()
          await label(made, 100)
          const end = await run(made.world.begin({ cut: { record, when } }))
          if (end !== 'killed') {
            expect(record).to.be.greaterThan(5)
            return
          }
          if ((await made.world.journal.runs()).length === 0) continue
          expect(failureOf(await carryOn(made.world.begin(), 'resume')), `record ${record}`).to.include({
            code: 'AUDIT_FOUND',
          })
          expect(await made.world.evidence.list('audit')).to.have.length(1)
          expect([...made.world.lockTable.rows.keys()]).to.deep.equal([])
        }
      })
  })

  it('has gates with names that are sentences', () => {
    for (const { name, prevents, waivable } of gates) {
      expect(name).to.match(/^[a-z]+(_[a-z]+){2,}$/)
      expect(prevents).to.match(/^[A-Z].{15,}\.$/)
      expect(waivable).to.be.oneOf(['never', 'reason', 'approval'])
    }
  })
})
