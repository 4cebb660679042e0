// Gates on the chosen secrets themselves: which they are, where they stand, and who else is at work on them.
import { refuseAny } from '#sdk'
import type { SecretFacts } from '../facts.ts'
import { secretsIn } from '../params.ts'
import type { RotateGate } from './vault.ts'

export const secretGates: readonly RotateGate[] = [
  {
    name: 'every_named_secret_is_declared',
    prevents: 'A misspelt id that rotates nothing, month after month, while everybody believes it does.',
    waivable: 'never',
    check: ({ unknown, declared, secrets, leftOut }, params) => {
      const named = secretsIn(params)
      return refuseAny(
        [
          ...unknown.map(id => `ops.config.ts declares no ${id}; it has ${declared.join(', ') || 'none'}`),
          ...leftOut.filter(({ id }) => named?.includes(id)).map(({ id, why }) => `${id}: ${why}`),
        ],
        secrets.map(({ declaration }) => declaration.id).join(', ') || 'none is due',
      )
    },
  },
  {
    name: 'a_leaked_secret_is_named',
    prevents: 'Ending every old secret at once and without asking, because one of them has leaked.',
    waivable: 'never',
    check: (_facts, params) =>
      refuseAny(
        params.leaked && secretsIn(params) === null ? ['--leaked needs --secret ID'] : [],
        params.leaked ? 'it is named' : 'none is said to have leaked',
      ),
  },
  {
    name: 'every_document_is_there',
    prevents: 'Rotating what nobody has ever written, so that there is nothing to go back to.',
    waivable: 'never',
    check: ({ secrets }) =>
      refuseAny(
        secrets.flatMap(({ declaration: { id, path, fields }, document, unreadable, mount }) => {
          if (unreadable !== null || (mount !== null && mount.version !== 2)) return []
          if (document === null) return [`${id}: there is nothing at ${path}`]
          return Object.values(fields)
            .filter(name => !document.fields.includes(name))
            .map(name => `${id}: ${path} has no field ${name}`)
        }),
        secrets
          .map(({ declaration: { path }, document }) => `${path} version ${document?.version}`)
          .join(', ') || 'none is chosen',
      ),
  },
  {
    name: 'no_other_rotation_is_under_way',
    prevents: 'Two rotations of one secret, each of which takes away what the other has just handed out.',
    waivable: 'never',
    check: ({ secrets }) =>
      refuseAny(
        secrets.flatMap(({ declaration: { id }, pending }) =>
          pending === null ? [] : [sayPending(id, pending.run)],
        ),
        'nothing is staged',
      ),
  },
  {
    name: 'no_two_secrets_share_a_principal',
    prevents: 'One user that is given two new secrets, the first of which stops working with the second.',
    waivable: 'never',
    check: ({ secrets }) => refuseAny(findShared(secrets), `${secrets.length} secrets, each of its own user`),
  },
]

const sayPending = (id: string, run: string | null): string =>
  run === null
    ? `${id}: something is staged, and nobody has said who did it`
    : `${id}: run ${run} is in the middle of it; ops resume ${run}, or ops abort ${run}`

function findShared(secrets: readonly SecretFacts[]): string[] {
  const uses = secrets.flatMap(({ declaration: { id, kind, owner, principals, path, fields }, document }) => {
    const names = new Set([...principals, ...(document?.principal ? [document.principal] : [])])
    const system = kind.startsWith('elasticsearch-') ? 'elasticsearch' : kind
    return [
      ...[...names].map(name => ({ id, what: `${system} ${owner} ${name}`, name })),
      { id, what: `${path} ${fields.secret}`, name: `field ${fields.secret} of ${path}` },
    ]
  })
  return [...Map.groupBy(uses, ({ what }) => what).values()]
    .filter(ones => ones.length > 1)
    .map(ones => `${ones.map(({ id }) => id).join(' and ')} are both ${ones[0]?.name}`)
}
