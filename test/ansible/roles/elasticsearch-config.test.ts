// What the role does with a user's own elasticsearch.yml: every fault of it is named, and nothing is put in place.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { JsonObject } from '../../../src/ports/json.ts'
import { localInventory, openRoleTest, type RoleTest, refusalOf } from './play-role.ts'

const seen = {
  installed: '',
  running: false,
  has_data: false,
  forming: false,
  has_jvm_options: true,
  defaults_due: false,
  processors: 16,
  stale: [],
  answering: [],
}

describe('an elasticsearch.yml of one’s own', function () {
  this.timeout(300_000)
  let test: RoleTest
  const configDir = (): string => join(test.folder, 'etc')
  const vars = (file: string, more: JsonObject = {}): JsonObject => ({
    test_tasks: 'configure',
    elasticsearch_config_file: file,
    elasticsearch_config_dir: configDir(),
    elasticsearch_seen: seen,
    ...more,
  })
  before(async () => {
    const nodes = {
      'es-master01': { es_roles: ['master'] },
      'es-data01': { es_roles: ['data_hot'] },
      'es-data03': { es_roles: ['data_warm'] },
    }
    test = await openRoleTest(
      localInventory({ elasticsearch: nodes }, { es_heap_mib: 64, es_elastic_password_file: '/nowhere' }),
    )
    mkdirSync(configDir())
  })
  after(() => test.close())

  it('is refused as the platform’s text has it, with every fault named', async () => {
    const text = join(import.meta.dirname, 'files', 'elasticsearch.yml')
    const played = await test.play('elasticsearch', vars(text), { hosts: ['es-data01'] })
    const refusal = refusalOf(played, 'es-data01')
    for (const part of [
      'for es-data01 has',
      'node.roles has unknown coordinating_only; a coordinating node has an empty list',
      'node.data no longer exists: use node.roles',
      'thread_pool.write.size is 32, but may be at most',
      'index.buffer_size is no setting: it is indices.memory.index_buffer_size',
      'index.translog.flush_threshold_size; they belong in the index template',
      'no node of the cluster has the role data_content',
      'no node of the cluster has the role ingest',
      'path.repo does not name /mnt/backups/elk',
      'cluster.initial_master_nodes does not belong in the file',
      'elastic-certificates.p12, which is not there',
    ]) {
      expect(refusal).to.contain(part)
    }
    expect(readdirSync(configDir())).to.deep.equal([])
  })

  it('is refused where a password stands in it', async () => {
    const file = join(test.folder, 'own.yml')
    writeFileSync(file, 'node.roles: [master, data, ingest]\nxpack.security.http.ssl.keystore.password: x\n')
    const played = await test.play('elasticsearch', vars(file, { elasticsearch_repo_dir: '' }), {
      hosts: ['es-data01'],
    })
    expect(refusalOf(played, 'es-data01')).to.contain(
      'xpack.security.http.ssl.keystore.password: a password does not belong in the file, but in the keystore',
    )
  })

  it('gets the client of an offsite store only where one is named, with its keys for the keystore alone', async () => {
    const keys = ['access', 'secret'].map(name => {
      const file = join(test.folder, `${name}.key`)
      writeFileSync(file, `the-${name}-key\n`, { mode: 0o600 })
      return file
    })
    const texts: string[] = []
    for (const client of ['', 'offsite']) {
      const played = await test.play(
        'elasticsearch',
        {
          ...vars('', {
            elasticsearch_s3_client: client,
            elasticsearch_s3_endpoint: 'https://s3.example.org',
          }),
          ...{
            elasticsearch_s3_access_key_file: keys[0] ?? '',
            elasticsearch_s3_secret_key_file: keys[1] ?? '',
          },
          ...{ es_roles: ['master', 'data', 'ingest'], elasticsearch_first_start: false },
          elasticsearch_seen: { ...seen, processors: 1 },
        },
        { hosts: ['es-data01'], check: true },
      )
      expect(refusalOf(played, 'es-data01')).to.equal('')
      texts.push(played.diffs.map(({ diff }) => diff).join('\n'))
    }
    expect(texts[0]).to.contain('node.roles').and.not.to.contain('s3.client')
    expect(texts[1]).to.contain('s3.client.offsite.endpoint: "https://s3.example.org"')
    expect(texts[1]).to.contain('s3.client.offsite.path_style_access: true')
    expect(texts[1]).to.contain('s3.client.offsite.access_key: (a new value)')
    expect(texts[1]).to.contain('s3.client.offsite.secret_key: (a new value)')
    expect(texts.join('')).not.to.match(/the-(access|secret)-key/)
  })

  it('may be one that works', async () => {
    const played = await test.play(
      'elasticsearch_lint',
      {
        test_result: 'elasticsearch_lint_found',
        elasticsearch_lint_config_dir: configDir(),
        elasticsearch_lint_looks: ['settings', 'certificates', 'heap'],
        elasticsearch_lint_files: {
          'elasticsearch.yml': 'node.roles: [master, data, ingest]\npath.repo: /mnt/backups\n',
        },
        elasticsearch_lint_strict: true,
        elasticsearch_lint_repo_dir: '/mnt/backups/elk',
        elasticsearch_lint_cluster_roles: ['data', 'ingest', 'master'],
      },
      { hosts: ['es-data01'] },
    )
    expect(played.results.get('es-data01')).to.deep.include({ errors: [] })
  })
})
