// What goes wrong in the middle of a rotation: each is a clear stop at which everybody can log in, and goes on when it is mended.
import { expect } from 'chai'
import type { OpsError } from '../../../src/errors/index.ts'
import type { FakeVault } from '../../support/fake-vault/fake-vault.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  type AtVault,
  all,
  carryOn,
  expectOutcome,
  expectRotated,
  expectTakenBack,
  firstSecret,
  type RotationWorld,
  remarksOf,
  rotate,
  rotationWorld,
  secretsIn,
  textOf,
  tracer,
  twoShippers,
  writer,
} from './world.ts'

const quick = { ...all, soak: '1s' }
const stray = { secretId: writer.id, principal: 'logstash_a', secret: firstSecret }

describe('a rotation with a consumer that everybody has forgotten', () => {
  const begin = () => {
    const rotation = rotationWorld({ source: 'log' })
    rotation.consumers.stray('10.0.9.9', stray)
    return rotation
  }

  it('pauses, names the consumer with its address, lets the old secret in again, and revokes nothing', async () => {
    const rotation = begin()
    const end = await rotate(rotation.world.begin())
    expect(end).to.include({ outcome: 'waiting', exitCode: 3 })
    const { code, message, hint } = failureOf(end)
    expect(code).to.equal('CONSUMER_FORGOTTEN')
    expect(message).to.include('logstash_a').and.to.include('10.0.9.9').and.to.include('nothing was revoked')
    expect(hint).to.include('ops resume run-1')
    expect(await remarksOf(rotation)).to.include('10.0.9.9')
    const { vault, credentials, world } = rotation
    expect(credentials.canLogIn({ kind: writer.kind, owner: '' }, 'logstash_a', firstSecret)).to.equal(true)
    expect(vault.fields(writer.path, 1)?.password).to.equal(firstSecret)
    expect(credentials.state.history.filter(done => done.startsWith('revoke'))).to.deep.equal([])
    expect(world.cluster.state.settings.persistent).to.not.have.property(tracer)
  })

  it('watches anew when it is mended, and finds it again when it is not', async () => {
    const rotation = begin()
    await rotate(rotation.world.begin())
    expect(failureOf(await carryOn(rotation.world.begin())).code).to.equal('CONSUMER_FORGOTTEN')
    rotation.consumers.removeStray('10.0.9.9')
    rotation.world.clock.pass(60_000)
    expectOutcome(await carryOn(rotation.world.begin()), 'succeeded')
    expectRotated(rotation)
  })

  it('ends on the old secret when it is given up', async () => {
    const rotation = begin()
    await rotate(rotation.world.begin())
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expectTakenBack(rotation)
  })

  it('finds a known consumer that went back to the old one by itself', async () => {
    const rotation = rotationWorld()
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      if (notice.kind === 'record' && notice.record.step === 'soak.1.began')
        rotation.consumers.writeFile(
          'logstash02',
          writer.id,
          { principal: 'logstash_a', secret: firstSecret },
          1,
        )
    }
    const { code, message } = failureOf(await rotate(process))
    expect(code).to.equal('CONSUMER_FORGOTTEN')
    expect(message).to.include('logstash02')
  })
})

describe('a soak in which nobody can be asked', () => {
  const away = { code: 'CLUSTER_UNREACHABLE' as const, message: 'no endpoint answers' }
  const atSoak = (rotation: RotationWorld, spoil: () => void) => {
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      if (notice.kind === 'record' && notice.record.step === 'soak.1.began') spoil()
    }
    return process
  }

  it('goes on when they answer again', async () => {
    const rotation = rotationWorld()
    const { world, credentials, vault } = rotation
    const end = await rotate(
      atSoak(rotation, () => {
        credentials.fail('elasticsearch', away)
        vault.seal()
        void world.clock.sleep(300_000).then(() => {
          credentials.fail('elasticsearch', null)
          vault.unseal()
        })
      }),
    )
    expectOutcome(end, 'succeeded')
    expectRotated(rotation)
  })

  it('is told from nobody at all: a node that cannot log who is refused ends it', async () => {
    const rotation = rotationWorld({ source: 'none' })
    const end = await rotate(rotation.world.begin())
    expect(failureOf(end)).to.include({ code: 'STALLED', exitCode: 1 })
    expect(failureOf(end).message).to.include('es-node01').and.to.include('log')
    expect(rotation.credentials.state.history.join()).to.not.include('revoke')
  })

  it('does not count once the request log was switched off by somebody, such as another rotation that has ended', async () => {
    const rotation = rotationWorld({ source: 'log' })
    const { world, credentials } = rotation
    const end = await rotate(
      atSoak(
        rotation,
        () =>
          void world.clock.sleep(60_000).then(() => delete world.cluster.state.settings.persistent[tracer]),
      ),
    )
    expect(failureOf(end)).to.include({ code: 'STALLED', exitCode: 1 })
    expect(failureOf(end).message).to.include('request log').and.include('switched off')
    expect(credentials.state.history.join()).to.not.include('revoke')
    expectOutcome(await carryOn(world.begin()), 'succeeded')
    expectRotated(rotation)
  })

  for (const [source, what, leastMs] of [
    ['log', 'begins anew where nobody was logged meanwhile', 600_000],
    ['audit', 'goes on from there where everybody was', 0],
  ] as const)
    it(`${what}, when it is carried on after a pause`, async () => {
      const rotation = rotationWorld({ source })
      const { world } = rotation
      const process = world.begin()
      process.engine.host.notify = notice => {
        if (notice.kind === 'record' && notice.record.step === 'soak.1.began') process.control.halt('pause')
      }
      await rotate(process)
      world.clock.pass(3_600_000)
      const carriedOnMs = world.clock.now().getTime()
      expectOutcome(await carryOn(world.begin()), 'succeeded')
      const ended = (await world.journal.read('run-1')).find(({ step }) => step === 'soak.attempt.1')
      const soakedMs = Date.parse(ended?.at ?? '') - carriedOnMs
      expect(soakedMs).to.be.within(leastMs, leastMs + 200_000)
    })

  it('can be paused, with nothing left over, and goes on from there', async () => {
    const rotation = rotationWorld({ source: 'log' })
    const { world } = rotation
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      if (notice.kind === 'record' && notice.record.step === 'soak.1.began') process.control.halt('pause')
    }
    const end = await rotate(process)
    expect(end).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(failureOf(end).code).to.equal('PAUSED')
    expect(world.cluster.state.settings.persistent).to.not.have.property(tracer)
    expectOutcome(await carryOn(world.begin()), 'succeeded')
    expectRotated(rotation)
  })

  it('has Elasticsearch log its requests where no audit log names who is refused, unless that is not wanted', async () => {
    for (const [source, trace, isTraced] of [
      ['audit', 'auto', false],
      ['log', 'auto', true],
      ['log', 'never', false],
    ] as const) {
      const rotation = rotationWorld({ source })
      expectOutcome(await rotate(rotation.world.begin(), { ...all, trace }), 'succeeded')
      const changed = (await rotation.world.journal.read('run-1')).filter(
        ({ type }) => type === 'setting.changed',
      )
      expect(
        changed.map(({ name }) => name),
        `${source} ${trace}`,
      ).to.deep.equal(isTraced ? [tracer] : [])
      expectRotated(rotation)
    }
  })

  it('ends when a host says nothing for too long: the old secret works again, and the next soak begins anew', async () => {
    const rotation = rotationWorld()
    const { world, credentials } = rotation
    const end = await rotate(atSoak(rotation, () => world.ansible.trouble('es-node02', 'unreachable')))
    expect(failureOf(end)).to.include({ code: 'STALLED', exitCode: 1 })
    expect(failureOf(end).message).to.include('es-node02 cannot say who was refused')
    expect(credentials.canLogIn({ kind: writer.kind, owner: '' }, 'logstash_a', firstSecret)).to.equal(true)
    world.ansible.mend('es-node02')
    expectOutcome(await carryOn(world.begin()), 'succeeded')
    expectRotated(rotation)
  })

  it('finds nobody by what it was not told: a forgotten consumer is found although Vault is sealed', async () => {
    const rotation = rotationWorld()
    rotation.consumers.stray('10.0.9.9', stray)
    const end = await rotate(atSoak(rotation, () => rotation.vault.seal()))
    expect(failureOf(end).code).to.equal('CONSUMER_FORGOTTEN')
  })
})

describe('a rotation whose consumer does not take the secret', () => {
  for (const [what, spoil] of [
    ['does not come up with it', ({ consumers }: RotationWorld) => consumers.failSwitch('logstash02')],
    [
      'says it was restarted and was not',
      ({ consumers }: RotationWorld) => consumers.staleAfterSwitch('logstash02'),
    ],
    [
      'cannot be reached',
      ({ world }: RotationWorld) =>
        world.ansible.trouble('logstash02', 'unreachable', { playbook: 'rotate-secrets.yml', times: 1 }),
    ],
    [
      'fails half-way',
      ({ world }: RotationWorld) =>
        world.ansible.trouble('logstash02', 'fails', { playbook: 'service_start.yml', times: 1 }),
    ],
  ] as const) {
    const begin = async () => {
      const rotation = rotationWorld()
      spoil(rotation)
      const end = await rotate(rotation.world.begin())
      return { rotation, end }
    }
    it(`stops and gives it the old one back when it ${what}`, async () => {
      const { rotation, end } = await begin()
      expect(end).to.include({ outcome: 'failed', exitCode: 1 })
      expect(failureOf(end).code).to.equal('CONSUMER_FAILED')
      expect(failureOf(end).message).to.include('logstash02')
      const { consumers, lockedOut } = rotation
      expect(consumers.fileOf('logstash02', writer.id)?.principal).to.equal('logstash_a')
      expect(consumers.consumer('logstash02').running?.logins[writer.id]?.principal).to.equal('logstash_a')
      expect(consumers.fileOf('logstash01', writer.id)?.principal).to.equal('logstash_b')
      expect(lockedOut).to.deep.equal([])
    })
    it(`goes on when it is mended, if it ${what}`, async () => {
      const { rotation } = await begin()
      rotation.consumers.mend('logstash02')
      expectOutcome(await carryOn(rotation.world.begin()), 'succeeded')
      expectRotated(rotation)
    })
    it(`ends on the old secret when it is given up, if it ${what}`, async () => {
      const { rotation } = await begin()
      rotation.consumers.mend('logstash02')
      expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
      expectTakenBack(rotation)
    })
  }

  it('touches no host that is to be verified by its events and does not say what it delivers', async () => {
    const rotation = rotationWorld()
    const { world, consumers } = rotation
    world.ansible.trouble('logstash01', 'unreachable', { playbook: 'logstash_stats.yml' })
    const end = await rotate(world.begin())
    expect(failureOf(end)).to.include({ code: 'CONSUMER_FAILED', exitCode: 1 })
    expect(failureOf(end).message).to.include('logstash01 does not say what it delivers')
    expect(consumers.consumer('logstash01').starts).to.equal(0)
    world.ansible.mend('logstash01')
    expectOutcome(await carryOn(world.begin()), 'succeeded')
    expectRotated(rotation)
  })

  it('touches no host that has nothing to deliver and no login to be verified by instead', async () => {
    const entry = { [writer.id]: { service: 'logstash', apply: 'restart' } }
    const rotation = rotationWorld({
      hosts: twoShippers().map(one => ({ ...one, rate: 0 })),
      vars: { logstash01: { secret_consumers: entry } },
    })
    const end = await rotate(rotation.world.begin())
    expect(failureOf(end).code).to.equal('CONSUMER_FAILED')
    expect(failureOf(end).message).to.include('logstash01').and.include('login_url')
    expect(rotation.consumers.consumer('logstash01').starts).to.equal(0)
  })

  it('fails to be given up while a host cannot be reached, ends no secret, and can be given up later', async () => {
    const rotation = rotationWorld()
    rotation.consumers.stray('10.0.9.9', stray)
    await rotate(rotation.world.begin())
    rotation.world.ansible.trouble('logstash01', 'unreachable')
    const end = await carryOn(rotation.world.begin(), 'abort')
    expectOutcome(end, 'failed')
    expect(failureOf(end).message).to.include('logstash01')
    expect(rotation.lockedOut).to.deep.equal([])
    rotation.world.ansible.mend('logstash01')
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expectTakenBack(rotation)
  })

  it('ends no secret that the process of a host still runs with when it is given up', async () => {
    const rotation = rotationWorld()
    rotation.consumers.stray('10.0.9.9', stray)
    await rotate(rotation.world.begin())
    rotation.consumers.staleAfterSwitch('logstash01')
    const end = await carryOn(rotation.world.begin(), 'abort')
    expectOutcome(end, 'failed')
    expect(failureOf(end).message).to.include('logstash01: its process is older than its file')
    expect(rotation.lockedOut).to.deep.equal([])
    rotation.consumers.mend('logstash01')
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expectTakenBack(rotation)
  })

  it('clears nothing away when somebody else has ended the old secret before the new one was written', async () => {
    const rotation = rotationWorld()
    const { world, vault, credentials, consumers } = rotation
    consumers.failSwitch('logstash02')
    await rotate(world.begin())
    await credentials.revoke({ kind: writer.kind, owner: '' }, 'logstash_a')
    const end = await carryOn(world.begin(), 'abort')
    expect(failureOf(end)).to.include({ code: 'STEP_FAILED', exitCode: 4 })
    expect(failureOf(end).hint).to.include('secret/elk/logstash/pending/logstash-writer')
    expect(vault.fields(`${writer.path}/pending/${writer.id}`)?.principal).to.equal('logstash_b')
    expect(vault.fields(writer.path, 1)?.password).to.equal(firstSecret)
  })

  it('does not take a system that says nothing for one that has refused the new secret', async () => {
    const rotation = rotationWorld()
    const { world, credentials, consumers } = rotation
    consumers.failSwitch('logstash02')
    await rotate(world.begin())
    consumers.mend('logstash02')
    const logIn = credentials.logIn.bind(credentials)
    credentials.logIn = async (system, credential) => {
      if (credential.principal !== 'logstash_b') return logIn(system, credential)
      return [{ endpoint: 'es-node01', as: null, problem: 'connect ECONNREFUSED', refused: false }]
    }
    expectOutcome(await carryOn(world.begin(), 'abort'), 'aborted')
    expectTakenBack(rotation)
  })

  it('is given up at once by the process that carries it out', async () => {
    const rotation = rotationWorld()
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      const { record } = notice as { record?: { type: string; step?: string } }
      if (record?.type === 'step.done' && record.step === 'logstash-writer.logstash01.switch.1')
        process.control.halt('abort')
    }
    expectOutcome(await rotate(process), 'aborted')
    expectTakenBack(rotation)
  })
})

describe('a rotation whose system is not content', () => {
  it('throws a secret away that was refused, and makes another', async () => {
    const rotation = rotationWorld()
    rotation.credentials.rejectNext('it is in the list of known passwords')
    expectOutcome(await rotate(rotation.world.begin()), 'succeeded')
    expectRotated(rotation)
    expect(await remarksOf(rotation)).to.include('list of known passwords')
    expect(rotation.credentials.state.counter).to.be.greaterThan(1)
  })

  it('gives up after three, with the old secret in use', async () => {
    const rotation = rotationWorld()
    for (let count = 0; count < 3; count++) rotation.credentials.rejectNext('it is too simple')
    const end = await rotate(rotation.world.begin())
    expect(failureOf(end)).to.include({ code: 'SECRET_REJECTED', exitCode: 1 })
    expect(failureOf(end).message).to.include('too simple')
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expectTakenBack(rotation)
  })

  for (const how of ['done', 'not-done'] as const)
    it(`finds out what became of a request that was not answered and was ${how}`, async () => {
      const rotation = rotationWorld()
      for (let count = 0; count < 2; count++) rotation.credentials.loseNextAnswer(how)
      expectOutcome(await rotate(rotation.world.begin()), 'succeeded')
      expectRotated(rotation)
    })

  it('gives nobody a new secret that may do something else', async () => {
    const rotation = rotationWorld()
    rotation.credentials.grantsDiffer('*')
    const end = await rotate(rotation.world.begin())
    expect(failureOf(end)).to.include({ code: 'STEP_FAILED', exitCode: 1 })
    expect(rotation.consumers.consumer('logstash01').starts).to.equal(0)
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expectTakenBack(rotation)
  })

  it('waits for no node that does not let the new one in, and goes on when that is mended', async () => {
    const rotation = rotationWorld()
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      const { record } = notice as { record?: { type: string; step?: string } }
      if (record?.type === 'step.done' && record.step?.endsWith('create.1'))
        rotation.credentials.downEndpoint('es-node02', 'stale')
    }
    const end = await rotate(process)
    expect(failureOf(end).message).to.include('es-node02')
    expect(rotation.consumers.consumer('logstash01').starts).to.equal(0)
    rotation.credentials.upEndpoint('es-node02')
    expectOutcome(await carryOn(rotation.world.begin()), 'succeeded')
    expectRotated(rotation)
  })
})

describe('a rotation whose Vault goes away', () => {
  const troubles: Readonly<
    Record<string, { code: RegExp; spoil: AtVault['happens']; mend: (vault: FakeVault) => void }>
  > = {
    sealed: { code: /^VAULT_SEALED$/, spoil: vault => vault.seal(), mend: vault => vault.unseal() },
    stopped: {
      code: /^VAULT_UNREACHABLE$/,
      spoil: vault => vault.stop(),
      mend: vault => vault.start({ sealed: false }),
    },
    'without a login': {
      code: /^VAULT_AUTH$/,
      spoil: vault => vault.expireToken(),
      mend: vault => vault.giveToken(),
    },
    'without permission': {
      code: /^VAULT_FORBIDDEN$/,
      spoil: vault => vault.deny('secret/*'),
      mend: vault => vault.allow('secret/*'),
    },
  }

  for (const [what, { code, spoil, mend }] of Object.entries(troubles))
    for (const mode of ['resume', 'abort'] as const)
      it(`stops before every request at which it is ${what}, and can ${mode} afterwards`, async function () {
        this.timeout(60_000)
        const wrong: string[] = []
        for (let call = 1; ; call++) {
          const rotation = rotationWorld({ atVault: { call, happens: spoil } })
          const end = await rotate(rotation.world.begin(), quick)
          if (rotation.vaultCalls() < call) {
            expect(call, 'requests').to.be.greaterThan(30)
            break
          }
          const said = end === 'killed' ? null : end.error
          try {
            expectStopped(rotation, said, code)
            mend(rotation.vault)
            await goOn(rotation, mode, said)
          } catch (thrown) {
            wrong.push(`request ${call}: ${(thrown as Error).message}`)
          }
        }
        expect(wrong).to.deep.equal([])
      })

  function expectStopped({ lockedOut }: RotationWorld, said: OpsError | null, code: RegExp): void {
    expect(lockedOut, 'locked out').to.deep.equal([])
    expect(said, 'an error').to.not.equal(null)
    // In a soak nobody needs Vault: it ends when Vault has been away for too long.
    if (said?.code !== 'GATE_REFUSED' && said?.code !== 'STALLED') expect(said?.code).to.match(code)
    expect(said?.hint, 'hint').to.be.a('string')
    expect(said?.exitCode).to.be.oneOf([1, 2])
  }

  async function goOn(
    rotation: RotationWorld,
    mode: 'resume' | 'abort',
    said: OpsError | null,
  ): Promise<void> {
    if (said?.code === 'GATE_REFUSED') {
      expectOutcome(await rotate(rotation.world.begin(), quick), 'succeeded')
      return expectRotated(rotation)
    }
    const end = await carryOn(rotation.world.begin(), mode)
    expectOutcome(end, mode === 'resume' ? 'succeeded' : 'aborted')
    const isRevoked = rotation.credentials.state.history.includes('revoke elasticsearch-user logstash_a')
    if (mode === 'resume' || isRevoked) expectRotated(rotation)
    else expectTakenBack(rotation)
  }

  it('takes an answer that was lost for what it was: the write is looked up', async () => {
    for (const lose of ['loseNextAnswer', 'dropNextWrite'] as const) {
      const rotation = rotationWorld()
      rotation.vault[lose]()
      const end = await rotate(rotation.world.begin())
      expectOutcome(end, 'succeeded')
      expectRotated(rotation)
    }
  })
})

describe('a rotation whose document somebody else writes meanwhile', () => {
  const theirs = { username: 'logstash_a', password: firstSecret, note: 'written by somebody else' }
  for (const [when, path] of [
    ['before the new one is made', `${writer.path}/pending/${writer.id}`],
    ['right before it is written', writer.path],
  ] as const)
    it(`stops ${when}, and everybody can log in; given up, it leaves what they wrote`, async () => {
      const rotation = rotationWorld()
      const { world, vault, credentials, consumers, lockedOut } = rotation
      vault.before('write', { do: 'write', path: writer.path, fields: theirs }, path)
      const end = await rotate(world.begin())
      expect(failureOf(end)).to.include({ code: 'VAULT_CONFLICT', exitCode: 1 })
      expect(failureOf(end).message).to.include('secret/elk/logstash')
      expect(lockedOut).to.deep.equal([])
      expectOutcome(await carryOn(world.begin(), 'abort'), 'aborted')
      expect(vault.fields(writer.path)).to.deep.equal(theirs)
      expect(lockedOut).to.deep.equal([])
      for (const host of ['logstash01', 'logstash02'])
        expect(consumers.fileOf(host, writer.id)?.principal).to.equal('logstash_a')
      expect(credentials.canLogIn({ kind: writer.kind, owner: '' }, 'logstash_a', firstSecret)).to.equal(true)
    })
})

describe('the secrets of a rotation', () => {
  const worlds: Readonly<Record<string, (rotation: RotationWorld) => void>> = {
    'that goes well': () => {},
    'with a forgotten consumer': ({ consumers }) => consumers.stray('10.0.9.9', stray),
    'whose consumer fails': ({ consumers }) => consumers.failSwitch('logstash01'),
    'whose secret is refused': ({ credentials }) => credentials.rejectNext('no'),
    'whose answer is lost': ({ credentials }) => credentials.loseNextAnswer('not-done'),
  }
  for (const [what, prepare] of Object.entries(worlds))
    it(`are in no record, notice or error of one ${what}`, async () => {
      const rotation = rotationWorld()
      prepare(rotation)
      const said: string[] = []
      for (const carry of ['run', 'abort'] as const) {
        const process = rotation.world.begin()
        const end =
          carry === 'run'
            ? await rotate(process)
            : await carryOn(process, 'abort').catch((thrown: OpsError) => ({ error: thrown, outcome: '' }))
        if (end !== 'killed') said.push(JSON.stringify([end.error, end.error?.message, end.error?.hint]))
        said.push(JSON.stringify(process.notices))
      }
      const text = [...said, await textOf(rotation)].join('\n')
      const secrets = secretsIn(rotation)
      expect(secrets.length).to.be.greaterThan(1)
      expect(secrets.filter(one => text.includes(one))).to.deep.equal([])
    })
})
