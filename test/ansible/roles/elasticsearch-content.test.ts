// What fills the cluster, against a fake that speaks the documented answers, lifecycle and snapshot policies included.
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { type FakeCluster, startFakeCluster, writeSecret } from './fake-cluster.ts'
import { localInventory, openRoleTest, type RoleTest, refusalOf } from './play-role.ts'

const policyPath = '/_ilm/policy/log-retention-90d'
const templatePath = '/_index_template/platform-logs'

describe('the role elasticsearch_content', function () {
  this.timeout(300_000)
  let test: RoleTest
  let vars: (cluster: FakeCluster, more?: JsonObject) => JsonObject
  const opened: FakeCluster[] = []
  const start = async (lacks: readonly string[] = []): Promise<FakeCluster> => {
    const cluster = await startFakeCluster(`${test.folder}/fake${opened.length}`, { elastic: 'first', lacks })
    opened.push(cluster)
    return cluster
  }
  before(async () => {
    test = await openRoleTest(localInventory({ elasticsearch: { alpha: {}, beta: {} } }))
    const secrets = Object.fromEntries(
      ['elastic:first', 'ops:of-ops', 'kibana_system:of-kibana'].map(pair => {
        const [name = '', password = ''] = pair.split(':')
        return [name, writeSecret(test.folder, name, password)]
      }),
    )
    vars = (cluster, more = {}) => ({
      test_result: 'elasticsearch_content_result',
      elasticsearch_content_urls: ['https://127.0.0.1:9', cluster.url],
      elasticsearch_content_ca_file: cluster.caFile,
      elasticsearch_content_password_file: secrets.elastic ?? '',
      elasticsearch_content_snapshot_schedule: '0 30 1 * * ?',
      elasticsearch_content_users: [
        {
          name: 'ops',
          roles: ['ops_runner', 'ops_snapshots', 'ops_secrets'],
          password_file: secrets.ops ?? '',
        },
        { name: 'kibana_system', password_file: secrets.kibana_system ?? '' },
      ],
      ...more,
    })
  })
  after(async () => {
    for (const cluster of opened) cluster.close()
    await test.close()
  })

  it('shows in check mode what it would write, and writes nothing', async () => {
    const cluster = await start()
    const played = await test.play('elasticsearch_content', vars(cluster), { check: true })
    expect(played.outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: true })
    const shown = played.diffs.map(({ diff }) => diff).join('\n')
    expect(shown).to.contain('log-retention-90d').and.to.contain('"index.number_of_shards": "5"')
    expect(shown).to.contain('password: (a new value)').and.not.to.contain('of-ops')
    expect(cluster.writes).to.deep.equal([])
  })

  it('writes everything once, as the platform needs it, and nothing the second time', async () => {
    const cluster = await start()
    const played = await test.play('elasticsearch_content', vars(cluster))
    expect(refusalOf(played, 'alpha')).to.equal('')
    expect(played.results.get('alpha')).to.deep.equal({ lacking: [] })
    const policy = JSON.stringify(cluster.objects.get(policyPath))
    expect(policy).not.to.contain('rollover').and.not.to.contain('require')
    expect(policy).to.contain('"readonly":{}')
    expect(cluster.objects.get(templatePath)).to.deep.include({
      index_patterns: [
        'crm.app-*',
        'erp.app-*',
        'eks.payment-*',
        'eks.order-*',
        'nginx.access-*',
        'mysql.log-*',
      ],
    })
    expect(cluster.passwords.get('ops')).to.equal('of-ops')
    expect(cluster.passwords.get('kibana_system')).to.equal('of-kibana')
    const count = cluster.writes.length
    const again = await test.play('elasticsearch_content', vars(cluster))
    expect(again.outcomes.get('alpha')).to.deep.equal({ state: 'ok', changed: false })
    expect(cluster.writes.length).to.equal(count)
  })

  it('writes only what differs', async () => {
    const cluster = await start()
    await test.play('elasticsearch_content', vars(cluster))
    cluster.writes.length = 0
    cluster.passwords.set('ops', 'another')
    await test.play('elasticsearch_content', vars(cluster, { elasticsearch_content_shards: 2 }))
    expect(cluster.writes).to.deep.equal([`PUT ${templatePath}`, 'PUT /_security/user/ops'])
  })

  it('registers the repository at the offsite store where a bucket is named, read-only unless told otherwise', async () => {
    const cluster = await start()
    const named = { elasticsearch_content_s3_bucket: 'elk-offsite', offsite_prefix: 'warsaw' }
    await test.play('elasticsearch_content', vars(cluster))
    expect([...cluster.objects.keys()]).not.to.contain('/_snapshot/elk_offsite')
    await test.play('elasticsearch_content', vars(cluster, named))
    const settings = { bucket: 'elk-offsite', client: 'offsite', base_path: 'warsaw/elk_backup' }
    const { type, settings: got } = cluster.objects.get('/_snapshot/elk_offsite') ?? {}
    expect(type).to.equal('s3')
    expect(asText(got)).to.deep.equal({ ...settings, readonly: 'true' })
    cluster.writes.length = 0
    await test.play('elasticsearch_content', vars(cluster, named))
    expect(cluster.writes).to.deep.equal([])
    await test.play(
      'elasticsearch_content',
      vars(cluster, { ...named, elasticsearch_content_s3_readonly: false }),
    )
    expect(asText(cluster.objects.get('/_snapshot/elk_offsite')?.settings)).to.include({ readonly: 'false' })
  })

  it('says what a cluster lacks, and gives it a template without a policy', async () => {
    const cluster = await start(['/_ilm', '/_slm'])
    const played = await test.play('elasticsearch_content', vars(cluster))
    expect(played.results.get('alpha')).to.deep.equal({
      lacking: [
        'the cluster has no lifecycle policies (ILM): log-retention-90d was not made',
        'the cluster has no snapshot policies (SLM): elk-daily was not made',
      ],
    })
    expect(JSON.stringify(cluster.objects.get(templatePath))).not.to.contain('lifecycle')
  })

  it('says which password does not fit, and which node does not answer', async () => {
    const cluster = await start()
    cluster.passwords.set('elastic', 'changed')
    const refused = refusalOf(await test.play('elasticsearch_content', vars(cluster)), 'alpha')
    expect(refused).to.contain('answers 401').and.to.contain('is the password file the one of this cluster?')
    const nobody = vars(cluster, { elasticsearch_content_urls: ['https://127.0.0.1:9'] })
    expect(refusalOf(await test.play('elasticsearch_content', nobody), 'alpha')).to.contain(
      'no node of the cluster answers: https://127.0.0.1:9: ',
    )
  })
})

/** A server gives every setting back as text. */
const asText = (settings: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries((settings ?? {}) as JsonObject).map(([name, value]) => [name, String(value)]),
  )
