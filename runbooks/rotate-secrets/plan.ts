// What would be done, as data. Pure; it holds names, versions and hosts, and never a secret.
import {
  type CredentialKind,
  type CredentialSystem,
  canBeDisabled,
  credentialKinds,
  durationMs,
  type PlanBody,
  saySpan,
} from '#sdk'
import type { PlannedConsumer } from './consumers.ts'
import type { RotateFacts, SecretFacts } from './facts.ts'
import type { RotateParams } from './params.ts'

export type PlannedSecret = {
  readonly id: string
  readonly kind: CredentialKind
  readonly owner: string
  readonly path: string
  readonly fields: { readonly principal: string; readonly secret: string }
  /** Of the document, when the plan was made. */
  readonly version: number
  /** Names of all fields of it are those two. */
  readonly alone: boolean
  /** What `ops` had written about it before: given back when the run is taken back. */
  readonly labels: Readonly<Record<string, string | null>>
  readonly principal: string
  /** Of kinds of many names a wish. */
  readonly next: string
  readonly policy: { readonly length: number; readonly alphabet: string }
  /** In the order in which they are switched. */
  readonly consumers: readonly PlannedConsumer[]
  readonly rotateAfterDays: number
  readonly asks: boolean
}

export type RotateDetails = {
  readonly secrets: readonly PlannedSecret[]
  readonly soakMs: number
  /** Hosts that know who was refused. */
  readonly nodes: readonly string[]
  /** `null` where nothing of Elasticsearch is changed. */
  readonly clusterUuid: string | null
}

export const systemOf = ({ kind, owner }: Pick<PlannedSecret, 'kind' | 'owner'>): CredentialSystem => ({
  kind,
  owner,
})
/** What a key, token or secret-id is marked with: others of its owner may be another secret's, even in the same run. */
export const markOf = ({ id: run }: { readonly id: string }, { id }: Pick<PlannedSecret, 'id'>): string =>
  `${run}-${id}`
export const namesOf = ({ kind }: Pick<PlannedSecret, 'kind'>): 'two' | 'many' | 'one' =>
  credentialKinds[kind].names
/** Who it logs in as is the principal itself; keys and tokens log in as their owner. */
export const isNamedByItself = (secret: Pick<PlannedSecret, 'kind'>): boolean =>
  isOfElasticsearch(secret) && namesOf(secret) !== 'many'
export const isOfElasticsearch = ({ kind }: Pick<PlannedSecret, 'kind'>): boolean =>
  kind.startsWith('elasticsearch-')
/** Those whose old secret Elasticsearch refuses during the soak: whoever still uses it can be seen. */
export const refusedWhileSoaking = <S extends Pick<PlannedSecret, 'kind'>>(
  secrets: readonly S[],
): readonly S[] =>
  secrets.filter(one => isOfElasticsearch(one) && (canBeDisabled(one.kind) || namesOf(one) === 'one'))

/** Measured on the lab: staging, making and proving; one consumer, beside the time that it is watched. */
const seconds = { secret: 20, consumer: 40 }

export function planRotation(facts: RotateFacts, params: RotateParams): PlanBody<RotateDetails> {
  const secrets = facts.secrets.map(one => planSecret(one, params))
  const soakMs = soakOf(facts, params)
  return {
    expectedSeconds: expectedSeconds(secrets, soakMs, params),
    effects: [
      ...secrets.flatMap(saySwitch),
      ...(secrets.length === 0 ? [] : saySoak(secrets, soakMs, params)),
      ...secrets.flatMap(one => sayEnd(one, params)),
    ],
    notes: sayNotes(facts, secrets, params),
    fingerprint: secrets.map(({ id, path, version, principal, next, consumers }) => ({
      ...{ id, path, version, principal, next },
      hosts: consumers.map(({ host }) => host),
    })),
    details: {
      ...{ secrets, soakMs, nodes: facts.nodes },
      clusterUuid: facts.cluster?.identity.clusterUuid ?? null,
    },
  }
}

function planSecret(facts: SecretFacts, { leaked }: RotateParams): PlannedSecret {
  const { id, kind, owner, path, fields, policy, rotateAfterDays, revokeWithoutApproval } = facts.declaration
  return {
    ...{ id, kind, owner, path, policy, rotateAfterDays },
    fields: { principal: fields.principal, secret: fields.secret },
    version: facts.document?.version ?? 0,
    alone: facts.document?.fields.length === 2,
    labels: facts.labels,
    principal: facts.document?.principal ?? '',
    next: nextNameOf(facts),
    consumers: facts.consumers.flatMap(({ planned }) => (planned === null ? [] : [planned])),
    asks: !leaked && !revokeWithoutApproval && namesOf({ kind }) !== 'one',
  }
}

/** The other one of two; the same one; or, where the system makes names, what it is for. */
export function nextNameOf({ declaration, document }: SecretFacts): string {
  const { kind, principals, id } = declaration
  if (credentialKinds[kind].names === 'two')
    return principals.find(name => name !== document?.principal) ?? ''
  return credentialKinds[kind].names === 'one' ? (principals[0] ?? '') : id
}

function soakOf({ secrets }: RotateFacts, { soak, leaked }: RotateParams): number {
  if (leaked) return 0
  if (soak !== undefined) return durationMs(soak)
  return Math.max(0, ...secrets.map(({ declaration }) => declaration.soakMs))
}

const expectedSeconds = (
  secrets: readonly PlannedSecret[],
  soakMs: number,
  { canary, watch }: RotateParams,
): number => {
  const perSecret = secrets.map(({ consumers }) => {
    const watched = consumers.map((_one, at) => durationMs(at === 0 ? canary : watch) / 1000)
    return seconds.secret + watched.reduce((sum, one) => sum + one + seconds.consumer, 0)
  })
  return perSecret.reduce((sum, one) => sum + one, soakMs / 1000)
}

function saySwitch(secret: PlannedSecret): string[] {
  const { id, principal, next, path, consumers, version } = secret
  const first = {
    two: `make ${next} like ${principal}, with a new secret that is staged in ${path}/pending/${id} first`,
    one: `stage a new secret of ${principal} in ${path}/pending/${id}, then change it: from then on the old one is refused`,
    many: `make another ${secret.kind.replaceAll('-', ' ')} like ${principal} and stage it in ${path}/pending/${id}`,
  }[namesOf(secret)]
  return [
    `${id}: ${first}`,
    ...consumers.map(({ host }) => `${id}: give ${host} the new secret and see that it works with it`),
    `${id}: write version ${version + 1} of ${path}`,
  ]
}

function saySoak(secrets: readonly PlannedSecret[], soakMs: number, { leaked }: RotateParams): string[] {
  const kept = secrets.filter(({ kind }) => canBeDisabled(kind))
  return [
    ...kept.map(({ id, principal }) => `${id}: disable ${principal}`),
    ...(leaked ? [] : [`watch for ${saySpan(soakMs)} whether anybody still uses an old one`]),
  ]
}

function sayEnd(secret: PlannedSecret, { leaked }: RotateParams): string[] {
  const { id, principal, alone, path, version, asks } = secret
  const asked = asks ? ', when another person has approved it' : leaked ? ', without asking' : ''
  return [
    ...(namesOf(secret) === 'one' ? [] : [`${id}: revoke ${principal}${asked}`]),
    ...(alone ? [`${id}: destroy version ${version} of ${path}`] : []),
  ]
}

function sayNotes(
  facts: RotateFacts,
  secrets: readonly PlannedSecret[],
  params: RotateParams,
): readonly string[] {
  return [
    ...(secrets.length === 0 ? ['no secret is due'] : []),
    ...facts.leftOut.map(({ id, why }) => `${id} is left out: ${why}`),
    ...secrets
      .filter(one => namesOf(one) === 'one')
      .map(
        ({ id, principal, consumers }) =>
          `${id}: there is a gap: ${principal} has one secret, and from its change until ${consumers.at(-1)?.host ?? 'whoever uses it'} has the new one, the old one is refused`,
      ),
    ...secrets
      .filter(({ alone }) => !alone)
      .map(({ id, path }) => `${id}: ${path} holds other fields too, so its previous version stays readable`),
    ...secrets
      .filter(one => !canBeDisabled(one.kind) && namesOf(one) !== 'one')
      .map(
        ({ id, kind }) =>
          `${id}: the kind ${kind} cannot be kept out for a while, so nobody who still uses it is refused before it is revoked`,
      ),
    ...(params.leaked && secrets.length > 0
      ? ['--leaked: who types it has decided that the old secret ends at once, whoever still uses it']
      : []),
  ]
}
