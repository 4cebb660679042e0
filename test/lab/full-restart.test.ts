// The whole platform goes down and comes back on real servers: three nodes, three brokers, the shippers between them, under load. The
// process of `ops` is killed while everything is on its way down, and once more while everything is on its way up.
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { takeDown } from '../../src/lab/down.ts'
import { connect } from '../../src/lab/elasticsearch/http.ts'
import { killNode } from '../../src/lab/faults/node-faults.ts'
import type { LabNode } from '../../src/lab/layout.ts'
import { runLoadCommand } from '../../src/lab/load/command.ts'
import type { KafkaVerdict } from '../../src/lab/load/kafka/verdict.ts'
import { findNode, nodeStatus } from '../../src/lab/service.ts'
import type { Lab } from '../../src/lab/state.ts'
import { bringUp } from '../../src/lab/up.ts'
import { makeDirectory } from '../unit/lab/fake-lab.ts'
import { type Witness, witnessOf } from './support/nodes.ts'
import { type OpsEnd, type OpsProcess, opsOn, tellEnd } from './support/ops.ts'

const net = '127.0.88'
const talk = () => {}
const quiet = ['lab', 'load', '--name', 'quiet', '--index', 'quiet', '--rate', '200', '--seconds', '2']

describe('full-restart of three real nodes, three real brokers and their shippers', function () {
  this.timeout(600_000)
  const directory = makeDirectory()
  const stateDir = directory.path
  let lab: Lab
  let ops: OpsProcess
  let witness: Witness

  before(async () => {
    lab = await bringUp({
      ...{ stateDir, layout: 'small', net, talk },
      services: ['elasticsearch', 'kafka', 'logstash'],
    })
    ops = opsOn(stateDir)
    witness = witnessOf(lab)
  })
  after(async () => {
    witness?.[Symbol.dispose]()
    await takeDown(stateDir, talk)
    directory[Symbol.dispose]()
  })

  const load = { stateDir, name: 'through', rate: 150, topic: 'raw-logs', kafka: true, talk }

  /** Documents by index, asked past `ops`. */
  async function count(): Promise<Record<string, number>> {
    using elastic = connect(lab, 'elastic')
    await elastic.ask('POST', '/*/_refresh')
    const rows: { index: string; 'docs.count': string }[] = await elastic.ask(
      'GET',
      '/_cat/indices?format=json&h=index,docs.count',
    )
    return Object.fromEntries(
      rows.filter(({ index }) => !index.startsWith('.')).map(row => [row.index, Number(row['docs.count'])]),
    )
  }

  const statesOf = async (nodes: readonly LabNode[]): Promise<ReadonlySet<string>> =>
    new Set((await Promise.all(nodes.map(node => nodeStatus(lab, node)))).map(({ state }) => state))

  /**
   * What a person may do who does not want to wait for five minutes: a broker that is alone asks controllers that are gone, and
   * everything it holds is on the others or on its disk.
   */
  async function endLonelyBroker(signal: AbortSignal): Promise<void> {
    const brokers = lab.nodes.filter(({ service }) => service === 'kafka')
    for (let seconds = 0; !signal.aborted; await sleep(1000)) {
      const states = await Promise.all(brokers.map(node => nodeStatus(lab, node)))
      const running = brokers.filter((_, at) => states[at]?.state !== 'stopped')
      const [last] = running
      seconds = running.length === 1 ? seconds + 1 : 0
      if (seconds < 10 || last === undefined || !findNode(lab, last)) continue
      await killNode(lab, last)
      console.log(`      ${last.name} was alone and did not stop: ended by hand`)
      return
    }
  }

  async function withoutLonelyBroker<T>(work: () => Promise<T>): Promise<T> {
    const ended = new AbortController()
    const watch = endLonelyBroker(ended.signal)
    try {
      return await work()
    } finally {
      ended.abort()
      await watch
    }
  }

  const remarksOf = (ends: readonly OpsEnd[]): string =>
    ends
      .flatMap(({ records }) => records)
      .filter(({ type }) => type === 'remark')
      .map(({ text }) => String(text))
      .join('\n')

  it('goes down, waits, and comes back with every document and every record, killed twice on its way', async () => {
    expect((await ops(quiet)).exitCode).to.equal(0)
    const taken = await ops(['--json', 'run', 'snapshot', '--yes'])
    expect(taken.exitCode, tellEnd(taken)).to.equal(0)
    await runLoadCommand({ ...load, detach: true })
    const ends: OpsEnd[] = []
    let held: Record<string, number>
    try {
      held = await count()
      await witness.atRest()
      // With the brokers down it would end by itself sooner than a signal arrives.
      const isHalfDown = await ops(['--json', 'run', 'full-restart', '--yes'], ({ type, step }) =>
        /^step\.intent kafka\.stop/.test(`${type} ${step}`),
      )
      expect(isHalfDown.signal, tellEnd(isHalfDown)).to.equal('SIGKILL')
      ends.push(isHalfDown)
      const others = lab.nodes.filter(({ service }) => service !== 'kafka')
      expect(await statesOf(others)).to.deep.equal(new Set(['stopped']))

      const waits = await withoutLonelyBroker(() => ops(['--json', 'resume', 'last']))
      expect(waits.exitCode, tellEnd(waits)).to.equal(3)
      expect(waits.records.at(-1)?.hint).to.match(/when the work is done: ops resume/)
      ends.push(waits)
      expect(await statesOf(lab.nodes)).to.deep.equal(new Set(['stopped']))

      const isHalfUp = await ops(['--json', 'resume', 'last'], ({ type, step }) =>
        /^step\.done elasticsearch\.masters\.start/.test(`${type} ${step}`),
      )
      expect(isHalfUp.signal, tellEnd(isHalfUp)).to.equal('SIGKILL')
      ends.push(isHalfUp)

      const end = await ops(['--json', 'resume', 'last'])
      expect(end.exitCode, tellEnd(end)).to.equal(0)
      ends.push(end)
    } finally {
      await runLoadCommand({ ...load, stop: true })
    }

    const now = await count()
    expect(now.quiet, 'documents that nobody wrote').to.equal(held.quiet)
    for (const [index, docs] of Object.entries(held)) expect(now[index], index).to.be.at.least(docs)
    const verdict = (await runLoadCommand({ ...load, verify: true })).value as KafkaVerdict
    expect(verdict).to.include({ verdict: 'nothing lost', lost: 0 })
    expect(verdict.shipped).to.include({ missing: 0, behind: 0 })

    using elastic = connect(lab, 'elastic')
    const { persistent } = await elastic.ask('GET', '/_cluster/settings?flat_settings=true')
    expect(persistent).to.not.have.property('cluster.routing.allocation.enable')
    expect((await ops(['doctor'])).exitCode).to.equal(0)
    const remarks = remarksOf(ends)
    expect(remarks).to.match(/ingest stood still for/)
    expect(remarks).to.match(/indices hold no fewer than the/)
    expect(remarks).to.match(/logs end where they ended, or later/)
    console.log(`${remarks}\n${verdict.acked} records, none lost`.replace(/^/gm, '      '))
  })
})
