// Snapshots of three real nodes, as an operator takes them: under write load, refused, with a file of the repository lost, and pruned.
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect } from 'chai'
import type { Manifest } from '../../runbooks/snapshot/manifest.ts'
import { SqliteEvidence } from '../../src/adapters/sqlite/evidence.ts'
import { takeDown } from '../../src/lab/down.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { backupDir } from '../../src/lab/paths.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type OpsProcess, type OpsRecord, opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.24'
const talk = () => {}
const take = ['--json', 'run', 'snapshot', '--yes']

describe('snapshots of three real nodes', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  const ops: OpsProcess = opsOn(directory.path)
  let lab: Lab
  let elastic: Connection
  let root: string

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    elastic = connect(lab, 'elastic')
    root = backupDir(lab.state.nodesRoot)
  })
  after(async () => {
    elastic?.[Symbol.dispose]()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  const snapshots = async (): Promise<
    { snapshot: string; state: string; shards: { failed: number }; indices: string[] }[]
  > => (await elastic.ask('GET', '/_snapshot/elk_backup/_all')).snapshots
  const names = async (): Promise<string[]> => (await snapshots()).map(one => one.snapshot)
  const manifestOf = async (name: string): Promise<Manifest | null> =>
    (await new SqliteEvidence(directory.path).get(
      'manifest',
      `elk_backup/${name}`,
    )) as unknown as Manifest | null
  const besides = (name: string): string => join(root, 'ops-manifests', `${name}.json.gz`)
  const refusals = (records: readonly OpsRecord[]): unknown[] =>
    records.filter(({ type }) => type === 'gate.refused').map(({ gate }) => gate)

  it('are whole while clients write: every shard, every file, a manifest in both places', async () => {
    await ops(['lab', 'load', '--rate', '50', '--name', 'night', '--detach'])
    const one = await ops([...take, '--name', 'one', '--reason', 'test'])
    const two = await ops([...take, '--name', 'two', '--read-back'])
    await ops(['lab', 'load', '--name', 'night', '--stop'])
    for (const end of [one, two]) expect(end.exitCode, tellEnd(end)).to.equal(0)
    const taken = await snapshots()
    expect(taken.map(({ snapshot }) => snapshot)).to.deep.equal(['one', 'two'])
    for (const { snapshot: name, state, shards, indices } of taken) {
      expect({ state, failed: shards.failed }, name).to.deep.equal({ state: 'SUCCESS', failed: 0 })
      // Twelve, and six more where a day begins meanwhile.
      expect(indices.length, name).to.be.at.least(12)
      const manifest = await manifestOf(name)
      expect(
        manifest?.indices.map(({ index }) => index),
        name,
      ).to.have.members(indices)
      expect(JSON.parse(gunzipSync(readFileSync(besides(name))).toString())).to.deep.equal(manifest)
    }
    const { snapshots: status } = await elastic.ask('GET', '/_snapshot/elk_backup/two/_status')
    const { incremental, total } = status[0].stats
    expect(incremental.size_in_bytes).to.be.lessThan(total.size_in_bytes)
    const said = two.records.filter(({ type }) => type === 'remark').map(({ text }) => String(text))
    expect(said.join('\n')).to.match(/elk_backup\/two: SUCCESS, \d+ indices, .* files .* read back by/)
  })

  for (const [what, args, gate] of [
    ['its name is taken', ['--name', 'one'], 'name_is_free'],
    [
      'a pattern matches nothing',
      ['--indices', 'crm.app-*,crm.ap-*', '--name', 'three'],
      'every_pattern_matches_an_index',
    ],
    ['the repository is not registered', ['--repository', 'elk_back'], 'repository_is_registered'],
    ['the repository is read-only', ['--repository', 'looked_at'], 'repository_is_not_read_only'],
  ] as const)
    it(`are refused when ${what}`, async () => {
      await elastic.ask('PUT', '/_snapshot/looked_at', {
        type: 'fs',
        settings: { location: root, readonly: true },
      })
      const end = await ops([...take, ...args])
      expect(end.exitCode, tellEnd(end)).to.equal(2)
      expect(refusals(end.records)).to.include(gate)
      expect(await names()).to.deep.equal(['one', 'two'])
    })

  it('are reported failed when a file of the repository is lost, though the cluster says SUCCESS', async () => {
    const { index, file } = findBlob(root)
    renameSync(file, `${root}/kept-aside`)
    try {
      const end = await ops([...take, '--name', 'lost'])
      expect(end.exitCode, tellEnd(end)).to.equal(1)
      expect(end.records.at(-1)).to.include({ outcome: 'failed', code: 'SNAPSHOT_FAILED' })
      expect(String(end.records.at(-1)?.message)).to.include(`${index}[0]: `)
      expect((await snapshots()).at(-1)).to.include({ snapshot: 'lost', state: 'SUCCESS' })
      expect(await manifestOf('lost')).to.equal(null)
      expect(existsSync(besides('lost'))).to.equal(false)
    } finally {
      renameSync(`${root}/kept-aside`, file)
    }
  })

  it('go by the policy: old ones with their manifests, never the newest good one, none of others', async () => {
    await elastic.ask('PUT', '/_snapshot/elk_backup/of_somebody?wait_for_completion=true', {
      indices: 'crm.app-*',
    })
    const policy = ['--daily', '1', '--weekly', '0', '--monthly', '0', '--min-good', '1', '--cleanup']
    const plan = await ops(['--json', 'plan', 'prune-snapshots', ...policy])
    expect(plan.exitCode, tellEnd(plan)).to.equal(0)
    expect(await names()).to.deep.equal(['one', 'two', 'lost', 'of_somebody'])
    const end = await ops(['--json', 'run', 'prune-snapshots', '--yes', ...policy])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    expect(await names()).to.deep.equal(['two', 'of_somebody'])
    expect([await manifestOf('one'), existsSync(besides('one'))]).to.deep.equal([null, false])
    expect(existsSync(besides('two'))).to.equal(true)
  })
})

/** A file of the first shard of an old index, which nobody writes to. */
function findBlob(root: string): { index: string; file: string } {
  const number = readFileSync(join(root, 'index.latest')).readBigInt64BE()
  const { indices } = JSON.parse(readFileSync(join(root, `index-${number}`), 'utf8')) as {
    indices: Record<string, { id: string; shard_generations: string[] }>
  }
  for (const [index, { id, shard_generations: shards }] of Object.entries(indices)) {
    const folder = join(root, 'indices', id, '0')
    const blob = readdirSync(folder).find(name => name.startsWith('__'))
    if (shards.length === 1 && blob !== undefined) return { index, file: join(folder, blob) }
  }
  throw new Error('no index with one shard has a file of its own')
}
