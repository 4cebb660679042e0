// Native users, and the reserved ones that Elasticsearch brings along. A user is written as a whole in one request, so that no crash
// leaves one with a new password and old roles.
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { OpsError } from '#errors'
import type { Credential, Principal } from '../../../ports/credentials.ts'
import type { SecretText } from '../../../ports/secret.ts'
import { readReason, rejected } from '../errors.ts'
import { hashJson } from '../hash-json.ts'
import { parse } from '../parse.ts'
import type { Answer, Pool } from '../pool.ts'
import { checkWord, type Kind, missing, type RoleDescriptor, unsupported, type Wanted } from './kind.ts'

const userAnswer = z.object({
  username: z.string(),
  roles: z.array(z.string()),
  full_name: z.string().nullable().default(null),
  email: z.string().nullable().default(null),
  metadata: z.record(z.string(), z.unknown()).default({}),
  enabled: z.boolean(),
})
type User = z.infer<typeof userAnswer>

const usersAnswer = z.record(z.string(), userAnswer)
const rolesAnswer = z.record(z.string(), z.looseObject({}))
const hintOfNames = 'check principals of this secret in ops.config.ts, and GET _security/user'

export function openUsers(pool: Pool): Kind {
  return {
    ...readUsersOf(pool),
    make: (_owner, wanted) => makeUser(pool, wanted),
    setEnabled: async (_owner, name, enabled) => {
      const path = `${pathOf(name)}/${enabled ? '_enable' : '_disable'}`
      await pool.write({ method: 'PUT', path })
    },
    revoke: async (_owner, name) => {
      const user = await readUser(pool, name)
      if (user === null) return
      const password = randomBytes(32).toString('base64url')
      await pool.write({
        method: 'PUT',
        path: pathOf(name),
        body: { ...keep(user), password, enabled: false },
      })
    },
  }
}

export function openReservedUsers(pool: Pool): Kind {
  return {
    ...readUsersOf(pool),
    make: async (_owner, { name, like, secret }) => {
      const user = await readUser(pool, name)
      if (user?.metadata._reserved !== true) throw missing(`reserved user ${name}`, hintOfNames)
      if (like !== name)
        throw unsupported(`the reserved user ${name} has no second one beside it`, hintOfNames)
      const password = takeSecret(name, secret)
      const request = { method: 'PUT', path: `${pathOf(name)}/_password`, accept: [400] } as const
      checkTaken(name, password, await pool.write({ ...request, body: { password: password.reveal() } }))
      return { principal: name, secret: password }
    },
    setEnabled: async (_owner, name) => {
      throw unsupported(`the reserved user ${name} is not kept out`, 'give it another password')
    },
    revoke: async (_owner, name) => {
      throw unsupported(
        `the old password of ${name} ended when it was given the new one`,
        'nothing is left to revoke',
      )
    },
  }
}

function readUsersOf(
  pool: Pool,
): Pick<Kind, 'checkName' | 'find' | 'list' | 'loginOf' | 'readName' | 'rightsOf'> {
  return {
    checkName: name => checkWord(name, 'a user'),
    find: async (_owner, name) => (await describe(pool, [name]))[0] ?? null,
    list: (_owner, names) => describe(pool, names),
    loginOf: ({ principal, secret }) => ({ username: principal, password: secret.reveal() }),
    readName: ({ username }) => username,
    rightsOf: async (_owner, name) => {
      const user = await readUser(pool, name)
      if (user === null) throw missing(`user ${name}`, hintOfNames)
      return [...(await readRoles(pool, user.roles)).values()]
    },
  }
}

async function makeUser(pool: Pool, wanted: Wanted): Promise<Credential> {
  const { name, like, run } = wanted
  const secret = takeSecret(name, wanted.secret)
  const model = await readUser(pool, like)
  if (model === null) throw missing(`user ${like} whose roles ${name} could be given`, hintOfNames)
  if (model.metadata._reserved === true)
    throw unsupported(
      `${like} is a reserved user`,
      'its kind in ops.config.ts is elasticsearch-reserved-user',
    )
  const { metadata, ...rest } = keep(model)
  const body = { ...rest, metadata: { ...metadata, ops_run: run }, password: secret.reveal(), enabled: true }
  checkTaken(name, secret, await pool.write({ method: 'PUT', path: pathOf(name), body, accept: [400] }))
  return { principal: name, secret }
}

/** What stays of a user when it is written anew: the request takes everything that it does not name away. */
function keep({ roles, full_name, email, metadata }: User) {
  // Names with an underscore in front are the server's own.
  const own = Object.entries(metadata).filter(([key]) => !key.startsWith('_'))
  return { roles, full_name, email, metadata: Object.fromEntries(own) }
}

const pathOf = (name: string): string => `/_security/user/${encodeURIComponent(name)}`

function takeSecret(name: string, secret: SecretText | null): SecretText {
  if (secret !== null) return secret
  throw new OpsError('BUG', { message: `Elasticsearch makes no password: none was given for ${name}` })
}

function checkTaken(name: string, secret: SecretText, { status, body, request }: Answer): void {
  if (status !== 400) return
  const { type, reason } = readReason(body)
  if (type !== 'validation_exception' || !/password/i.test(reason)) throw rejected(request, status, body)
  throw new OpsError('SECRET_REJECTED', {
    message: `Elasticsearch does not take the password made for ${name}: ${reason.replaceAll(secret.reveal(), '[secret]')}`,
    hint: 'another one is to be made; change the policy of this secret in ops.config.ts',
  })
}

async function readUsers(pool: Pool, names: readonly string[]): Promise<readonly User[]> {
  // Without a name the server answers with everybody.
  if (names.length === 0) return []
  const path = `/_security/user/${names.map(encodeURIComponent).join(',')}`
  const answer = await pool.read({ method: 'GET', path, accept: [404] })
  const found = parse(usersAnswer, answer)
  return names.flatMap(name => found[name] ?? [])
}

const readUser = async (pool: Pool, name: string): Promise<User | null> =>
  (await readUsers(pool, [name]))[0] ?? null

async function describe(pool: Pool, names: readonly string[]): Promise<readonly Principal[]> {
  const users = await readUsers(pool, names)
  const roles = await readRoles(pool, [...new Set(users.flatMap(user => user.roles))])
  return users.map(({ username, enabled, metadata, roles: held }) => {
    const sorted = held.toSorted()
    return {
      name: username,
      enabled,
      // Names alone would not tell that somebody has changed a role meanwhile.
      grants: { roles: sorted, rights: hashJson(sorted.map(role => roles.get(role) ?? null)) },
      madeBy: typeof metadata.ops_run === 'string' ? metadata.ops_run : null,
    }
  })
}

/** Roles of a file on the nodes are not among them. */
async function readRoles(pool: Pool, names: readonly string[]): Promise<ReadonlyMap<string, RoleDescriptor>> {
  if (names.length === 0) return new Map()
  const path = `/_security/role/${names.map(encodeURIComponent).join(',')}`
  const found = parse(rolesAnswer, await pool.read({ method: 'GET', path, accept: [404] }))
  return new Map(Object.entries(found) as [string, RoleDescriptor][])
}
