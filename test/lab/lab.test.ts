// The lab itself, on the small layout of real servers, in a state directory of its own and on a network that nothing else
// uses. One lab for all: the cases follow each other.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { OpsError } from '../../src/errors/index.ts'
import { takeDown } from '../../src/lab/down.ts'
import { dailyIndex } from '../../src/lab/elasticsearch/content.ts'
import { connect } from '../../src/lab/elasticsearch/http.ts'
import { fillMount, mountSmall } from '../../src/lab/faults/mounts.ts'
import { freezeNode, killNode, listFaults, thawNode } from '../../src/lab/faults/node-faults.ts'
import { refuse, stopRefusing } from '../../src/lab/faults/refusals.ts'
import { type LabNode, urlOf } from '../../src/lab/layout.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import type { RateLine } from '../../src/lab/load/rates.ts'
import type { Verdict } from '../../src/lab/load/verdict.ts'
import { isRoot } from '../../src/lab/process/user.ts'
import { nodeStatus, startNode, stopNode } from '../../src/lab/service.ts'
import type { Lab } from '../../src/lab/state.ts'
import { labStatus } from '../../src/lab/status.ts'
import { bringUp } from '../../src/lab/up.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'

const net = '127.0.3'
const talk = () => {}

describe('the embedded lab', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: Lab
  let first: LabNode
  let second: LabNode

  const up = () => bringUp({ stateDir, layout: 'small', net, talk })
  const load = (options: object) => runLoadCommand({ stateDir, rate: 50, name: 'test', talk, ...options })
  const verify = (name = 'test') => load({ verify: true, name })
  const failure = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      thrown => thrown as OpsError,
    )

  /** Every node is running and the cluster is green. */
  async function recover(): Promise<void> {
    await up()
    using elastic = connect(lab, 'elastic')
    await waitFor({
      stallMs: 120_000,
      look: async () => {
        const { status, number_of_nodes } = await elastic.ask('GET', '/_cluster/health')
        if (status === 'green' && number_of_nodes === 3) return { result: true }
        return { progress: status }
      },
      onStall: status => new Error(`the lab stays ${status}`) as OpsError,
    })
  }

  before(async () => {
    lab = await up()
    ;[first, second] = lab.nodes as [LabNode, LabNode]
  })
  after(async () => {
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  it('is up: three nodes of one cluster that answer over TLS to their own users alone', async () => {
    expect((await labStatus(lab)).nodes.map(node => node.state)).to.deep.equal([
      'running',
      'running',
      'running',
    ])
    using ops = connect(lab, 'ops')
    const { status, body } = await ops.send(urlOf(first), 'GET', '/_cluster/health')
    expect(status).to.equal(200)
    expect(body).to.include({ cluster_name: 'ovh-prod-elk', number_of_nodes: 3 })
    const unknown = await fetch(urlOf(first)).catch(error => error)
    expect(String(unknown.cause)).to.include('certificate')
  })

  it('changes nothing when brought up again', async () => {
    const pids = async () => (await labStatus(lab)).nodes.map(node => node.pid)
    const before = await pids()
    await up()
    expect(await pids()).to.deep.equal(before)
    expect(await failure(bringUp({ stateDir, layout: 'full', talk }))).to.have.property('code', 'LAB_FAILED')
  })

  it('gives ops the least that its runbooks need', async () => {
    using ops = connect(lab, 'ops')
    const statusOf = async (method: string, path: string, body?: object) =>
      (await ops.send(urlOf(first), method, path, body)).status
    const delay = { 'index.unassigned.node_left.delayed_timeout': '5m' }
    const allocation = { persistent: { 'cluster.routing.allocation.enable': null } }
    expect(await statusOf('GET', '/_cluster/state/metadata,routing_table')).to.equal(200)
    expect(await statusOf('GET', '/_snapshot/_all/_current')).to.equal(200)
    expect(await statusOf('PUT', '/_cluster/settings', allocation)).to.equal(200)
    expect(await statusOf('PUT', '/_all/_settings?expand_wildcards=all', delay)).to.equal(200)
    expect(await statusOf('POST', '/.security-7/_flush')).to.equal(200)
    expect(await statusOf('PUT', '/ops-canary-1/_doc/1?refresh=true', { at: 1 })).to.equal(201)
    expect(await statusOf('DELETE', '/ops-canary-1')).to.equal(200)

    expect(await statusOf('PUT', '/.security-7/_settings', delay)).to.equal(403)
    // It proves restores by what documents hash to, so it reads those of the sources and no others.
    expect(
      await statusOf('GET', `/${dailyIndex('crm.app', new Date(lab.state.createdAt))}/_search`),
    ).to.equal(200)
    expect(await statusOf('GET', '/load-x/_search')).to.equal(403)
    expect(await statusOf('PUT', '/load-x')).to.equal(403)
    expect(await statusOf('POST', '/crm.app-x/_doc', { at: 1 })).to.equal(403)
    // The rotation of users needs all of security; whatever no runbook does stays out of reach.
    expect(await statusOf('PUT', '/_ingest/pipeline/more', { processors: [] })).to.equal(403)
    expect(await statusOf('PUT', '/_index_template/more', { index_patterns: ['more-*'] })).to.equal(403)
  })

  it('restarts a node under load by the service verbs, and every write is on every copy', async () => {
    await load({ detach: true, name: 'restart' })
    expect(await stopNode(lab, first, 60_000)).to.include({ state: 'stopped', changed: true })
    expect(await nodeStatus(lab, first)).to.include({ state: 'stopped', pid: null })
    expect(await startNode(lab, first)).to.include({ changed: true })
    await recover()
    await load({ stop: true, name: 'restart' })
    const { value, failure: lost } = await verify('restart')
    expect(lost).to.equal(undefined)
    expect(value).to.include({
      verdict: 'nothing lost',
      failed: 0,
      lost: 0,
      partlyLost: 0,
      copiesAgree: true,
    })
    expect((value as Verdict).acked).to.be.greaterThan(100)
  })

  it('keeps the rate that it was given, and a line for every second', async () => {
    const { value } = await load({ seconds: 6 })
    expect(value).to.include({ sent: 300, ok: 300, failed: 0, unknown: 0 })
    const lines = readFileSync(join(lab.paths.ledger, 'test.rate.jsonl'), 'utf8').trim().split('\n')
    // The last answers may come late, and the load lasts until they have.
    expect(lines.length).to.be.at.least(6)
    const rates = lines.map(line => JSON.parse(line) as RateLine)
    const [begin] = rates.map(({ at }) => Date.parse(at))
    expect(rates.map(({ at }) => Date.parse(at))).to.deep.equal(
      rates.map((_, second) => (begin ?? 0) + second * 1000),
    )
    expect(rates.reduce((sum, { ok }) => sum + ok, 0)).to.equal(300)
    expect(rates[3]).to.include.keys('at', 'ok', 'failed', 'retried', 'p50Ms', 'p99Ms')
  })

  it('sees a write that is not there', async () => {
    const at = new Date().toISOString()
    const [index] = readFileSync(join(lab.paths.ledger, 'test.jsonl'), 'utf8').match(/crm\.app-[\d.]+/) ?? []
    const claim = [
      { type: 'sent', at, index, ids: ['never-1'] },
      { type: 'ok', id: 'never-1', at, doneAt: at, ms: 1, attempts: 1, endpoint: urlOf(first) },
    ]
    const file = join(lab.paths.ledger, 'doctored.jsonl')
    writeFileSync(file, claim.map(line => `${JSON.stringify(line)}\n`).join(''))
    const { value, failure: lost } = await verify('doctored')
    expect(value).to.include({ verdict: 'violated', lost: 1 })
    expect(lost).to.have.property('code', 'DATA_LOST')
  })

  it('freezes a node and lets it go on', async () => {
    await freezeNode(lab, second)
    expect(await nodeStatus(lab, second)).to.include({ state: 'frozen' })
    expect((await listFaults(lab)).map(({ fault, target }) => [fault, target])).to.deep.equal([
      ['frozen', second.name],
    ])
    expect((await failure(stopNode(lab, second, 1000)))?.hint).to.equal(`ops lab fault thaw ${second.name}`)
    await thawNode(lab, second)
    expect(await listFaults(lab)).to.deep.equal([])
    await recover()
  })

  it('kills a node, and starts it again only when it no longer refuses', async () => {
    refuse(lab.paths, second.name)
    await killNode(lab, second)
    expect(await failure(startNode(lab, second)))
      .to.have.property('message')
      .that.includes('refuses to start')
    stopRefusing(lab.paths, second.name)
    await startNode(lab, second)
    await recover()
  })

  it('leaves nothing behind: no process, no mount, no file', async () => {
    const small = join(stateDir, 'small')
    if (isRoot()) {
      await mountSmall(lab.paths, small, '1m')
      fillMount(lab.paths, small)
      expect(() => writeFileSync(join(small, 'more'), 'x'))
        .to.throw()
        .with.property('code', 'ENOSPC')
    }
    await load({ detach: true, name: 'left' })
    await freezeNode(lab, first)
    const pids = (await labStatus(lab)).nodes.map(node => node.pid)
    expect(await takeDown(stateDir, talk)).to.equal(true)
    expect(readdirSync(stateDir)).to.deep.equal([])
    expect(existsSync(lab.state.nodesRoot)).to.equal(false)
    expect(readFileSync('/proc/mounts', 'utf8')).not.to.include(stateDir)
    expect(pids.filter(pid => existsSync(`/tmp/.java_pid${pid}`))).to.deep.equal([])
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.to.include(stateDir)
  })
})
