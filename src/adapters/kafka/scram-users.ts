// Users that log in by SCRAM. Brokers are given what is derived from a password, never the password itself. Kafka does not end
// connections that are open already: who is logged in stays so until it connects again or the brokers ask it to (connections.max.reauth.ms).
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { OpsError } from '#errors'
import type { SecretText } from '../../ports/secret.ts'
import { type Call, problem } from './call.ts'
import { confirmEach } from './each-broker.ts'
import { nameCode, refused, refusedWith } from './errors.ts'
import type { Pool } from './pool.ts'
import { loadWires } from './vendor.ts'

const digests = {
  1: { digest: 'sha256', bytes: 32 },
  2: { digest: 'sha512', bytes: 64 },
} as const satisfies Record<number, { digest: string; bytes: number }>

type Mechanism = keyof typeof digests

const scramSha512: Mechanism = 2
const iterations = 4096
const notThere = 91
const unacceptable = 93

const described = z.object({
  errorCode: z.number(),
  errorMessage: z.string().nullable(),
  results: z.array(
    z.object({
      user: z.string(),
      errorCode: z.number(),
      errorMessage: z.string().nullable(),
      credentialInfos: z.array(z.object({ mechanism: z.number(), iterations: z.number() })),
    }),
  ),
})

const describeCall = (names: readonly string[]): Call<typeof described> => ({
  name: 'DescribeUserScramCredentials',
  api: wires => wires.describeUserScramCredentialsV0.api,
  args: [names.map(name => ({ name }))],
  schema: described,
})

async function toUsers({
  errorCode,
  errorMessage,
  results,
}: z.output<typeof described>): Promise<ReadonlyMap<string, readonly number[]>> {
  const trouble =
    problem(errorCode, errorMessage) ??
    results
      .filter(row => row.errorCode !== notThere)
      .map(row => problem(row.errorCode, row.errorMessage))
      .find(one => one !== null)
  if (trouble) throw await refusedWith('reading the users of the brokers', trouble)
  return new Map(
    results
      .filter(({ credentialInfos }) => credentialInfos.length > 0)
      .map(({ user, credentialInfos }) => [user, credentialInfos.map(({ mechanism }) => mechanism)]),
  )
}

/** Those of these users that can log in, with the mechanisms by which. */
export async function readUsers(
  pool: Pool,
  names: readonly string[],
): Promise<ReadonlyMap<string, readonly number[]>> {
  // Without names the brokers would tell of every user.
  return names.length === 0 ? new Map() : toUsers(await pool.read(describeCall([...new Set(names)])))
}

/**
 * SCRAM-SHA-512, and SCRAM-SHA-256 where `like` has that. What `name` had of another mechanism goes: an old password would live on there.
 * @throws OpsError SECRET_REJECTED
 */
export async function setPassword(
  pool: Pool,
  { name, like, secret }: { readonly name: string; readonly like: string; readonly secret: SecretText },
): Promise<void> {
  const users = await readUsers(pool, [name, like])
  const wanted = new Set<Mechanism>([scramSha512, ...(users.get(like) ?? []).filter(isKnown)])
  const stale = (users.get(name) ?? []).filter(mechanism => !(isKnown(mechanism) && wanted.has(mechanism)))
  await alter(pool, name, {
    deletions: stale,
    upsertions: [...wanted].map(mechanism => ({ name, mechanism, ...derive(secret, mechanism) })),
  })
  const told = [...wanted].sort().join()
  await confirm(pool, name, mechanisms => [...mechanisms].sort().join() === told)
}

export async function removeUser(pool: Pool, name: string): Promise<void> {
  const mechanisms = (await readUsers(pool, [name])).get(name)
  if (mechanisms === undefined) return
  await alter(pool, name, { deletions: mechanisms, upsertions: [] })
  await confirm(pool, name, found => found.length === 0)
}

const isKnown = (mechanism: number): mechanism is Mechanism => mechanism in digests

/**
 * Clients normalise other characters (SASLprep), and not all of them do it alike.
 * @throws OpsError SECRET_REJECTED
 */
export function checkText(name: string, secret: SecretText): void {
  if (/^[\x21-\x7e]+$/.test(secret.reveal())) return
  throw new OpsError('SECRET_REJECTED', {
    message: `the password that was made for the Kafka user ${name} is empty or has characters beyond printable ASCII`,
    hint: 'change the alphabet of its policy in ops.config.ts',
  })
}

function derive(secret: SecretText, mechanism: Mechanism) {
  const { digest, bytes } = digests[mechanism]
  const salt = randomBytes(24)
  return { iterations, salt, saltedPassword: pbkdf2Sync(secret.reveal(), salt, iterations, bytes, digest) }
}

const altered = z.object({
  results: z.array(
    z.object({ user: z.string(), errorCode: z.number(), errorMessage: z.string().nullable() }),
  ),
})

interface Change {
  readonly deletions: readonly number[]
  readonly upsertions: readonly { readonly name: string; readonly mechanism: Mechanism }[]
}

async function alter(pool: Pool, name: string, { deletions, upsertions }: Change): Promise<void> {
  const { results } = await pool.write({
    name: 'AlterUserScramCredentials',
    api: wires => wires.alterUserScramCredentialsV0.api,
    args: [deletions.map(mechanism => ({ name, mechanism })), upsertions],
    schema: altered,
    slow: true,
  })
  const bad = results.find(({ errorCode }) => errorCode !== 0 && errorCode !== notThere)
  if (bad === undefined) return
  if (bad.errorCode === unacceptable)
    throw new OpsError('SECRET_REJECTED', {
      message: `the brokers do not take the credential of ${name}: ${bad.errorMessage}`,
      hint: 'see the reason; the version of the brokers may want other iterations',
    })
  throw refused(`the user ${name}`, nameCode(await loadWires(), bad.errorCode), bad.errorMessage)
}

/** Which password a broker has heard of only a login tells. */
const confirm = (pool: Pool, name: string, isSo: (mechanisms: readonly number[]) => boolean): Promise<void> =>
  confirmEach(pool, { subject: `the user ${name}`, call: describeCall([name]), read: toUsers }, users =>
    isSo(users.get(name) ?? []),
  )
