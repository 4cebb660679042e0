// Secrets of ops.config.ts: where each stands, whose it is, who uses it. What two of them would spoil for one another is refused here, when
// the file is loaded, and not when the first of them is rotated.
import { z } from 'zod'
import { type CredentialKind, credentialKinds } from '../ports/credentials.ts'
import { duration, durationMs } from '../sdk/params.ts'
import type { SecretDeclaration } from '../sdk/secrets.ts'

const lettersAndDigits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Less can be guessed by somebody who has got hold of its hash. */
const leastBits = 96
const leastCharacters = 16

const id = z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be lower case letters, digits and dashes')
const field = z.string().regex(/^[\w.-]+$/, 'must be letters, digits and . _ -')

const policyShape = z
  .strictObject({
    /** Characters of a new secret. */
    length: z.int().max(256).default(32),
    /** Every character that may stand in it; the first one is always a letter where it has letters. */
    alphabet: z
      .string()
      .regex(/^[\x21-\x7e]*$/, 'must be printable ASCII without spaces')
      .refine(
        text => new Set(text).size >= leastCharacters,
        `must have ${leastCharacters} different characters`,
      )
      .default(lettersAndDigits),
  })
  .refine(({ length, alphabet }) => length * Math.log2(new Set(alphabet).size) >= leastBits, {
    path: ['length'],
    error: `must be more: secrets of this length and alphabet have fewer than ${leastBits} bits`,
  })

const secretFields = z.strictObject({
  /** In journals, labels in Vault, `ops_secret` of the playbooks, `secret_consumers` of the inventory. */
  id,
  /** What it is, and so how it is replaced. */
  kind: z.enum(Object.keys(credentialKinds) as [CredentialKind, ...CredentialKind[]]),
  /** `elastic/kibana` of a service token, the AppRole of a secret-id, the name that API keys of one purpose share. */
  owner: z.string().default(''),
  /** The document in Vault as people write it, `secret/elk/logstash`: the mount first, without `data`. */
  path: z.string(),
  /** Names of the document's fields that hold the user (or id) and the secret. */
  fields: z
    .strictObject({ principal: field.default('username'), secret: field.default('password') })
    .prefault({}),
  /** Two users that take turns, or the one reserved user; nothing for keys, tokens and secret-ids. */
  principals: z.array(z.string().regex(/^[\w.@-]+$/, 'must be letters, digits and . _ @ -')).default([]),
  /** Who uses it, in the order in which they are given a new one. */
  consumers: z
    .array(
      z.strictObject({
        /** Ansible host pattern; how a host takes the secret is in the inventory: `secret_consumers`. */
        hosts: z.string().min(1),
        /** How it proves that it works: `events` go through it, or its new `login` was let in from its own host. */
        verify: z.enum(['events', 'login']),
      }),
    )
    .default([]),
  /** How a new secret is made, where `ops` makes it. */
  policy: policyShape.prefault({}),
  /** Older ones are rotated by the monthly run. */
  rotateAfterDays: z.int().positive().default(30),
  /** For how long nobody may be seen with the old one before it is revoked, such as `24h`. */
  soak: duration.default('24h'),
  /** Of a reserved user: somebody has agreed to the moment in which neither secret works everywhere. */
  gapAccepted: z.boolean().default(false),
  /** The old one is revoked without asking another person. */
  revokeWithoutApproval: z.boolean().default(false),
})

export type Secret = z.output<typeof secretFields>

/** What is wrong, and with which field. */
interface Fault {
  readonly path: readonly (string | number)[]
  readonly message: string
}

const secretShape = secretFields.superRefine((secret, { addIssue }) => {
  for (const { path, message } of [...judgePath(secret), ...judgePrincipals(secret), ...judgeOwner(secret)])
    addIssue({ code: 'custom', path: [...path], message })
})

export const secretsShape = z.array(secretShape).superRefine((secrets, { addIssue }) => {
  for (const { path, message } of judgeTogether(secrets))
    addIssue({ code: 'custom', path: [...path], message })
})

function judgePath({ path, fields }: Secret): Fault[] {
  const parts = path.split('/')
  const wrong = (message: string): Fault[] => [{ path: ['path'], message }]
  if (fields.principal === fields.secret)
    return [{ path: ['fields', 'secret'], message: 'must be another field than that of the principal' }]
  if (parts.some(part => !/^[\w.-]+$/.test(part) || part === '.' || part === '..'))
    return wrong('must be names with slashes between them, such as secret/elk/logstash')
  if (parts.length < 2) return wrong('must begin with the mount, such as secret/elk/logstash')
  if (parts.includes('pending'))
    return wrong('must not have a part named pending: staged secrets stand there')
  if (parts[1] === 'data' || parts[1] === 'metadata')
    return wrong(`must be written as for vault kv get, without ${parts[1]}`)
  return []
}

const reservedUsers: ReadonlySet<string> = new Set([
  'elastic',
  'kibana',
  'kibana_system',
  'logstash_system',
  'beats_system',
  'apm_system',
  'remote_monitoring_user',
])

function judgePrincipals({ kind, principals }: Secret): Fault[] {
  const wrong = (message: string): Fault[] => [{ path: ['principals'], message }]
  const count = new Set(principals).size
  const { names } = credentialKinds[kind]
  if (names === 'two' && (principals.length !== 2 || count !== 2))
    return wrong(`must be two different users that take turns, for the kind ${kind}`)
  if (names === 'one' && principals.length !== 1) return wrong(`must be one user, for the kind ${kind}`)
  if (names === 'many' && principals.length > 0)
    return wrong(`must be left out for the kind ${kind}: the system names what it makes`)
  const reserved = principals.filter(name => reservedUsers.has(name))
  if (kind === 'elasticsearch-user' && reserved.length > 0)
    return wrong(`has the reserved user ${reserved[0]}: its kind is elasticsearch-reserved-user`)
  if (kind === 'elasticsearch-reserved-user' && reserved.length === 0)
    return wrong(`must be one of ${[...reservedUsers].join(', ')}`)
  return []
}

const owners: Partial<Record<CredentialKind, { readonly form: RegExp; readonly says: string }>> = {
  'elasticsearch-api-key': { form: /^[\w.:-]+$/, says: 'must be the name that these API keys share' },
  'elasticsearch-service-token': {
    form: /^[\w-]+\/[\w-]+$/,
    says: 'must be the service account, such as elastic/kibana',
  },
  'vault-approle': { form: /^[\w.-]+$/, says: 'must be the name of the AppRole' },
}

function judgeOwner({ kind, owner }: Secret): Fault[] {
  const rule = owners[kind]
  if (rule === undefined)
    return owner === '' ? [] : [{ path: ['owner'], message: `must be left out for the kind ${kind}` }]
  return rule.form.test(owner) ? [] : [{ path: ['owner'], message: `${rule.says}, for the kind ${kind}` }]
}

/** Users of one system share their names, whatever the kind. */
const systemOf = (kind: CredentialKind): string => kind.split('-')[0] as string

function judgeTogether(secrets: readonly Secret[]): Fault[] {
  /** Who has claimed what first. */
  const claimed = new Map<string, string>()
  const claim = (key: string, by: string): string | null => {
    const other = claimed.get(key) ?? null
    if (other === null) claimed.set(key, by)
    return other
  }
  const faults: Fault[] = []
  for (const [at, secret] of secrets.entries()) {
    if (claim(`id ${secret.id}`, secret.id) !== null)
      faults.push({ path: [at, 'id'], message: `is taken: two secrets are named ${secret.id}` })
    for (const name of new Set(secret.principals)) {
      const other = claim(`${systemOf(secret.kind)} ${name}`, secret.id)
      if (other !== null)
        faults.push({ path: [at, 'principals'], message: `has ${name}, which the secret ${other} has too` })
    }
    for (const part of ['principal', 'secret'] as const) {
      const name = secret.fields[part]
      const other = claim(`at ${secret.path} ${name}`, secret.id)
      if (other !== null)
        faults.push({
          path: [at, 'fields', part],
          message: `has ${name} of ${secret.path}, which the secret ${other} has too`,
        })
    }
  }
  return faults
}

/** As runbooks know them. */
export const toDeclarations = ({
  secrets,
}: {
  readonly secrets: readonly Secret[]
}): readonly SecretDeclaration[] =>
  secrets.map(({ soak, ...secret }) => ({ ...secret, soakMs: durationMs(soak) }))
