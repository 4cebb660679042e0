// Whether one secret is as old as it may be, stands where it should, and lets in nobody else. Pure.
import {
  type CredentialKind,
  canBeDisabled,
  credentialKinds,
  type SecretDeclaration,
  sayFew,
  saySpan,
  sayTime,
} from '#sdk'
import type { AuditedSecret } from './facts.ts'
import { dayMs, daysBetween, type Finding, findingsOn, sayDays } from './finding.ts'
import { judgeConsumer } from './judge-consumer.ts'
import { judgeEnd } from './judge-vault.ts'
import type { RoleFacts } from './look-at-vault.ts'

/** A rotation is done within a day after its soak, or nobody carries it on any more. */
const rotationGraceMs = dayMs

/** What a secret is judged beside. */
interface Around {
  readonly nowMs: number
  /** Principals of every declared secret, as `nameIn` has them. */
  readonly claimed: ReadonlySet<string>
  readonly roles: readonly RoleFacts[]
}

/** A principal among those of its system: several secrets may share an owner. */
export const nameIn = ({ kind, owner }: Pick<SecretDeclaration, 'kind' | 'owner'>, name: string): string =>
  `${kind} ${owner} ${name}`

export function judgeSecret(one: AuditedSecret, { nowMs, claimed, roles }: Around): Finding[] {
  if (one.isElsewhere)
    return [
      findingsOn(one.secret.id).warning(
        `not looked at: ${one.principalsProblem}`,
        'take the secret out of ops.config.ts where no inventory has its system',
      ),
    ]
  const findings = [
    ...judgeDocument(one, nowMs),
    ...judgeAge(one, nowMs),
    ...judgePending(one, nowMs),
    ...judgePrincipals(one, claimed),
    ...judgeSecretId(one, roles, nowMs),
    ...one.consumers.flatMap(consumer => judgeConsumer(one, consumer)),
  ]
  return findings.length > 0 ? findings : [findingsOn(one.secret.id).ok(sayWell(one, nowMs))]
}

function judgeDocument({ secret, document, problem }: AuditedSecret, nowMs: number): Finding[] {
  const about = findingsOn(secret.id)
  if (problem !== null && document === null)
    return [about.warning(`${secret.path} cannot be read: ${problem}`, 'see what is said of vault')]
  if (problem !== null)
    return [about.warning(`not all of ${secret.path} can be read: ${problem}`, 'see the policy of ops')]
  if (document === null)
    return [
      about.warning(
        `Vault has nothing at ${secret.path}`,
        `put the secret that is in use there: vault kv put ${secret.path} ${secret.fields.principal}=... ${secret.fields.secret}=-`,
      ),
    ]
  const { principal, secret: field } = secret.fields
  const missing = [
    ...(document.principal === null ? [principal] : []),
    ...(document.hasSecret ? [] : [field]),
  ]
  return [
    ...(missing.length === 0
      ? []
      : [
          about.critical(
            `${secret.path} has no ${missing.join(' and no ')}`,
            'add it with vault kv patch, or mend the names of the fields in ops.config.ts',
          ),
        ]),
    ...(document.cachedAtMs === null
      ? []
      : [
          about.warning(
            `version ${document.version} is from the cache of this machine, ${saySpan(nowMs - document.cachedAtMs)} old`,
            'see what is said of vault',
          ),
        ]),
  ]
}

function judgeAge({ secret, rotatedAtMs }: AuditedSecret, nowMs: number): Finding[] {
  if (rotatedAtMs === null) return []
  const { id, rotateAfterDays } = secret
  const age = daysBetween(rotatedAtMs, nowMs)
  if (age <= rotateAfterDays) return []
  const severity = age > 2 * rotateAfterDays ? 'critical' : 'warning'
  const sentence = `it is ${sayDays(age)} old, and may be ${sayDays(rotateAfterDays)} old`
  return [findingsOn(id)[severity](sentence, `ops run rotate-secrets --secret ${id}`)]
}

function judgePending({ secret, pending }: AuditedSecret, nowMs: number): Finding[] {
  if (pending === null || nowMs - pending.sinceMs <= secret.soakMs + rotationGraceMs) return []
  const by = pending.run === null ? 'nobody knows which run' : `run ${pending.run}`
  return [
    findingsOn(secret.id).warning(
      `a secret is staged since ${sayTime(pending.sinceMs)}, by ${by}, and nobody carries it on`,
      pending.run === null
        ? `look at ${secret.path}/pending/${secret.id}, and remove it`
        : `ops resume ${pending.run}, or ops abort ${pending.run}`,
    ),
  ]
}

/** Of an AppRole it is known which one is in use; another one that lasts longer helps nobody. */
function judgeSecretId(
  { secret, document }: AuditedSecret,
  roles: readonly RoleFacts[],
  nowMs: number,
): Finding[] {
  if (secret.kind !== 'vault-approle') return []
  const found = roles
    .find(({ role }) => role === secret.owner)
    ?.secretIds?.find(({ accessor }) => accessor === document?.principal)
  if (found?.expiresAtMs == null) return []
  const what = `the secret-id ${found.accessor}, which is in use,`
  return judgeEnd(secret.id, what, found.expiresAtMs, nowMs, `ops run rotate-secrets --secret ${secret.id}`)
}

function judgePrincipals(
  { secret, document, pending, principals, principalsProblem }: AuditedSecret,
  claimed: ReadonlySet<string>,
): Finding[] {
  const about = findingsOn(secret.id)
  if (principals === null)
    return [
      about.warning(
        `who is let in cannot be looked at: ${principalsProblem}`,
        'see whether its system answers',
      ),
    ]
  const name = document?.principal ?? null
  if (name === null) return []
  const { kind, id } = secret
  const current = principals.find(one => one.name === name)
  if (current === undefined)
    return [
      about.critical(`${name}, whom Vault names, is not there`, `ops run rotate-secrets --secret ${id}`),
    ]
  if (!current.enabled)
    return [about.critical(`${name}, whom Vault names, is kept out`, `enable ${name}, or rotate ${id}`)]
  // While a rotation is under way both are to be let in.
  const others = principals.filter(one => one.enabled && !claimed.has(nameIn(secret, one.name)))
  if (others.length === 0 || pending !== null) return []
  return [
    about.warning(
      `${sayFew(others.map(one => one.name))} ${others.length === 1 ? 'is' : 'are'} let in beside ${name}`,
      `once nobody uses ${others.length === 1 ? 'it' : 'them'}: ${sayRemoval(kind)}`,
    ),
  ]
}

function sayRemoval(kind: CredentialKind): string {
  if (canBeDisabled(kind)) return 'disable the user'
  return credentialKinds[kind].names === 'many' ? 'delete what is not used' : 'delete the user'
}

function sayWell(
  { secret, document, rotatedAtMs, consumers, pending }: AuditedSecret,
  nowMs: number,
): string {
  const age = rotatedAtMs === null ? 'of unknown age' : `${sayDays(daysBetween(rotatedAtMs, nowMs))} old`
  const under = pending === null ? '' : `; a rotation is under way (run ${pending.run ?? 'unknown'})`
  const held = secret.consumers.length === 0 ? 'nobody runs with it' : `${consumers.length} hosts use it`
  return `${document?.principal ?? 'its user'}, version ${document?.version ?? '?'}, ${age}; ${held}${under}`
}
