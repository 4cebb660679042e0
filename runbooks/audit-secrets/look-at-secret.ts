// One declared secret: its document in Vault, what a run has staged, and its users or keys on their system. Reads only; what it hands on
// beside facts are the secrets to compare with, which must never become part of them.
import type { Look, Principal, SecretDeclaration, SecretDocument, SecretMetadata, SecretText } from '#sdk'
import { attempt } from './attempt.ts'

export interface DocumentFacts {
  readonly version: number
  /** `null`: the document has no such field. */
  readonly principal: string | null
  readonly hasSecret: boolean
  /** When it was put into the cache of this machine; `null`: Vault itself has answered. */
  readonly cachedAtMs: number | null
}

export interface PendingFacts {
  readonly run: string | null
  readonly principal: string | null
  readonly sinceMs: number
}

export interface SecretFacts {
  readonly secret: SecretDeclaration
  /** `null`: there is none, or it cannot be read. */
  readonly document: DocumentFacts | null
  readonly problem: string | null
  readonly rotatedAtMs: number | null
  readonly pending: PendingFacts | null
  /** `null`: their system does not say. */
  readonly principals: readonly Pick<Principal, 'name' | 'enabled'>[] | null
  readonly principalsProblem: string | null
  /** The inventory has no such system at all. */
  readonly isElsewhere: boolean
}

/** What hosts may be found with. */
export interface KnownSecrets {
  readonly current: SecretText | null
  readonly staged: SecretText | null
  readonly previous: SecretText | null
}

export interface SecretLook {
  readonly facts: SecretFacts
  readonly known: KnownSecrets
}

/** `answers`: Vault does; without it nothing is asked but what the cache of this machine may have. */
export async function lookAtSecret(
  look: Pick<Look, 'vault' | 'credentials'>,
  secret: SecretDeclaration,
  answers: boolean,
): Promise<SecretLook> {
  const document = await attempt(() => look.vault.read(secret.path))
  const metadata = answers ? await attempt(() => look.vault.metadata(secret.path)) : null
  const staged = answers ? await attempt(() => look.vault.readFresh(pendingPath(secret))) : null
  const pending = staged?.value ? await attempt(() => look.vault.metadata(pendingPath(secret))) : null
  const current = fieldOf(document.value, secret.fields.secret)
  const principals = await attempt(() => look.credentials.list(systemOf(secret), secret.principals))
  const problem = document.problem ?? metadata?.problem ?? staged?.problem ?? pending?.problem ?? null
  return {
    facts: {
      secret,
      document: describe(secret, document.value),
      problem: problem?.message ?? null,
      rotatedAtMs: rotatedAt(secret, document.value, metadata?.value ?? null),
      pending: describePending(staged?.value ?? null, pending?.value ?? null),
      principals: principals.value?.map(({ name, enabled }) => ({ name, enabled })) ?? null,
      principalsProblem: principals.problem?.message ?? null,
      isElsewhere: principals.problem?.code === 'INVENTORY_INVALID',
    },
    known: {
      current,
      staged: fieldOf(staged?.value ?? null, 'secret'),
      previous: await readPrevious(look, secret, metadata?.value ?? null, current),
    },
  }
}

const pendingPath = ({ path, id }: SecretDeclaration): string => `${path}/pending/${id}`
const systemOf = ({ kind, owner }: SecretDeclaration) => ({ kind, owner })

function fieldOf(document: SecretDocument | null, name: string): SecretText | null {
  const value = document?.fields[name]
  return value === undefined || value.reveal() === '' ? null : value
}

function describe({ fields }: SecretDeclaration, document: SecretDocument | null): DocumentFacts | null {
  if (document === null) return null
  return {
    version: document.version,
    principal: fieldOf(document, fields.principal)?.reveal() ?? null,
    hasSecret: fieldOf(document, fields.secret) !== null,
    cachedAtMs: document.cachedAtMs,
  }
}

/** The label of its last rotation; a secret that `ops` has never rotated is as old as the version that it stands in. */
function rotatedAt(
  { id }: SecretDeclaration,
  document: SecretDocument | null,
  metadata: SecretMetadata | null,
): number | null {
  const labelled = Date.parse(metadata?.labels[`${id}_rotated_at`] ?? '')
  return Number.isNaN(labelled) ? (document?.createdAtMs ?? null) : labelled
}

function describePending(
  staged: SecretDocument | null,
  metadata: SecretMetadata | null,
): PendingFacts | null {
  if (staged === null) return null
  return {
    run: metadata?.labels.ops_run ?? null,
    principal: fieldOf(staged, 'principal')?.reveal() ?? null,
    sinceMs: staged.createdAtMs,
  }
}

/** A document that several secrets share has versions in which this one has not changed. */
const mostVersionsBack = 5

async function readPrevious(
  { vault }: Pick<Look, 'vault'>,
  { path, fields }: SecretDeclaration,
  metadata: SecretMetadata | null,
  current: SecretText | null,
): Promise<SecretText | null> {
  if (metadata === null || current === null) return null
  const earlier = metadata.versions
    .filter(({ version, gone }) => version < metadata.currentVersion && !gone)
    .slice(-mostVersionsBack)
    .reverse()
  for (const { version } of earlier) {
    const { value } = await attempt(() => vault.readFresh(path, version))
    const found = fieldOf(value, fields.secret)
    if (found !== null && !found.equals(current)) return found
  }
  return null
}
