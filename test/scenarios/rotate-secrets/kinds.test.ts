// The other kinds: those that the system makes, those that cannot be kept out for a while, and the one with a gap.
import { expect } from 'chai'
import type { CredentialKind } from '../../../src/ports/credentials.ts'
import type { SecretDeclaration } from '../../../src/sdk/index.ts'
import { failureOf } from '../../support/fake-world/trouble.ts'
import { expectTokenRotated, expectTokenTakenBack, token, tokenWorld } from './token-world.ts'
import {
  carryOn,
  expectOutcome,
  firstSecret,
  planOn,
  type RotationWorld,
  rotate,
  rotationWorld,
  twoShippers,
  writer,
} from './world.ts'

const quick = { soak: '30s', canary: '10s' }

function beginKind(
  kind: CredentialKind,
  { owner = '', principals = [] }: { readonly owner?: string; readonly principals?: readonly string[] } = {},
): { readonly rotation: RotationWorld; readonly declared: SecretDeclaration } {
  const first = principals[0] ?? 'first'
  const declared: SecretDeclaration = {
    ...writer,
    ...{ id: 'some-secret', kind, owner, principals, path: 'secret/some', gapAccepted: true },
    consumers: [{ hosts: 'logstash', verify: 'login' }],
  }
  const rotation = rotationWorld({
    secrets: [declared],
    hosts: twoShippers(declared.id, first),
    vault: { documents: { [declared.path]: { username: first, password: firstSecret } } },
    credentials: { principals: [{ kind, owner, name: first, secret: firstSecret }] },
  })
  return { rotation, declared }
}

/** The document, and whether it and the old one are let in. */
function endOf(
  { vault, credentials }: RotationWorld,
  { path, kind, owner }: SecretDeclaration,
  first: string,
) {
  const fields = vault.fields(path)
  const letIn = (name: string, secret: string) => credentials.canLogIn({ kind, owner }, name, secret)
  return {
    principal: fields?.username ?? '',
    isNewIn: fields?.password !== firstSecret && letIn(fields?.username ?? '', fields?.password ?? ''),
    isOldIn: letIn(first, firstSecret),
    staged: vault.document(`${path}/pending/some-secret`),
  }
}

const many: readonly (readonly [CredentialKind, string])[] = [
  ['elasticsearch-api-key', 'shippers'],
  ['elasticsearch-service-token', 'elastic/kibana'],
  ['vault-approle', 'shippers'],
]

describe('rotate-secrets of what the system makes', () => {
  for (const [kind, owner] of many) {
    it(`makes another ${kind} beside the one in use, and revokes that at the end`, async () => {
      const { rotation, declared } = beginKind(kind, { owner })
      expectOutcome(await rotate(rotation.world.begin(), { ...quick, secret: declared.id }), 'succeeded')
      expect(rotation.lockedOut).to.deep.equal([])
      const { principal, ...rest } = endOf(rotation, declared, 'first')
      expect(rest).to.deep.equal({ isNewIn: true, isOldIn: false, staged: null })
      expect(rotation.credentials.state.principals.map(({ name }) => name)).to.deep.equal([principal])
    })
    it(`takes a ${kind} back that a consumer does not work with`, async () => {
      const { rotation, declared } = beginKind(kind, { owner })
      rotation.consumers.failSwitch('logstash02')
      expectOutcome(await rotate(rotation.world.begin(), { ...quick, secret: declared.id }), 'failed')
      rotation.consumers.mend('logstash02')
      expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
      expect(endOf(rotation, declared, 'first')).to.deep.equal({
        ...{ principal: 'first', isNewIn: false, isOldIn: true, staged: null },
      })
      expect(rotation.credentials.state.principals.length).to.equal(1)
    })
  }

  it('revokes what was made and lost before it makes another', async () => {
    const rotation = tokenWorld()
    rotation.credentials.loseNextAnswer('done')
    expectOutcome(await rotate(rotation.world.begin(), { ...quick, secret: token.id }), 'succeeded')
    expectTokenRotated(rotation)
    expect(rotation.credentials.state.history.filter(done => done.startsWith('make'))).to.have.length(2)
  })

  it('revokes what was made and lost when it is given up', async () => {
    const rotation = tokenWorld()
    rotation.credentials.loseNextAnswer('done')
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      if (notice.kind === 'record' && notice.record.type === 'step.unknown') process.life.kill()
    }
    expect(await rotate(process, { ...quick, secret: token.id })).to.equal('killed')
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expectTokenTakenBack(rotation)
  })
})

describe('rotate-secrets of two secrets of one owner', () => {
  const other: SecretDeclaration = { ...token, id: 'kibana-two', path: 'secret/elk/kibana-two' }
  const on = (secret: SecretDeclaration, name: string) => ({
    id: secret.id,
    login: { principal: name, secret: `${firstSecret}-${name}` },
  })
  const held = [on(token, 'token-one'), on(other, 'token-two')]
  const begin = () => {
    const [one, two] = twoShippers().map(({ name, address }, at) => {
      const { id, login } = held[at] as (typeof held)[number]
      return { name, address, secrets: { [id]: login } }
    })
    return rotationWorld({
      secrets: [token, other].map((secret, at) => ({
        ...secret,
        consumers: [{ hosts: `logstash0${at + 1}`, verify: 'login' as const }],
      })),
      hosts: [one, two].filter(host => host !== undefined),
      vault: {
        documents: Object.fromEntries(
          held.map(({ login }, at) => [
            [token, other][at]?.path ?? '',
            { name: login.principal, token: login.secret },
          ]),
        ),
      },
      credentials: {
        principals: held.map(({ login }) => ({
          ...{ kind: token.kind, owner: token.owner, name: login.principal, secret: login.secret },
        })),
      },
    })
  }
  const both = { ...quick, secret: `${token.id},${other.id}` }

  it('ends no new token of the one for a lost one of the other', async () => {
    const rotation = begin()
    expectOutcome(await rotate(rotation.world.begin(), both), 'succeeded')
    expect(rotation.lockedOut).to.deep.equal([])
    const names = [token, other].map(({ path }) => rotation.vault.fields(path)?.name)
    expect(rotation.credentials.state.principals.map(({ name }) => name)).to.deep.equal(names)
  })

  it('takes the second one back without ending the token of the first', async () => {
    const rotation = begin()
    rotation.consumers.failSwitch('logstash02')
    expectOutcome(await rotate(rotation.world.begin(), both), 'failed')
    rotation.consumers.mend('logstash02')
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expect(rotation.lockedOut).to.deep.equal([])
    expect(rotation.credentials.state.principals.map(({ name }) => name)).to.deep.equal([
      'token-one',
      'token-two',
    ])
  })

  it('leaves the first one rotated when it had ended before the second is taken back', async () => {
    const rotation = begin()
    const process = rotation.world.begin()
    process.engine.host.notify = notice => {
      if (notice.kind === 'record' && notice.record.once === `${token.id}.done`)
        rotation.consumers.failSwitch('logstash02')
    }
    expectOutcome(await rotate(process, { ...both, leaked: true }), 'failed')
    rotation.consumers.mend('logstash02')
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expect(rotation.lockedOut).to.deep.equal([])
    expect(rotation.credentials.state.principals.map(({ name }) => name)).to.have.members([
      rotation.vault.fields(token.path)?.name,
      'token-two',
    ])
  })
})

describe('rotate-secrets of a user of Kafka', () => {
  const names = { principals: ['shipper_a', 'shipper_b'] }

  it('makes the other name, keeps nobody out meanwhile, and removes the old one at the end', async () => {
    const { rotation, declared } = beginKind('kafka-scram', names)
    expectOutcome(await rotate(rotation.world.begin(), { ...quick, secret: declared.id }), 'succeeded')
    expect(rotation.lockedOut).to.deep.equal([])
    expect(endOf(rotation, declared, 'shipper_a')).to.deep.equal({
      ...{ principal: 'shipper_b', isNewIn: true, isOldIn: false, staged: null },
    })
    expect(rotation.credentials.state.history).to.deep.equal([
      'make kafka-scram shipper_b',
      'revoke kafka-scram shipper_a',
    ])
    expect(rotation.world.ansible.requests.map(({ playbook }) => playbook)).to.not.include(
      'auth_failures.yml',
    )
  })
  it('says in its plan that nobody would be refused', async () => {
    const { rotation, declared } = beginKind('kafka-scram', names)
    const { body } = await planOn(rotation.world.begin(), { ...quick, secret: declared.id })
    expect(body.notes.join()).to.include('cannot be kept out for a while')
  })
})

describe('rotate-secrets of a reserved user', () => {
  const names = { principals: ['kibana_system'] }

  it('changes it, gives it to its consumers at once, and writes it down', async () => {
    const { rotation, declared } = beginKind('elasticsearch-reserved-user', names)
    const { body } = await planOn(rotation.world.begin(), { ...quick, secret: declared.id })
    expect(body.notes.join()).to.include('there is a gap')
    expectOutcome(await rotate(rotation.world.begin(), { ...quick, secret: declared.id }), 'succeeded')
    expect(endOf(rotation, declared, 'kibana_system')).to.deep.equal({
      ...{ principal: 'kibana_system', isNewIn: true, isOldIn: false, staged: null },
    })
    expect(rotation.credentials.state.history).to.deep.equal([
      'make elasticsearch-reserved-user kibana_system',
    ])
    for (const host of ['logstash01', 'logstash02'])
      expect(rotation.consumers.logIn(host, declared.id), host).to.equal(true)
  })
  it('sets the old secret again when a consumer does not work with the new one', async () => {
    const { rotation, declared } = beginKind('elasticsearch-reserved-user', names)
    rotation.consumers.failSwitch('logstash02')
    const end = await rotate(rotation.world.begin(), { ...quick, secret: declared.id })
    expect(failureOf(end).code).to.equal('CONSUMER_FAILED')
    expect(failureOf(end).message)
      .to.include('some-secret: its old secret is refused since it was changed')
      .and.not.include('works everywhere')
    rotation.consumers.mend('logstash02')
    expectOutcome(await carryOn(rotation.world.begin(), 'abort'), 'aborted')
    expect(endOf(rotation, declared, 'kibana_system')).to.deep.equal({
      ...{ principal: 'kibana_system', isNewIn: false, isOldIn: true, staged: null },
    })
    for (const host of ['logstash01', 'logstash02'])
      expect(rotation.consumers.logIn(host, declared.id), host).to.equal(true)
  })
  it('is killed at every record, and everybody can log in at its end', async function () {
    this.timeout(60_000)
    const failures: string[] = []
    for (const mode of ['resume', 'abort'] as const)
      for (let record = 1; ; record++) {
        const { rotation, declared } = beginKind('elasticsearch-reserved-user', names)
        const cut = { record, when: 'after' as const }
        if ((await rotate(rotation.world.begin({ cut }), { ...quick, secret: declared.id })) !== 'killed')
          break
        const [run] = await rotation.world.journal.runs()
        if (run?.outcome !== 'succeeded') await carryOn(rotation.world.begin(), mode)
        const { isNewIn, isOldIn, staged } = endOf(rotation, declared, 'kibana_system')
        const hosts = ['logstash01', 'logstash02'].every(host => rotation.consumers.logIn(host, declared.id))
        if (!hosts || isNewIn === isOldIn || staged !== null || (mode === 'resume' && !isNewIn))
          failures.push(`${mode} after record ${record}`)
      }
    expect(failures).to.deep.equal([])
  })
})
