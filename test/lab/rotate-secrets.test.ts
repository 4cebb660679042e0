// The credential of the shippers, rotated under load on ten real nodes, three brokers, two shippers and a Vault: plain, killed at
// several moments, aborted, with somebody who was forgotten, and with a Vault that is sealed meanwhile.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { clientPort, type LabNode, nodesFor } from '../../src/lab/layout.ts'
import { type LoadOptions, runLoadCommand } from '../../src/lab/load/command.ts'
import type { KafkaVerdict } from '../../src/lab/load/kafka/verdict.ts'
import { stopNode } from '../../src/lab/service.ts'
import { shipperFiles } from '../../src/lab/shipper/files.ts'
import { startStray } from '../../src/lab/shipper/stray.ts'
import { type Lab, requireLab } from '../../src/lab/state.ts'
import { seal, unseal } from '../../src/lab/vault/seal.ts'
import { choose } from './support/long.ts'
import { type OpsRecord, opsOn, tellEnd } from './support/ops.ts'
import { watchProcesses } from './support/process-list.ts'
import {
  findInFiles,
  isStaged,
  logInEverywhere,
  readVersions,
  type WriterCredential,
} from './support/secrets.ts'
import { secretsLab } from './support/secrets-lab.ts'

const talk = () => {}
const shippedMs = 180_000
const id = 'logstash-writer'
const quick = ['--canary', '5s', '--watch', '3s', '--soak', '20s']
const rotate = ['--json', 'run', 'rotate-secrets', '--secret', id, ...quick, '--yes']

/** Each kills the process that is at work; the next one carries on from there. */
const moments: readonly { readonly name: string; readonly at: (record: OpsRecord) => boolean }[] = choose(
  [
    ['step.intent', `${id}.stage.1`],
    ['step.done', `${id}.stage.1`],
    ['step.intent', `${id}.create.1`],
    ['step.done', `${id}.create.1`],
    ['step.done', `${id}.test`],
    ['step.intent', `${id}.logstash01.switch.1`],
    ['step.done', `${id}.logstash01.switch.1`],
    ['step.done', `${id}.logstash02.switch.1`],
    ['step.intent', `${id}.promote`],
    ['step.done', `soak.1.disable.${id}`],
  ] as const,
  4,
).map(([type, step]) => ({ name: `${type} ${step}`, at: isRecord(type, step) }))

function isRecord(type: string, step: string): (record: OpsRecord) => boolean {
  return record => record.type === type && record.step === step
}

describe('rotate-secrets on ten real nodes, two shippers and a Vault', function () {
  this.timeout(1_200_000)
  const { stateDir } = secretsLab
  const ops = opsOn(stateDir)
  const bert = opsOn(stateDir, undefined, 'bert')
  let lab: Lab
  let vault: LabNode

  before(async () => {
    lab = await secretsLab.up()
    vault = nodesFor(lab.nodes, 'vault')[0] as LabNode
  })

  async function underLoad<T>(name: string, work: () => Promise<T>): Promise<[T, KafkaVerdict]> {
    const options = { stateDir, rate: 50, name, topic: 'raw-logs', kafka: true, talk }
    await runLoadCommand({ ...options, detach: true })
    try {
      const done = await work()
      await runLoadCommand({ ...options, stop: true })
      return [done, await verdictOnceShipped(options)]
    } finally {
      await runLoadCommand({ ...options, stop: true })
    }
  }

  /** Shippers that are behind have lost nothing: they are waited for. */
  async function verdictOnceShipped(options: LoadOptions): Promise<KafkaVerdict> {
    for (const beganMs = performance.now(); ; ) {
      const { value } = await runLoadCommand({ ...options, verify: true })
      const verdict = value as KafkaVerdict
      if (verdict.shipped?.behind === 0 || performance.now() - beganMs > shippedMs) return verdict
    }
  }

  const current = async (): Promise<WriterCredential> => {
    const versions = await readVersions(lab)
    return versions.at(-1) as WriterCredential
  }
  const onDisk = (): readonly string[] =>
    nodesFor(lab.nodes, 'logstash').map(
      ({ name }) =>
        JSON.parse(readFileSync(shipperFiles(lab.state.nodesRoot, name).credentials, 'utf8')).username,
    )

  /** How the sink has answered each of the shippers since its process began. */
  async function responses(): Promise<readonly (Readonly<Record<string, number>> | null)[]> {
    return Promise.all(
      nodesFor(lab.nodes, 'logstash').map(async node => {
        const answer = await fetch(`http://${node.address}:${clientPort(node)}/_node/stats/pipelines`)
        const stats = (await answer.json()) as {
          pipelines: {
            main: { plugins: { outputs: { bulk_requests: { responses: Record<string, number> } }[] } }
          }
        }
        return stats.pipelines.main.plugins.outputs[0]?.bulk_requests.responses ?? null
      }),
    )
  }

  async function expectOn(credential: WriterCredential, former: WriterCredential): Promise<void> {
    expect(await current()).to.include({ username: credential.username, password: credential.password })
    expect(onDisk()).to.deep.equal([credential.username, credential.username])
    expect(await logInEverywhere(lab, credential)).to.deep.equal(Array(10).fill(200))
    expect(await logInEverywhere(lab, former)).to.deep.equal(Array(10).fill(401))
    expect(await isStaged(lab)).to.equal(false)
    for (const answers of await responses())
      expect(answers).to.be.an('object').that.does.not.have.property('401')
  }

  const approveAndResume = async (run: string) => {
    expect((await ops(['approve', run])).exitCode, 'by the one who asked').to.equal(3)
    expect((await bert(['approve', run])).exitCode, 'by another').to.equal(0)
    return ops(['--json', 'resume', run])
  }

  it('under load: no write fails, nobody is refused, and no secret is to be seen anywhere', async () => {
    const before = await current()
    using processes = watchProcesses()
    const [ends, verdict] = await underLoad('plain', async () => {
      const waiting = await ops(rotate)
      expect(waiting.exitCode, tellEnd(waiting)).to.equal(3)
      const versions = await readVersions(lab)
      expect(versions.map(({ password }) => password)).to.include(before.password)
      const run = waiting.records[0]?.run ?? ''
      const done = await approveAndResume(run)
      expect(done.exitCode, tellEnd(done)).to.equal(0)
      const report = await ops(['report', run])
      return [waiting, done, report]
    })
    const after = await current()
    expect(after.username).to.not.equal(before.username)
    await expectOn(after, before)
    expect(verdict).to.include({ lost: 0 })
    expect(verdict.acked).to.be.greaterThan(1000)
    expect(verdict.shipped).to.include({ missing: 0, behind: 0 })

    const texts = [before.password, after.password]
    expect(processes.looks).to.be.greaterThan(500)
    expect(processes.find(texts)).to.deep.equal([])
    for (const { stdout, stderr } of ends)
      for (const text of texts) expect(`${stdout}${stderr}`).to.not.include(text)
    const consumers = nodesFor(lab.nodes, 'logstash').map(
      ({ name }) => shipperFiles(lab.state.nodesRoot, name).credentials,
    )
    expect(findInFiles(stateDir, texts, file => consumers.includes(file))).to.deep.equal([])
    console.log(`      ${verdict.acked} records, none lost; ${processes.looks} looks at the processes`)
  })

  it(`killed at ${moments.length} moments, it is carried on to the same end`, async () => {
    const before = await current()
    const [, verdict] = await underLoad('killed', async () => {
      let args: readonly string[] = rotate
      let run = ''
      const records: OpsRecord[] = []
      for (const { name, at } of moments) {
        // A process runs on until the signal reaches it: then it was killed after this moment already.
        if (records.some(at)) continue
        const end = await ops(args, at)
        expect(end.signal, `${name}: ${tellEnd(end)}`).to.equal('SIGKILL')
        records.push(...end.records)
        run ||= end.records[0]?.run ?? ''
        args = ['--json', 'resume', run]
      }
      const waiting = await ops(args)
      expect(waiting.exitCode, tellEnd(waiting)).to.equal(3)
      const done = await approveAndResume(run)
      expect(done.exitCode, tellEnd(done)).to.equal(0)
    })
    await expectOn(await current(), before)
    expect(verdict).to.include({ lost: 0 })
    expect(verdict.shipped).to.include({ missing: 0, behind: 0 })
  })

  it('killed and aborted, everybody is on the old one again, also where the abort is killed', async () => {
    const before = await current()
    const killed = await ops(rotate, isRecord('step.done', `${id}.promote`))
    expect(killed.signal, tellEnd(killed)).to.equal('SIGKILL')
    const staged = (await readVersions(lab)).at(-1) as WriterCredential
    expect(staged.username).to.not.equal(before.username)
    const run = killed.records[0]?.run ?? ''
    const again = await ops(['--json', 'abort', run], ({ type }) => type === 'step.done')
    expect(again.signal, tellEnd(again)).to.equal('SIGKILL')
    const done = await ops(['--json', 'abort', run])
    expect(done.exitCode, tellEnd(done)).to.equal(0)
    await expectOn(before, staged)
  })

  it('finds somebody who was forgotten, with the address, and lets the old one in again', async () => {
    const before = await current()
    const stray = await startStray(stateDir, { name: 'stray01', last: 79 })
    try {
      const [paused] = await underLoad('stray', () => ops(rotate))
      expect(paused.exitCode, tellEnd(paused)).to.equal(3)
      const last = paused.records.at(-1)
      expect(last).to.include({ type: 'run.ended', outcome: 'waiting', code: 'CONSUMER_FORGOTTEN' })
      expect(String(last?.message)).to.include(stray.address)
      expect(await logInEverywhere(lab, before)).to.deep.equal(Array(10).fill(200))
      const run = paused.records[0]?.run ?? ''
      await stopNode(requireLab(stateDir), stray, 60_000)
      const waiting = await ops(['--json', 'resume', run])
      expect(waiting.exitCode, tellEnd(waiting)).to.equal(3)
      const done = await approveAndResume(run)
      expect(done.exitCode, tellEnd(done)).to.equal(0)
    } finally {
      await stopNode(requireLab(stateDir), stray, 60_000)
    }
    await expectOn(await current(), before)
  })

  it('stops where everybody can log in when Vault is sealed, and goes on when it is open again', async () => {
    const before = await current()
    let sealing: Promise<void> | null = null
    const isSwitched = isRecord('step.done', `${id}.logstash01.switch.1`)
    const end = await ops(rotate, record => {
      if (isSwitched(record)) sealing ??= seal(lab, vault)
      return false
    })
    await sealing
    try {
      expect(end.exitCode, tellEnd(end)).to.equal(1)
      expect(end.records.at(-1)).to.include({ type: 'run.ended', outcome: 'failed', code: 'VAULT_SEALED' })
      expect(await logInEverywhere(lab, before)).to.deep.equal(Array(10).fill(200))
      const refused = await ops(['--json', 'plan', 'rotate-secrets', '--secret', id])
      expect(refused.exitCode, refused.stderr).to.equal(2)
    } finally {
      await unseal(lab, vault)
    }
    const run = end.records[0]?.run ?? ''
    const waiting = await ops(['--json', 'resume', run])
    expect(waiting.exitCode, tellEnd(waiting)).to.equal(3)
    const done = await approveAndResume(run)
    expect(done.exitCode, tellEnd(done)).to.equal(0)
    await expectOn(await current(), before)
  })

  it('leaks nothing into the files of the state directory', async () => {
    const texts = (await readVersions(lab)).map(({ password }) => password)
    const consumers = ['logstash01', 'logstash02', 'stray01'].map(
      name => shipperFiles(lab.state.nodesRoot, name).credentials,
    )
    expect(findInFiles(join(stateDir), texts, file => consumers.includes(file))).to.deep.equal([])
  })
})
