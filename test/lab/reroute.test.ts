// Reroute on three real nodes: a left-over filter is cleared without anybody being asked; an old copy becomes the primary only when another
// person has said yes, and what the report says was lost is what the ledgers say.
import { expect } from 'chai'
import { takeDown } from '../../src/lab/down.ts'
import { type Connection, connect } from '../../src/lab/elasticsearch/http.ts'
import { loseDataPath } from '../../src/lab/faults/data-path.ts'
import type { LabNode } from '../../src/lab/layout.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import { loadFiles } from '../../src/lab/load/files.ts'
import { type LedgerEntry, readLedger } from '../../src/lab/load/ledger.ts'
import type { Verdict } from '../../src/lab/load/verdict.ts'
import { startNode, stopNode } from '../../src/lab/service.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { waitFor } from '../../src/lab/wait.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { type OpsEnd, opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.82'
const talk = () => {}
const index = 'load-reroute'

describe('reroute on three real nodes', function () {
  this.timeout(900_000)
  const directory = makeDirectory()
  const anna = opsOn(directory.path, undefined, 'anna')
  const ben = opsOn(directory.path, undefined, 'ben')
  let lab: Lab
  let elastic: Connection
  let witness: Witness

  before(async () => {
    lab = await bringUp({ stateDir: directory.path, layout: 'small', net, talk })
    elastic = connect(lab, 'elastic')
    witness = witnessOf(lab)
  })
  after(async () => {
    witness?.[Symbol.dispose]()
    elastic?.[Symbol.dispose]()
    await takeDown(directory.path, talk)
    directory[Symbol.dispose]()
  })

  const nodeNamed = (name: string): LabNode => {
    const found = lab.nodes.find(one => one.name === name)
    if (found === undefined) throw new Error(`the lab has no node ${name}`)
    return found
  }
  const until = (what: string, isSo: () => Promise<boolean>) =>
    waitFor({
      stallMs: 120_000,
      look: async () => ((await isSo().catch(() => false)) ? { result: true } : { progress: what }),
      onStall: () => new Error(`not in time: ${what}`) as never,
    })
  const members = async (): Promise<number> =>
    (await elastic.ask('GET', '/_cluster/health?timeout=2s')).number_of_nodes
  const isGreen = async (): Promise<boolean> =>
    (await elastic.ask('GET', '/_cluster/health?timeout=2s')).status === 'green'
  const stop = async (name: string) => {
    await stopNode(lab, nodeNamed(name), 60_000)
    await until(`${name} has left`, async () => (await members()) === 2)
  }
  const start = async (name: string) => {
    await startNode(lab, nodeNamed(name))
    await until(`${name} has joined`, async () => (await members()) === 3)
  }
  const load = (name: string, seconds: number) =>
    runLoadCommand({ stateDir: directory.path, rate: 40, seconds, name, index, talk })
  const verify = async (name: string): Promise<Verdict> =>
    (await runLoadCommand({ stateDir: directory.path, rate: 40, name, verify: true, talk })).value as Verdict
  const ledgerOf = (name: string): LedgerEntry[] => [
    ...readLedger(loadFiles(lab.paths, name).ledger).values(),
  ]
  /** A green cluster may still move copies, and one on its way is on neither of two nodes. */
  const settle = async () => {
    await until('green', isGreen)
    await witness.atRest()
  }
  const remark = ({ records }: OpsEnd, step: RegExp) =>
    records.find(({ type, once }) => type === 'remark' && step.test(String(once)))

  it('clears what an earlier hand has left over, and asks nobody', async () => {
    await settle()
    const name = 'cluster.routing.allocation.exclude._name'
    await elastic.ask('PUT', '/_cluster/settings', { persistent: { [name]: 'es-node02,es-node03' } })
    await elastic.ask('PUT', '/left-over?wait_for_active_shards=0', {
      settings: { number_of_shards: 1, number_of_replicas: 1 },
    })
    try {
      const end = await anna(['--json', 'run', 'reroute', '--yes'])
      expect(end.exitCode, tellEnd(end)).to.equal(0)
      const { persistent } = await elastic.ask('GET', '/_cluster/settings?flat_settings=true')
      expect(persistent).to.not.have.property(name)
      await settle()
    } finally {
      await elastic.ask('PUT', '/_cluster/settings', { persistent: { [name]: null } })
      await elastic.ask('DELETE', '/left-over')
    }
  })

  it('makes an old copy the primary when another person says yes, and says what the ledgers say', async () => {
    await elastic.ask('PUT', `/${index}`, {
      settings: {
        ...{ number_of_shards: 1, number_of_replicas: 1, 'index.unassigned.node_left.delayed_timeout': '1h' },
      },
    })
    await settle()
    await load('before', 5)
    const copies: { prirep: string; node: string }[] = await elastic.ask(
      'GET',
      `/_cat/shards/${index}?format=json&h=prirep,node`,
    )
    const holder = (kind: string): string => copies.find(({ prirep }) => prirep === kind)?.node ?? ''
    const [newer, older] = [holder('p'), holder('r')]
    await stop(older)
    await load('between', 5)
    // Somebody has switched it off, so the old copy does not catch up when its node is back.
    await elastic.ask('PUT', `/${index}/_settings`, {
      ...{
        'index.routing.allocation.enable': 'primaries',
        'index.unassigned.node_left.delayed_timeout': null,
      },
    })
    await start(older)
    // Only this one may lose its last good copy: without the index of the users nobody could even look.
    await until('all others are whole again', async () => {
      const health = await elastic.ask('GET', '/_cluster/health?timeout=2s')
      return health.unassigned_shards === 1 && health.initializing_shards === 0
    })
    await stop(newer)
    loseDataPath(lab, nodeNamed(newer))
    await start(newer)
    await until('the index is red', async () => {
      const health = await elastic.ask('GET', `/_cluster/health/${index}?timeout=2s`)
      return health.status === 'red' && (await members()) === 3
    })

    const careful = await anna(['--json', 'run', 'reroute', '--yes'])
    expect(careful.exitCode, tellEnd(careful)).to.equal(1)
    expect(careful.records.at(-1)).to.include({ type: 'run.ended', code: 'CLUSTER_SICK' })
    expect(String(careful.records.at(-1)?.hint)).to.include(`--accept-loss ${index}/0`)

    const losing = ['--max-risk', 'loses-data', '--accept-loss', `${index}/0`]
    const asking = await anna(['--json', 'run', 'reroute', '--yes', ...losing])
    expect(asking.exitCode, tellEnd(asking)).to.equal(3)
    const run = asking.records[0]?.run ?? ''
    expect((await anna(['approve', run])).exitCode).to.not.equal(0)
    expect((await elastic.ask('GET', `/_cluster/health/${index}?timeout=2s`)).status).to.equal('red')

    expect((await ben(['approve', run])).exitCode).to.equal(0)
    const end = await anna(['--json', 'resume', run])
    expect(end.exitCode, tellEnd(end)).to.equal(0)
    await settle()

    const told = remark(end, /\.lost$/)
    expect(told, JSON.stringify(end.records)).to.include({ index, shard: 0, kind: 'stale' })
    const [before, between] = [await verify('before'), await verify('between')]
    expect(before.lost, 'written while both copies were there').to.equal(0)
    expect(between.lost, 'written while the old copy was away').to.equal(between.acked)
    expect(between.acked).to.be.greaterThan(50)
    expect(told?.docs).to.equal(before.acked + before.unknown.found)
    const [fromMs, untilMs] = [Number(told?.lostFromMs), Number(told?.lostUntilMs)]
    for (const { at, outcome } of ledgerOf('between').filter(one => one.outcome === 'ok'))
      expect(Date.parse(at ?? ''), outcome).to.be.within(fromMs, untilMs)
    const report = await anna(['report', run])
    expect(report.stdout)
      .to.include(`of ${index}[0]`)
      .and.to.match(/is lost/)
    expect((await anna(['doctor'])).exitCode).to.equal(0)
  })
})
