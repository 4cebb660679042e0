// The contract of credentials on a real cluster, as the user `ops`, and what only a real one shows: rights that a key cannot get, an
// index that cannot be written, nothing left behind. The cluster is the caller's; users and roles made here stay until it ends.
import { expect } from 'chai'
import {
  connectElasticsearch,
  type ElasticsearchConnection,
} from '../../../src/adapters/elasticsearch/index.ts'
import { toOpsError } from '../../../src/errors/index.ts'
import { readContent } from '../../../src/lab/elasticsearch/content.ts'
import { type Connection, connect } from '../../../src/lab/elasticsearch/http.ts'
import { clusterName, urlOf } from '../../../src/lab/layout.ts'
import { readPassword } from '../../../src/lab/secrets.ts'
import type { Lab } from '../../../src/lab/state.ts'
import { SecretText } from '../../../src/ports/secret.ts'
import {
  type CredentialsUnderTest,
  describeElasticsearchCredentials,
} from '../../contract/credentials.contract.ts'

const deadEndpoint = 'es-gone'
/** Of indices that `ops` may delete again. */
const writer = { indices: [{ names: ['drill-keys-*'], privileges: ['auto_configure', 'create_doc'] }] }
const reader = { cluster: ['monitor'], indices: [{ names: ['drill-keys-*'], privileges: ['read'] }] }
const users = { kind: 'elasticsearch-user', owner: '' } as const
const text = (secret: string) => new SecretText(secret)

export function describeRealCredentials(labOf: () => Lab): void {
  describe('credentials on real servers', () => {
    let lab: Lab
    let es: ElasticsearchConnection
    let elastic: Connection

    before(() => {
      lab = labOf()
      elastic = connect(lab, 'elastic')
      es = connectElasticsearch({
        endpoints: [
          ...lab.nodes.map(node => ({ host: node.name, url: urlOf(node) })),
          {
            host: deadEndpoint,
            url: `${urlOf(lab.nodes[0] as Lab['nodes'][number]).replace(/:\d+$/, ':1')}`,
          },
        ],
        caFile: lab.paths.caFile,
        username: 'ops',
        password: readPassword(lab.paths, 'ops'),
        clusterName,
      })
    })
    after(async () => {
      await es?.close()
      elastic?.[Symbol.dispose]()
    })

    const putUser = (name: string, password: string, roles: readonly string[], more: object = {}) =>
      elastic.ask('PUT', `/_security/user/${name}`, { password, roles, ...more })
    const putRole = (name: string, role: object) => elastic.ask('PUT', `/_security/role/${name}`, role)
    const canaries = async () =>
      Object.keys(await elastic.ask('GET', '/*ops-canary*/_settings?expand_wildcards=all'))

    describeElasticsearchCredentials('three real nodes', async (): Promise<CredentialsUnderTest> => {
      await putRole('contract_writer', writer)
      await putRole('contract_reader', reader)
      await putUser('contract_a', 'first-secret-1', ['contract_writer'], { metadata: { team: 'x' } })
      await putUser('contract_b', 'old-secret-1', ['contract_reader'], { enabled: false })
      await putUser('narrow', 'narrow-secret-1', ['contract_reader'])
      await elastic.ask('PUT', '/_security/user/kibana_system/_password', { password: 'reserved-secret-1' })
      // What whoever makes keys for `elastic` needs besides.
      await putRole('contract_run_as', { run_as: ['elastic'] })
      const { ops } = await elastic.ask('GET', '/_security/user/ops')
      await elastic.ask('PUT', '/_security/user/ops', { roles: [...ops.roles, 'contract_run_as'] })
      const key = {
        name: 'contract-shipper',
        role_descriptors: { writer },
        expiration: '30d',
        metadata: { team: 'x' },
      }
      const { id, encoded } = await elastic.ask('POST', '/_security/api_key', key)
      const path = '/_security/service/elastic/kibana/credential/token/first'
      const { token } = await elastic.ask('POST', path)
      return {
        credentials: es.credentials,
        users: { names: ['contract_a', 'contract_b'], secret: 'first-secret-1' },
        narrow: { name: 'narrow', secret: 'narrow-secret-1' },
        reserved: { name: 'kibana_system', secret: 'reserved-secret-1' },
        apiKey: { owner: 'contract-shipper', id, secret: encoded },
        token: { owner: 'elastic/kibana', name: 'first', secret: token.value },
        deadEndpoint,
        endpoints: lab.nodes.length + 1,
      }
    })

    // After the contract, which mocha would run after these if they stood beside it.
    describe('beyond the contract', () => {
      it('leave no canary behind', async () => {
        expect(await canaries()).to.deep.equal([])
      })

      it('keep what else was known of the user that they are made like', async () => {
        const { contract_b } = await elastic.ask('GET', '/_security/user/contract_b')
        expect(contract_b).to.deep.include({
          roles: ['contract_writer'],
          metadata: { team: 'x', ops_run: 'another-run' },
        })
      })

      it('notice that a user may write and cannot', async () => {
        const settings = { 'index.blocks.write': true, 'index.number_of_replicas': 0 }
        await elastic.ask('PUT', '/_index_template/blocked', {
          index_patterns: ['drill-blocked-*'],
          template: { settings },
        })
        await putRole('blocked', {
          indices: [{ names: ['drill-blocked-*'], privileges: ['auto_configure', 'create_doc'] }],
        })
        await putUser('blocked_a', 'blocked-secret-1', ['blocked'])
        const problems = await es.credentials.prove(
          users,
          { principal: 'blocked_a', secret: text('blocked-secret-1') },
          'blocked_a',
        )
        expect(problems.length).to.equal(1)
        expect(problems[0]).to.match(/cannot write to drill-blocked-ops-canary-/)
        expect(await canaries()).to.deep.equal([])
      })

      it('read back what they wrote where their own roles allow it', async () => {
        const all = {
          indices: [{ names: ['drill-both-*'], privileges: ['auto_configure', 'write', 'read'] }],
        }
        await putRole('both', all)
        await putUser('both_a', 'both-secret-1', ['both'])
        const credential = { principal: 'both_a', secret: text('both-secret-1') }
        expect(await es.credentials.prove(users, credential, 'both_a')).to.deep.equal([])
      })

      it('prove the writer of the platform on an index beside its daily ones', async () => {
        await putRole('logstash_writer', readContent('roles/logstash_writer.json') as object)
        await putUser('writer_a', 'writer-secret-1', ['logstash_writer'])
        const credential = { principal: 'writer_a', secret: text('writer-secret-1') }
        expect(await es.credentials.prove(users, credential, 'writer_a')).to.deep.equal([])
        expect(await canaries()).to.deep.equal([])
      })

      it('are never those of ops itself', async () => {
        const own = { name: 'ops', like: 'ops', secret: text('another-secret-1'), run: 'r1' }
        for (const work of [
          es.credentials.make(users, own),
          es.credentials.setEnabled(users, 'ops', false),
          es.credentials.revoke(users, 'ops'),
        ])
          expect((await work.then(() => null, toOpsError))?.code).to.equal('CLUSTER_REJECTED')
        expect((await es.identity()).clusterName).to.equal(clusterName)
      })
    })

    describe('a key of a user in whose name ops may not ask', () => {
      const keys = { kind: 'elasticsearch-api-key', owner: 'strangers-key' } as const
      const makeKey = async (body: object): Promise<string> => {
        const answer = await elastic.ask('POST', '/_security/api_key/grant', {
          grant_type: 'password',
          username: 'stranger',
          password: 'stranger-secret-1',
          api_key: { name: keys.owner, ...body },
        })
        return answer.id
      }
      before(() =>
        putRole('stranger', { cluster: ['manage_own_api_key'], ...writer }).then(() =>
          putUser('stranger', 'stranger-secret-1', ['stranger']),
        ),
      )

      it('is made with less than the old one may, and the proof says so', async () => {
        const like = await makeKey({ role_descriptors: { writer } })
        const made = await es.credentials.make(keys, { name: '', like, secret: null, run: 'r1' })
        const problems = await es.credentials.prove(keys, made, like)
        expect(problems.join()).to.include('create_doc on drill-keys-*')
        await es.credentials.revoke(keys, made.principal)
      })

      it('is not made at all where the old one has every right of its user', async () => {
        const like = await makeKey({})
        const thrown = await es.credentials
          .make(keys, { name: '', like, secret: null, run: 'r1' })
          .then(() => null, toOpsError)
        expect(thrown?.code).to.equal('CLUSTER_FORBIDDEN')
        expect(thrown?.hint).to.include('run_as')
      })
    })
  })
}
