// Gates on Vault: will it take every write of this run, and until its end?
import { durationMs, type Gate, pass, refuse, refuseAny } from '#sdk'
import type { RotateFacts, SecretFacts } from '../facts.ts'
import type { RotateParams } from '../params.ts'

export type RotateGate = Gate<RotateFacts, RotateParams>

const mostSkewMs = 60_000
/** What a rotation takes beside its soak. */
const spareMs = 1_800_000

export const vaultGates: readonly RotateGate[] = [
  {
    name: 'vault_answers_and_is_unsealed',
    prevents: 'A rotation that cannot write down what it has changed, so that nobody knows the new secret.',
    waivable: 'never',
    check: ({ vault: { problem, session } }) =>
      problem === null && session !== null
        ? pass(`unsealed, as ${session.displayName}`)
        : refuse(problem ?? 'nobody is logged in'),
  },
  {
    name: 'the_clock_is_that_of_vault',
    prevents: 'Failures that are looked for in the wrong minute, and leases that end before they seem to.',
    waivable: 'reason',
    check: ({ vault: { health, askedAtMs } }) => {
      if (health === null) return refuse('Vault has not said what time it is')
      const skewMs = Math.abs(health.serverTimeMs - askedAtMs)
      const evidence = `${Math.round(skewMs / 1000)} s apart`
      return skewMs < mostSkewMs ? pass(evidence) : refuse(`this machine and Vault are ${evidence}`)
    },
  },
  {
    name: 'the_token_outlives_the_run',
    prevents:
      'A login that ends in the middle of the soak, with two secrets that work and nobody to revoke one.',
    waivable: 'reason',
    check: ({ vault: { session }, nowMs, secrets }, { soak, leaked }) => {
      if (session === null) return refuse('nobody is logged in')
      const { expiresAtMs, renewable, role } = session
      if (expiresAtMs === null) return pass('the token does not end')
      if (renewable || role !== null)
        return pass(role === null ? 'it can be renewed' : `AppRole ${role} logs in again`)
      const own = Math.max(0, ...secrets.map(({ declaration }) => declaration.soakMs))
      const neededMs = spareMs + (leaked ? 0 : soak === undefined ? own : durationMs(soak))
      const leftMs = expiresAtMs - nowMs
      const evidence = `the token ends in ${Math.round(leftMs / 60_000)} min and cannot be renewed`
      return leftMs > neededMs
        ? pass(evidence)
        : refuse(`${evidence}; ${Math.round(neededMs / 60_000)} are needed`)
    },
  },
  {
    name: 'secrets_are_kept_in_versions',
    prevents:
      'A store without versions or check-and-set, in which the old secret is gone once the new one is written.',
    waivable: 'never',
    check: ({ secrets }) =>
      refuseAny(
        secrets
          .filter(({ mount }) => mount !== null && (mount.type !== 'kv' || mount.version !== 2))
          .map(
            ({ declaration: { id, path }, mount }) =>
              `${id}: ${path} is in ${mount?.type} version ${mount?.version ?? 'none'}, not in kv version 2`,
          ),
        `${secrets.length} secrets in kv version 2`,
      ),
  },
  {
    name: 'old_versions_last_until_the_end',
    prevents:
      'A way back that Vault has thrown away, because others of the same document were written meanwhile.',
    waivable: 'reason',
    check: ({ secrets }) =>
      refuseAny(
        [...Map.groupBy(secrets, ({ declaration: { path } }) => path)].flatMap(([path, ones]) =>
          explainTooFew(path, ones),
        ),
        'until every one of them could be taken back',
      ),
  },
  {
    name: 'the_policy_allows_every_write',
    prevents: 'A rotation that finds out half-way that it may not write the document, or not clear up.',
    waivable: 'never',
    check: ({ secrets }) =>
      refuseAny(
        secrets.flatMap(({ declaration: { id }, forbidden, unreadable }) => [
          ...(unreadable === null ? [] : [`${id}: ${unreadable}`]),
          ...forbidden.map(one => `${id}: no ${one}`),
        ]),
        'data, metadata, pending and destroy',
      ),
  },
]

/** Each writes one version when it is rotated and one when it is taken back, and needs the one from before until then. */
function explainTooFew(path: string, secrets: readonly SecretFacts[]): string[] {
  const kept = secrets[0]?.document?.keptVersions
  const needed = 2 * secrets.length
  if (kept === undefined || kept >= needed) return []
  return [
    `Vault keeps ${kept} versions of ${path}, and ${secrets.length} secrets of it need ${needed}: name fewer with --secret, or raise its max-versions`,
  ]
}
