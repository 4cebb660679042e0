// Who is there, who holds a secret, and what they may do. It changes nothing.
import { OpsError } from '../../../src/errors/index.ts'
import { type CredentialSystem, credentialKinds, type Principal } from '../../../src/ports/credentials.ts'
import type { Json } from '../../../src/ports/json.ts'
import type { FakeCredentialsState, FakePrincipal } from './state.ts'

type State = FakeCredentialsState

export const hasMany = ({ kind }: CredentialSystem): boolean => credentialKinds[kind].names === 'many'

export const ofSystem = (
  { principals }: State,
  { kind, owner }: CredentialSystem,
): readonly FakePrincipal[] => principals.filter(one => one.kind === kind && one.owner === owner)

export const named = (state: State, system: CredentialSystem, name: string): FakePrincipal | undefined =>
  ofSystem(state, system).find(one => one.name === name)

export function need(state: State, system: CredentialSystem, name: string): FakePrincipal {
  const found = named(state, system, name)
  if (found) return found
  const message = `there is no ${system.kind} ${name}`
  throw new OpsError('CLUSTER_REJECTED', { message, hint: 'check its name' })
}

export const whoHolds = (
  state: State,
  system: CredentialSystem,
  principal: string,
  secret: string,
): FakePrincipal | undefined =>
  ofSystem(state, system).find(one => one.secret === secret && (hasMany(system) || one.name === principal))

export function describe(state: State, one: FakePrincipal): Principal {
  const { name, enabled, madeBy } = one
  return { name, enabled, madeBy, grants: structuredClone(grantsOf(state, one)) }
}

export const grantsOf = ({ differing }: State, one: FakePrincipal): Json =>
  isNamed(differing, one) ? { also: 'something else', like: one.grants } : one.grants

export const isNamed = (names: readonly string[], { name, madeBy }: FakePrincipal): boolean =>
  names.includes(name) || (madeBy !== null && names.includes('*'))
