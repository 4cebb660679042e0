// Hosts that fail while they are worked on. Each case ends with every host and node as it was.
import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { OpsError } from '../../../src/errors/index.ts'
import { killService, rebootHost, setFault } from '../../../src/lab/hosts/faults/faults.ts'
import type { LastingFaultName } from '../../../src/lab/hosts/faults/lasting.ts'
import { askUnit } from '../../../src/lab/hosts/units.ts'
import { waitFor } from '../../../src/lab/wait.ts'
import { type HostsUnderTest, untilHealthy, whileHarmed } from '../support/hosts.ts'
import { choose, itLong } from '../support/long.ts'
import { type OpsEnd, type OpsRecord, tellEnd } from '../support/ops.ts'

const victim = 'es-coord02'
const restart = ['--json', 'run', 'rolling-restart', '--yes', '--limit', victim, '--soak', '1s']
const deployBase = ['--json', 'run', 'deploy', '--yes', '--only', 'base', '--limit', 'logstash']
const waived = ['--waive', 'remaining_nodes_can_carry_the_load=test machine']

/** Before anything is touched: what the refusal says of the host. */
const refused: readonly { readonly fault: LastingFaultName; readonly says: RegExp }[] = [
  { fault: 'disconnect', says: /logstash02: unreachable: .*(No route|timed out)/ },
  { fault: 'pause', says: /logstash02: unreachable: .*timed out/ },
  { fault: 'no-sudo', says: /logstash02: .*password/ },
  { fault: 'no-python', says: /logstash02: .*python/i },
]

export function describeFaults(under: () => HostsUnderTest): void {
  // A case that fails leaves a run behind, which the next one would be refused for.
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return
    const { ops, witness } = under()
    await ops(['--json', 'resume', 'last'])
    await ops(['--json', 'abort', 'last'])
    await witness.status()
  })

  for (const { fault, says } of choose(refused, 2))
    it(`${fault}: a deploy is refused before anything is touched, with the host named`, async () => {
      const { lab, ops } = under()
      const end = await whileHarmed(lab, { name: fault, host: 'logstash02' }, () => ops(deployBase))
      expect(end.exitCode, tellEnd(end)).to.equal(2)
      expect(refusalsOf(end)).to.match(says)
      expect(end.records.filter(({ type }) => type === 'step.intent')).to.deep.equal([])
    })

  it('another host key: a deploy is refused, with the way to forget the old one', async () => {
    const { lab, ops } = under()
    const file = lab.paths.knownHosts
    const known = readFileSync(file, 'utf8')
    const stranger = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHvXr0Tj6mZb0uQm0u0fBf5m2v9oKxq7mT3m1j6m9Z4e'
    writeFileSync(file, known.replace(/^(logstash02,\S+) .*$/m, `$1 ${stranger}`))
    try {
      const end = await ops(deployBase)
      expect(end.exitCode, tellEnd(end)).to.equal(2)
      expect(refusalsOf(end)).to.match(
        /logstash02: unreachable: the host key of \S+ is not the one in .* ssh-keygen -f/,
      )
    } finally {
      writeFileSync(file, known)
    }
  })

  it('a host that is lost while its node is down: named, nobody else is touched, a resume brings it back', async () => {
    const { lab, ops, witness } = under()
    const others = await identitiesOfOthers(witness)
    // Given up on before the host is back; a resume, which waits no longer, has to start the node within it.
    const end = await during(
      'node.stopped',
      () => setFault(lab, { name: 'disconnect', host: victim }),
      undefined,
      '90s',
    )
    await setFault(lab, { name: 'disconnect', host: victim, off: true })
    expect(end.exitCode, tellEnd(end)).to.equal(4)
    expect(endOf(end)).to.include({ outcome: 'failed', code: 'NODE_NOT_BACK' })
    expect(endOf(end).message).to.include(victim)
    await resume(ops)
    expect(await identitiesOfOthers(witness)).to.deep.equal(others)
  })

  itLong('a host that hangs while its node is being stopped: named, and a resume goes on', async () => {
    const { lab, ops, witness } = under()
    const others = await identitiesOfOthers(witness)
    const end = await during('step.intent', () => setFault(lab, { name: 'pause', host: victim }))
    await setFault(lab, { name: 'pause', host: victim, off: true })
    expect(end.exitCode, tellEnd(end)).to.be.oneOf([1, 4])
    expect(endOf(end).message).to.include(victim)
    await resume(ops)
    expect(await identitiesOfOthers(witness)).to.deep.equal(others)
  })

  itLong(
    'a process that is killed as it starts: systemd starts it again, and the run ends well',
    async () => {
      const { lab } = under()
      const end = await during('step.intent', () => killAsItStarts(lab), `${victim}.start`)
      expect(end.exitCode, tellEnd(end)).to.equal(0)
    },
  )

  it('a host that reboots while its node is down: the run waits for it, and ends well', async () => {
    const { lab } = under()
    const end = await during('node.stopped', () => rebootHost(lab, victim))
    expect(end.exitCode, tellEnd(end)).to.equal(0)
  })

  it('a node that finds its disk full: it is said why it does not start, and a resume brings it back', async () => {
    const { lab, ops } = under()
    const fault = { name: 'disk-full', host: victim, directory: '/var/lib/elasticsearch' } as const
    // systemd tries it five times before it leaves it alone, and only then has it ended.
    const end = await during('node.stopped', () => setFault(lab, fault), undefined, '10m')
    await setFault(lab, { ...fault, off: true })
    expect(end.exitCode, tellEnd(end)).to.equal(4)
    expect(endOf(end)).to.include({ code: 'NODE_NOT_BACK' })
    expect(endOf(end).message).to.match(/No space left/)
    await resume(ops)
  })

  /** The restart of one node; the first record of this type (and step) sets off the harm. */
  async function during(
    type: string,
    harm: () => Promise<void>,
    step?: string,
    giveUp = '5m',
  ): Promise<OpsEnd> {
    const { ops, witness } = under()
    // A node that came or went before leaves the balancer something to do.
    await witness.atRest()
    const before = (await witness.nodes()).get(victim)
    const harmed: Promise<void>[] = []
    const end = await ops([...restart, '--give-up', giveUp, ...waived], record => {
      if (harmed.length === 0 && record.type === type && (step === undefined || record.step === step))
        harmed.push(harm())
      return false
    })
    await Promise.all(harmed)
    expect(harmed, `the moment came: ${tellEnd(end)}`).to.have.lengthOf(1)
    if (end.exitCode === 0) await expectRestarted(before)
    return end
  }

  async function resume(ops: HostsUnderTest['ops']): Promise<void> {
    const { witness, members } = under()
    const resumed = await ops(['--json', 'resume', 'last'])
    expect(resumed.exitCode, tellEnd(resumed)).to.equal(0)
    expect(await witness.status()).to.equal('green')
    expect((await witness.nodes()).size).to.equal(members)
    await untilHealthy(ops)
  }

  async function expectRestarted(before: { id: string; ephemeralId: string } | undefined): Promise<void> {
    const { witness } = under()
    const now = (await witness.nodes()).get(victim)
    expect(now?.id).to.equal(before?.id)
    expect(now?.ephemeralId).not.to.equal(before?.ephemeralId)
    expect(await witness.status()).to.equal('green')
  }
}

/** As soon as it has a process again, long before that has joined. */
async function killAsItStarts(lab: HostsUnderTest['lab']): Promise<void> {
  await waitFor({
    stallMs: 60_000,
    look: async () => {
      const unit = await askUnit(lab, victim, 'elasticsearch')
      return unit?.active === 'active' ? { result: undefined } : { progress: unit?.active ?? 'no answer' }
    },
    onStall: () => new OpsError('STALLED', { message: `${victim} was not started` }),
  })
  await killService(lab, victim)
}

const refusalsOf = ({ records }: OpsEnd): string =>
  records
    .filter(({ type }) => type === 'gate.refused')
    .map(({ evidence }) => evidence)
    .join('\n')

const endOf = ({ records }: OpsEnd): OpsRecord => records.at(-1) ?? { type: 'nothing', run: '' }

async function identitiesOfOthers(witness: HostsUnderTest['witness']): Promise<unknown> {
  return [...(await witness.nodes())].filter(([name]) => name !== victim).sort()
}
