// A service token that the system makes: many at once, and none that ops could choose.
import { expect } from 'chai'
import type { SecretDeclaration } from '../../../src/sdk/index.ts'
import { firstSecret, type RotationWorld, rotationWorld, twoShippers, writer } from './world.ts'

export const token: SecretDeclaration = {
  ...writer,
  id: 'kibana-token',
  kind: 'elasticsearch-service-token',
  owner: 'elastic/kibana',
  path: 'secret/elk/kibana',
  fields: { principal: 'name', secret: 'token' },
  principals: [],
  consumers: [{ hosts: 'logstash', verify: 'login' }],
}

const { kind, owner } = token

export const tokenWorld = (): RotationWorld =>
  rotationWorld({
    secrets: [token],
    hosts: twoShippers(token.id, 'first-token'),
    vault: { documents: { [token.path]: { name: 'first-token', token: firstSecret } } },
    credentials: { principals: [{ kind, owner, name: 'first-token', secret: firstSecret }] },
  })

const namesIn = ({ credentials }: RotationWorld): string[] =>
  credentials.state.principals.map(({ name }) => name)

const heldIn = ({ consumers }: RotationWorld): (string | undefined)[] =>
  Object.values(consumers.state.consumers).map(({ files }) => files[token.id]?.principal)

export function expectTokenRotated(rotation: RotationWorld): void {
  const { vault, credentials, lockedOut } = rotation
  expect(lockedOut, 'locked out').to.deep.equal([])
  const fields = vault.fields(token.path)
  expect(namesIn(rotation), 'tokens').to.deep.equal([fields?.name])
  expect(fields?.name).to.match(/^ops-run-\d+-kibana-token_/)
  expect(credentials.canLogIn({ kind, owner }, '', fields?.token ?? ''), 'the new one').to.equal(true)
  expect(heldIn(rotation), 'consumers').to.deep.equal([fields?.name, fields?.name])
  expect(vault.document(`${token.path}/pending/${token.id}`), 'staged').to.equal(null)
}

export function expectTokenTakenBack(rotation: RotationWorld): void {
  const { vault, lockedOut } = rotation
  expect(lockedOut, 'locked out').to.deep.equal([])
  expect(namesIn(rotation), 'tokens').to.deep.equal(['first-token'])
  expect(vault.fields(token.path)).to.deep.equal({ name: 'first-token', token: firstSecret })
  expect(heldIn(rotation), 'consumers').to.deep.equal(['first-token', 'first-token'])
  expect(vault.document(`${token.path}/pending/${token.id}`), 'staged').to.equal(null)
}
