// The rotation of the writer of two shippers under load, from plan to the old secret that is refused everywhere; with an approval, after
// a leak, of several secrets at once.
import { expect } from 'chai'
import { failureOf } from '../../support/fake-world/trouble.ts'
import {
  all,
  approve,
  carryOn,
  expectOutcome,
  expectRotated,
  expectTakenBack,
  firstSecret,
  planOn,
  remarksOf,
  rotate,
  rotationWorld,
  twoShippers,
  writer,
} from './world.ts'

const opsAddress = '192.0.2.1'
const asked = { ...writer, revokeWithoutApproval: false }
const system = { kind: writer.kind, owner: '' }

describe('rotate-secrets', () => {
  it('gives the writer of two shippers a new secret, and nobody is refused', async () => {
    const rotation = rotationWorld()
    const { world, consumers, credentials, vault } = rotation
    expectOutcome(await rotate(world.begin()), 'succeeded')
    expectRotated(rotation)
    const refused = credentials.state.refusedLogins.filter(({ address }) => address !== opsAddress)
    expect(refused).to.deep.equal([])
    for (const host of ['logstash01', 'logstash02']) {
      const { starts, eventsIn, eventsOut, retries } = consumers.consumer(host)
      expect({ starts, retries, lost: eventsIn - eventsOut }, host).to.deep.equal({
        starts: 1,
        retries: 0,
        lost: 0,
      })
    }
    expect(vault.document(writer.path)?.labels).to.include({
      'logstash-writer_run': 'run-1',
      'logstash-writer_previous': 'logstash_a',
    })
  })

  it('says at its end when the next one is due, and where its time went', async () => {
    const rotation = rotationWorld()
    await rotate(rotation.world.begin())
    const remarks = await remarksOf(rotation)
    expect(remarks).to.include('the next rotation is due on 2025-05-10')
    const [, share] = /everything else took [\d.]+ s \((\d+) %\)/.exec(remarks) ?? []
    expect(Number(share)).to.be.lessThan(10)
  })

  it('touches one host at a time, and watches the first one longer', async () => {
    const { world } = rotationWorld()
    await rotate(world.begin())
    const plays = world.ansible.requests.filter(({ playbook }) => playbook === 'rotate-secrets.yml')
    expect(plays.map(({ hosts }) => hosts.join())).to.deep.equal(['logstash01', 'logstash02'])
    const notes = (await world.journal.read('run-1')).filter(
      ({ type }) => type === 'step.noted' || type === 'step.done',
    )
    const at = (step: string): number => Date.parse(notes.find(one => one.step === step)?.at ?? '')
    const watched = (host: string) =>
      at(`${writer.id}.${host}.attempt.1`) - at(`${writer.id}.${host}.switch.1`)
    expect(watched('logstash01')).to.be.within(20_000, 30_000)
    expect(watched('logstash02')).to.be.within(10_000, 20_000)
  })

  it('goes on with a host that had nothing to deliver, and says so', async () => {
    const hosts = twoShippers().map(one => ({ ...one, rate: 0 }))
    const rotation = rotationWorld({ hosts })
    expectOutcome(await rotate(rotation.world.begin()), 'succeeded')
    expect(await remarksOf(rotation)).to.include('logstash01 had nothing to deliver')
  })

  it('rotates by itself what is older than it may be, and nothing else', async () => {
    const young = {
      ...writer,
      id: 'young',
      path: 'secret/elk/young',
      principals: ['young_a', 'young_b'],
      consumers: [],
    }
    const rotation = rotationWorld({ secrets: [writer, young] })
    const { world, vault } = rotation
    world.clock.pass(31 * 86_400_000)
    vault.somebodyWrites('secret/elk/young', { username: 'young_a', password: 'not-old-at-all' })
    const plan = await planOn(world.begin(), {})
    expect(plan.body.effects.join()).to.include('logstash-writer').and.not.to.include('young')
    expectOutcome(await rotate(world.begin(), { soak: '1m' }), 'succeeded')
    const next = await planOn(world.begin(), {})
    expect(next.body).to.deep.include({ effects: [], notes: ['no secret is due'] })
    expectOutcome(await rotate(world.begin(), {}), 'succeeded')
  })

  it('leaves a secret out that only hosts of another inventory use, and refuses it by name', async () => {
    const other = { ...writer, id: 'elsewhere', consumers: [{ hosts: 'kibana', verify: 'login' as const }] }
    const { world } = rotationWorld({ secrets: [writer, other] })
    const plan = await planOn(world.begin(), {})
    expect(plan.body.notes.join()).to.include('elsewhere is left out')
    expect(failureOf(await rotate(world.begin(), { secret: 'elsewhere' })).code).to.equal('GATE_REFUSED')
  })

  it('leaves out by itself what is not in Vault, and refuses it by name', async () => {
    const missing = { ...writer, id: 'missing', path: 'secret/elk/missing', principals: ['m_a', 'm_b'] }
    const { world } = rotationWorld({ secrets: [writer, missing] })
    const plan = await planOn(world.begin(), {})
    expect(plan.body.notes.join()).to.include('missing is left out: there is nothing at secret/elk/missing')
    expect(failureOf(await rotate(world.begin(), { secret: 'missing' })).message).to.include(
      'every_document_is_there',
    )
  })

  it('names in its plan every host, version and principal that it touches, and no secret', async () => {
    const { world } = rotationWorld()
    const { body } = await planOn(world.begin())
    const text = JSON.stringify(body)
    for (const word of [
      'logstash01',
      'logstash02',
      'version 2 of secret/elk/logstash',
      'revoke logstash_a',
      'make logstash_b',
    ])
      expect(text).to.include(word)
    expect(text).to.not.include(firstSecret)
  })
})

describe('rotate-secrets, when another person has to approve the end of the old secret', () => {
  it('waits with both secrets, and goes on when that person has', async () => {
    const rotation = rotationWorld({ secrets: [asked] })
    const end = await rotate(rotation.world.begin())
    expect(end).to.include({ outcome: 'waiting', exitCode: 3 })
    expect(failureOf(end).message).to.include('revoke logstash_a of logstash-writer')
    expect(rotation.vault.fields(writer.path, 1)?.password).to.equal(firstSecret)
    const [, share] = /until another person is asked: .*\((\d+) %\)/.exec(await remarksOf(rotation)) ?? []
    expect(Number(share), 'of the time before that').to.be.lessThan(10)
    await approve(rotation)
    expectOutcome(await carryOn(rotation.world.begin()), 'succeeded')
    expectRotated(rotation)
    expect((await remarksOf(rotation)).match(/until another person is asked/g)).to.have.length(1)
  })
  it('can be given up instead', async () => {
    const rotation = rotationWorld({ secrets: [asked] })
    await rotate(rotation.world.begin())
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expectTakenBack(rotation)
  })
  it('revokes nothing when somebody has let the old one in again meanwhile, until it is kept out again', async () => {
    const rotation = rotationWorld({ secrets: [asked] })
    const { world, credentials } = rotation
    await rotate(world.begin())
    await credentials.setEnabled(system, 'logstash_a', true)
    await approve(rotation)
    const end = await carryOn(world.begin())
    expect(failureOf(end)).to.include({ code: 'CONSUMER_FORGOTTEN', exitCode: 3 })
    expect(failureOf(end).message)
      .to.include('logstash_a was let in again')
      .and.include('nothing was revoked')
    expect(credentials.canLogIn(system, 'logstash_a', firstSecret)).to.equal(true)
    await credentials.setEnabled(system, 'logstash_a', false)
    expectOutcome(await carryOn(world.begin()), 'succeeded')
    expectRotated(rotation)
  })
  it('says while it waits, and when it stops later, that only the new one works', async () => {
    const rotation = rotationWorld({ secrets: [asked] })
    const { world, consumers } = rotation
    expect(failureOf(await rotate(world.begin())).message).to.include('logstash_a is kept out')
    await approve(rotation)
    consumers.writeFile('logstash02', writer.id, { principal: 'logstash_a', secret: firstSecret }, 1)
    expect(failureOf(await carryOn(world.begin())).message).to.include(
      'the old one is kept out and not revoked',
    )
  })
  it('says that the old one is revoked when it stops after that', async () => {
    const rotation = rotationWorld()
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      if (
        notice.kind === 'record' &&
        notice.record.type === 'step.done' &&
        notice.record.step === `${writer.id}.revoke`
      )
        rotation.vault.seal()
    }
    const { code, message } = failureOf(await rotate(process))
    expect(code).to.equal('VAULT_SEALED')
    expect(message).to.include('the old one is revoked').and.not.include('not revoked')
  })
  it('revokes nothing when a host has gone back meanwhile', async () => {
    const rotation = rotationWorld({ secrets: [asked] })
    await rotate(rotation.world.begin())
    await approve(rotation)
    rotation.consumers.writeFile('logstash02', writer.id, { principal: 'logstash_a', secret: firstSecret }, 1)
    const end = await carryOn(rotation.world.begin())
    expect(failureOf(end)).to.include({ code: 'CONSUMER_FAILED', exitCode: 1 })
    expect(rotation.credentials.state.history.join()).to.not.include('revoke')
  })
})

describe('rotate-secrets, when the secret has leaked', () => {
  it('tests and switches as ever, and ends the old one at once and without asking', async () => {
    const rotation = rotationWorld({ secrets: [asked] })
    expectOutcome(await rotate(rotation.world.begin(), { ...all, leaked: true }), 'succeeded')
    expectRotated(rotation)
    const steps = (await rotation.world.journal.read('run-1')).map(({ step }) => String(step))
    expect(steps).to.include('logstash-writer.test')
    expect(steps.filter(step => step.startsWith('soak'))).to.deep.equal([])
    expect(rotation.credentials.state.history).to.deep.equal([
      'make elasticsearch-user logstash_b',
      'disable elasticsearch-user logstash_a',
      'revoke elasticsearch-user logstash_a',
    ])
  })
  it('says in its plan who has decided that', async () => {
    const { world } = rotationWorld()
    const { body } = await planOn(world.begin(), { ...all, leaked: true })
    expect(body.notes.join()).to.include('who types it has decided')
    expect(body.effects.join()).to.include('without asking')
  })
})

describe('rotate-secrets of several secrets', () => {
  const second = {
    ...writer,
    ...{ id: 'reader', principals: ['reader_a', 'reader_b'] },
    fields: { principal: 'reader', secret: 'reader_password' },
  }
  const readerSecret = 'canary-Reader-Secret-0'
  const begin = (secrets = [writer, second]) =>
    rotationWorld({
      secrets,
      hosts: twoShippers().map(({ secrets: own, ...host }) => ({
        ...host,
        secrets: { ...own, reader: { principal: 'reader_a', secret: readerSecret } },
      })),
      vault: {
        documents: {
          [writer.path]: {
            ...{ username: 'logstash_a', password: firstSecret },
            ...{ reader: 'reader_a', reader_password: readerSecret },
          },
        },
      },
      credentials: {
        principals: [
          { kind: 'elasticsearch-user', name: 'logstash_a', secret: firstSecret },
          { kind: 'elasticsearch-user', name: 'reader_a', secret: readerSecret },
        ],
      },
    })
  const both = { ...all, secret: 'logstash-writer,reader' }

  it('switches one after the other, soaks them together, and keeps what else the document holds', async () => {
    const { world, vault, credentials, lockedOut } = begin()
    vault.somebodyWrites(writer.path, { ...vault.fields(writer.path), unrelated: 'stays' })
    expectOutcome(await rotate(world.begin(), both), 'succeeded')
    expect(lockedOut).to.deep.equal([])
    const fields = vault.fields(writer.path)
    expect(fields).to.include({ username: 'logstash_b', reader: 'reader_b', unrelated: 'stays' })
    expect(credentials.canLogIn(system, 'logstash_b', fields?.password ?? '')).to.equal(true)
    expect(credentials.canLogIn(system, 'reader_b', fields?.reader_password ?? '')).to.equal(true)
    expect(credentials.canLogIn(system, 'reader_a', readerSecret)).to.equal(false)
    expect(vault.fields(writer.path, 2), 'shared by others').to.not.equal(null)
    const records = (await world.journal.read('run-1')).filter(({ step }) => step === 'soak.attempt.1')
    expect(records.length).to.equal(1)
  })

  it('asks once for all that another person has to approve, and ends the others before', async () => {
    const third = { ...second, revokeWithoutApproval: false }
    const rotation = begin([{ ...writer, revokeWithoutApproval: false }, third])
    const { message } = failureOf(await rotate(rotation.world.begin(), both))
    expect(message).to.include('revoke logstash_a').and.include('revoke reader_a')
    expect(rotation.credentials.state.history.join()).to.not.include('revoke')
    await approve(rotation)
    expectOutcome(await carryOn(rotation.world.begin()), 'succeeded')
    expect(rotation.credentials.canLogIn(system, 'reader_a', readerSecret)).to.equal(false)

    const mixed = begin([{ ...writer, revokeWithoutApproval: false }, second])
    expect(failureOf(await rotate(mixed.world.begin(), both)).message).to.not.include('reader_a')
    expect(mixed.credentials.canLogIn(system, 'reader_a', readerSecret)).to.equal(false)
    expect(mixed.credentials.state.history).to.not.include('revoke elasticsearch-user logstash_a')
  })

  it('takes both back, the document included', async () => {
    const { world, vault, credentials, consumers, lockedOut } = begin()
    const before = vault.fields(writer.path)
    consumers.stray('10.0.9.9', { secretId: 'reader', principal: 'reader_a', secret: readerSecret })
    expect(failureOf(await rotate(world.begin(), both)).code).to.equal('CONSUMER_FORGOTTEN')
    expectOutcome(await carryOn(world.begin(), 'abort'), 'aborted')
    expect(vault.fields(writer.path)).to.deep.equal(before)
    expect(lockedOut).to.deep.equal([])
    expect(credentials.canLogIn(system, 'reader_a', readerSecret)).to.equal(true)
  })

  it('keeps the first one rotated when it leaked and had ended before the second went wrong', async () => {
    const { world, vault, consumers, lockedOut } = begin()
    const process = world.begin()
    process.engine.host.notify = notice => {
      if (notice.kind === 'record' && notice.record.once === 'logstash-writer.done')
        consumers.failSwitch('logstash01')
    }
    expectOutcome(await rotate(process, { ...both, leaked: true }), 'failed')
    consumers.mend('logstash01')
    expectOutcome(await carryOn(world.begin(), 'abort'), 'aborted')
    expect(vault.fields(writer.path)).to.include({ username: 'logstash_b', reader: 'reader_a' })
    expect(lockedOut).to.deep.equal([])
  })
})
