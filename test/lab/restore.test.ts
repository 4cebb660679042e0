// Restores from a real repository on three real nodes: proven equal after an index was dropped, and never believed: twenty
// damages, each found with its index named or harmless to what was restored.
import { join } from 'node:path'
import { expect } from 'chai'
import { execa } from 'execa'
import { compare } from '../../runbooks/restore/prove.ts'
import { type Manifest, manifestKey } from '../../runbooks/snapshot/manifest.ts'
import { connectElasticsearch, type ElasticsearchConnection } from '../../src/adapters/elasticsearch/index.ts'
import { SqliteEvidence } from '../../src/adapters/sqlite/evidence.ts'
import { takeDown } from '../../src/lab/down.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { clusterName, urlOf } from '../../src/lab/layout.ts'
import { backupDir } from '../../src/lab/paths.ts'
import { readPassword } from '../../src/lab/secrets.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import type { Json } from '../../src/ports/json.ts'
import { takeSnapshot } from '../support/take-snapshot.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { damages, plant } from './support/damage.ts'
import { type OpsEnd, type OpsProcess, opsOn } from './support/ops.ts'

const net = '127.0.23'
const talk = () => {}
const sleep = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))
const snapshot = 'daily_2025-04-10'
const day = Date.parse('2025-04-08T00:00:00Z')
const indices = [
  { name: 'crm.app-2025.04.08', shards: 1, docs: 300 },
  { name: 'erp.app-2025.04.08', shards: 2, docs: 400 },
  { name: 'nginx.access-2025.04.08', shards: 1, docs: 200 },
] as const
const [crm, erp] = indices
const indicesPattern = indices.map(({ name }) => name).join(',')

describe('restores on three real nodes', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  const ops: OpsProcess = opsOn(directory.path)
  let lab: Lab
  let elastic: Connection
  let es: ElasticsearchConnection
  let evidence: SqliteEvidence
  let manifest: Manifest
  let originals: ReadonlyMap<string, unknown>

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    elastic = connect(lab, 'elastic')
    es = connectElasticsearch({
      endpoints: lab.nodes.map(node => ({ host: node.name, url: urlOf(node) })),
      caFile: lab.paths.caFile,
      username: 'ops',
      password: readPassword(lab.paths, 'ops'),
      clusterName,
    })
    evidence = new SqliteEvidence(directory.path)
    for (const one of indices) await fill(one)
    originals = new Map(await Promise.all(indices.map(async ({ name }) => [name, await read(name)] as const)))
    await register('base')
    manifest = await takeSnapshot(
      es,
      { repository: 'base', name: snapshot, indices: indices.map(one => one.name) },
      sleep,
    )
    await keepManifest('base')
  })
  after(async () => {
    await es?.close()
    elastic?.[Symbol.dispose]()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  const folderOf = (repository: string): string => join(backupDir(lab.state.nodesRoot), repository)
  const register = (repository: string) =>
    elastic.ask('PUT', `/_snapshot/${repository}?verify=false`, {
      type: 'fs',
      settings: { location: folderOf(repository), ...(repository === 'base' ? {} : { readonly: true }) },
    })
  const keepManifest = (repository: string) =>
    evidence.put('manifest', manifestKey(repository, snapshot), new Date(), {
      ...manifest,
      repository,
    } as unknown as Json)

  async function fill({ name, shards, docs }: (typeof indices)[number]): Promise<void> {
    await elastic.ask('PUT', `/${name}`, { settings: { number_of_shards: shards, number_of_replicas: 1 } })
    const lines = Array.from({ length: docs }, (_, seq) => [
      JSON.stringify({ index: { _id: `line-${seq}` } }),
      JSON.stringify({
        '@timestamp': new Date(day + seq * 1000).toISOString(),
        message: `line ${seq} of ${name}`,
        seq,
      }),
    ])
    await elastic.ask('POST', `/${name}/_bulk?refresh=true`, `${lines.flat().join('\n')}\n`)
    await elastic.ask('POST', `/${name}/_flush`)
    await elastic.ask('GET', `/_cluster/health/${name}?wait_for_status=green&timeout=60s`, undefined, 70_000)
  }

  /** Every document, past `ops`. */
  async function read(name: string): Promise<unknown> {
    await elastic.ask('POST', `/${name}/_refresh`)
    const { hits } = await elastic.ask('POST', `/${name}/_search`, {
      size: 10_000,
      sort: ['seq'],
      _source: true,
    })
    return hits.hits.map(({ _id, _source }: { _id: string; _source: unknown }) => [_id, _source])
  }

  const leftOver = async (): Promise<string[]> =>
    Object.keys(await elastic.ask('GET', '/restored-*,drill-*/_settings/index.uuid?expand_wildcards=all'))

  async function removeCopies(): Promise<void> {
    for (const name of await leftOver()) await elastic.ask('DELETE', `/${name}`)
  }

  const restore = (repository: string, ...more: string[]): Promise<OpsEnd> =>
    ops([
      ...['--json', 'run', 'restore', '--yes', '--repository', repository, '--snapshot', snapshot],
      ...['--indices', indicesPattern, '--stall', '60s', ...more],
    ])

  const tell = ({ records, stderr }: OpsEnd): string => {
    const refusals = records
      .filter(({ type }) => type === 'gate.refused')
      .map(one => `${one.gate}: ${one.evidence}`)
    const ended = records.at(-1)
    return [...refusals, String(ended?.message ?? ''), ended === undefined ? stderr : ''].join('\n')
  }

  async function expectEqual(nameOf: (name: string) => string): Promise<void> {
    for (const { name } of indices) expect(await read(nameOf(name)), name).to.deep.equal(originals.get(name))
  }

  it('proves the copies of a dropped index and of two others equal, with times and sizes', async () => {
    await elastic.ask('DELETE', `/${crm.name}`)
    const end = await restore('base')
    expect(end.exitCode, tell(end)).to.equal(0)
    const run = end.records[0]?.run
    await expectEqual(name => `restored-${run}-${name}`)
    const remarks = end.records.filter(({ type }) => type === 'remark').map(({ text }) => String(text))
    expect(remarks.filter(text => text.includes('as the manifest says'))).to.have.length(indices.length)
    expect(remarks.join('\n')).to.match(/RTO \d+ s: proven at/)
    await removeCopies()
  })

  it('puts a dropped index back under its own name, approved by another person', async () => {
    const waive = ['--waive', 'writers_stand_still=nobody writes in the lab']
    const waiting = await restore('base', '--indices', crm.name, '--into', 'place', ...waive)
    expect(waiting.exitCode, tell(waiting)).to.equal(3)
    const run = String(waiting.records[0]?.run)
    process.env.OPS_ACTOR = 'bert'
    try {
      expect((await ops(['approve', run])).exitCode).to.equal(0)
    } finally {
      delete process.env.OPS_ACTOR
    }
    const end = await ops(['--json', 'resume', run])
    expect(end.exitCode, tell(end)).to.equal(0)
    await expectEqual(name => name)
  })

  it('finds one document that was removed from a restored index, and one that was changed', async () => {
    const end = await restore('base', '--indices', erp.name)
    expect(end.exitCode, tell(end)).to.equal(0)
    const name = `restored-${end.records[0]?.run}-${erp.name}`
    const [facts] = await es.indices.find([name])
    const made = { index: erp.name, name, uuid: facts?.uuid ?? '', bytes: 0 }
    const wanted = manifest.indices.find(({ index }) => index === erp.name) ?? null
    expect((await compare(es, made, wanted)).differences).to.deep.equal([])
    const [sampled] = wanted?.samples ?? []
    const { _source } = await elastic.ask('GET', `/${name}/_doc/${sampled?.id}`)
    await elastic.ask('PUT', `/${name}/_doc/${sampled?.id}?refresh=true`, { ..._source, message: 'another' })
    expect((await compare(es, made, wanted)).differences).to.deep.equal([
      `documents are others: ${sampled?.id}`,
    ])
    await elastic.ask('PUT', `/${name}/_doc/${sampled?.id}?refresh=true`, _source)
    await elastic.ask('DELETE', `/${name}/_doc/line-7?refresh=true`)
    expect((await compare(es, made, wanted)).differences[0]).to.equal('399 documents instead of 400')
    await removeCopies()
  })

  it('verifies a sample, leaves nothing, and remembers it', async () => {
    const args = ['--repository', 'base', '--indices', indicesPattern, '--snapshot', snapshot, '--yes']
    const end = await ops(['--json', 'run', 'verify-snapshots', ...args])
    expect(end.exitCode, tell(end)).to.equal(0)
    expect(await leftOver()).to.deep.equal([])
    const kept = (await evidence.list('verification')).map(({ key }) => key).sort()
    expect(kept).to.deep.equal(indices.map(({ name }) => `base/${name}`).sort())
  })

  it('never calls a restore from a damaged repository a success that it is not: twenty of twenty', async () => {
    const rows: Record<string, string>[] = []
    const wrong: string[] = []
    for (const [at, damage] of damages.entries()) {
      const repository = `copy-${String(at + 1).padStart(2, '0')}`
      await execa('cp', ['-a', folderOf('base'), folderOf(repository)])
      const file = plant(folderOf(repository), damage)
      await register(repository)
      await keepManifest(repository)
      const end = await restore(repository)
      const text = tell(end)
      const verdict = await judge(end, text, repository)
      if (verdict.startsWith('WRONG'))
        wrong.push(`${damage.kind} ${damage.harm} ${file}: ${verdict}: ${text}`)
      rows.push({
        file: damage.kind,
        harm: damage.harm,
        verdict,
        says: text.replaceAll('\n', ' ').slice(0, 150),
      })
      await removeCopies()
      await elastic.ask('DELETE', `/_snapshot/${repository}`)
    }
    console.table(rows)
    expect(rows).to.have.length(20)
    expect(wrong).to.deep.equal([])
  })

  /** On success every document is compared once more, past `ops`. */
  async function judge({ exitCode, records }: OpsEnd, text: string, repository: string): Promise<string> {
    if (exitCode === 0) {
      const run = records[0]?.run
      for (const { name } of indices)
        if (JSON.stringify(await read(`restored-${run}-${name}`)) !== JSON.stringify(originals.get(name)))
          return `WRONG: ${name} is not what it was`
      return 'proven equal'
    }
    if (exitCode !== 1 && exitCode !== 2) return `WRONG: it ended with ${exitCode}`
    if ((await leftOver()).length > 0) return 'WRONG: something is left over'
    const named = indices.find(({ name }) => text.includes(name))
    if (named !== undefined) return `found, ${named.name} named`
    return text.includes(repository) ? 'found, the repository named' : 'WRONG: nothing is named'
  }
})
