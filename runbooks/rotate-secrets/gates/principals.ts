// Gates on the users, keys and tokens: is the one in use whom we believe it is, and may it be replaced now?
import { canBeDisabled, credentialKinds, pass, refuse, refuseAny } from '#sdk'
import { rightCluster } from '../../rolling-restart/right-cluster.ts'
import type { RotateFacts, SecretFacts } from '../facts.ts'
import { nextNameOf } from '../plan.ts'
import type { RotateGate } from './vault.ts'

const clusterGate = rightCluster('Changing users of production when the inventory of the lab was meant.')

export const principalGates: readonly RotateGate[] = [
  {
    ...clusterGate,
    check: ({ cluster }, params) =>
      cluster === null ? pass('no secret of Elasticsearch is chosen') : clusterGate.check(cluster, params),
  },
  {
    name: 'cluster_is_not_red',
    prevents: 'Changing users while the index that holds them may not be writable everywhere.',
    waivable: 'reason',
    check: ({ cluster }) => {
      if (cluster === null) return pass('no secret of Elasticsearch is chosen')
      const { status } = cluster.health
      return status === 'red' ? refuse('the cluster is red') : pass(`status ${status}`)
    },
  },
  {
    name: 'the_current_principal_is_a_declared_one',
    prevents: 'A document that names somebody else, whose password would be changed by mistake.',
    waivable: 'never',
    check: ({ secrets }) =>
      refuseAny(
        known(secrets).flatMap(({ declaration: { id, kind, principals }, document, current }) => {
          const name = document?.principal ?? ''
          if (credentialKinds[kind].names !== 'many' && !principals.includes(name))
            return [`${id}: Vault names ${name}, ops.config.ts has ${principals.join(' and ')}`]
          if (current === null) return [`${id}: there is no ${name}`]
          return current.enabled ? [] : [`${id}: ${name} is disabled`]
        }),
        known(secrets)
          .map(({ document }) => document?.principal)
          .join(', ') || 'none',
      ),
  },
  {
    name: 'the_current_secret_logs_in_everywhere',
    prevents: 'Going back to a secret that does not work, and blaming the new one for what the old one did.',
    waivable: 'never',
    check: ({ secrets }) =>
      refuseAny(
        known(secrets).flatMap(({ declaration: { id }, refusedAt, endpoints }) => [
          ...(endpoints === 0 ? [`${id}: nobody was asked`] : []),
          ...refusedAt.map(({ endpoint, why }) => `${id}: ${endpoint} does not let it in: ${why}`),
        ]),
        known(secrets)
          .map(({ declaration: { id }, endpoints }) => `${id}: ${endpoints} endpoints`)
          .join(', ') || 'none',
      ),
  },
  {
    name: 'the_other_name_is_free',
    prevents: 'A new secret for a user that somebody still logs in with.',
    waivable: 'reason',
    check: ({ secrets }) =>
      refuseAny(
        known(secrets).flatMap(one => {
          const { declaration, other } = one
          if (credentialKinds[declaration.kind].names !== 'two') return []
          if (nextNameOf(one) === '') return [`${declaration.id}: there is no second name to change to`]
          if (other === null || (canBeDisabled(declaration.kind) && !other.enabled)) return []
          return [`${declaration.id}: ${other.name} is there and may log in`]
        }),
        known(secrets).map(nextNameOf).join(', ') || 'none',
      ),
  },
  {
    name: 'it_is_not_the_identity_of_ops',
    prevents: 'A run that locks itself out in the middle of changing who it is.',
    waivable: 'never',
    check: facts =>
      refuseAny(
        facts.secrets.flatMap(one => findOwn(one, facts.own)),
        facts.own.map(({ system, name }) => `${system}: ${name}`).join(', ') || 'nobody is named',
      ),
  },
  {
    name: 'gaps_are_agreed_to',
    prevents: 'Minutes in which a reserved user is refused everywhere, as a surprise to those who use it.',
    waivable: 'reason',
    check: ({ secrets }) =>
      refuseAny(
        secrets
          .filter(
            ({ declaration: { kind, gapAccepted } }) => credentialKinds[kind].names === 'one' && !gapAccepted,
          )
          .map(
            ({ declaration: { id } }) => `${id} has one name only, and ops.config.ts does not accept its gap`,
          ),
        'none that nobody has agreed to',
      ),
  },
]

/** Those whose document could be read; another gate refuses the others. */
const known = (secrets: readonly SecretFacts[]): readonly SecretFacts[] =>
  secrets.filter(({ document }) => document?.principal != null)

function findOwn({ declaration, document }: SecretFacts, own: RotateFacts['own']): string[] {
  const { id, kind, owner, principals } = declaration
  const system = kind === 'kafka-scram' ? 'kafka' : kind === 'vault-approle' ? 'vault' : 'elasticsearch'
  const names = kind === 'vault-approle' ? [owner] : [...principals, document?.principal ?? '']
  return own
    .filter(one => one.system === system && names.includes(one.name))
    .map(({ name }) => `${id}: ops itself is ${name}`)
}
