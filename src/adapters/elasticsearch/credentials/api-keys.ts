// API keys that share a name: a new one beside the old one, with its role descriptors and its lifetime. A key can never do more than
// the user that it belongs to, so a key is made in the name of the old one's user where `ops` may.
import { z } from 'zod'
import { OpsError } from '#errors'
import type { Credential, Principal } from '../../../ports/credentials.ts'
import type { Json } from '../../../ports/json.ts'
import { SecretText } from '../../../ports/secret.ts'
import { readReason, rejected } from '../errors.ts'
import { parse } from '../parse.ts'
import type { Answer, Pool } from '../pool.ts'
import { headerOf, writeLike } from './key-forms.ts'
import { checkWord, type Kind, missing, type RoleDescriptor, unsupported, type Wanted } from './kind.ts'

const keyAnswer = z.object({
  id: z.string(),
  name: z.string(),
  creation: z.number(),
  expiration: z.number().nullish(),
  invalidated: z.boolean().default(false),
  username: z.string(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  role_descriptors: z.record(z.string(), z.looseObject({})).default({}),
})
type Key = z.infer<typeof keyAnswer>

const keysAnswer = z.object({ api_keys: z.array(keyAnswer).default([]) })
const madeAnswer = z.object({ id: z.string(), api_key: z.string() })
const endedAnswer = z.object({ error_count: z.number() })
const meAnswer = z.object({ username: z.string() })

export function openApiKeys(pool: Pool): Kind {
  return {
    checkName: name => checkWord(name, 'an API key'),
    find: async (owner, name) => {
      const key = await readKey(pool, owner, name)
      return key === null ? null : describe(key)
    },
    list: async owner =>
      (await readKeys(pool, { name: owner })).filter(key => key.name === owner).map(describe),
    make: (owner, wanted) => makeKey(pool, owner, wanted),
    loginOf: credential => ({ apiKey: headerOf(credential) }),
    readName: answer => answer.api_key?.id ?? answer.username,
    rightsOf: async (owner, name) => {
      const key = await readKey(pool, owner, name)
      if (key === null) throw missing(`API key ${name} of ${owner}`, 'GET _security/api_key')
      return Object.values(key.role_descriptors) as RoleDescriptor[]
    },
    setEnabled: async (_owner, name) => {
      throw unsupported(
        `the API key ${name} cannot be kept out for a while`,
        'revoke it once nobody uses it any more',
      )
    },
    revoke: async (_owner, name) => {
      const request = { method: 'DELETE', path: '/_security/api_key', body: { ids: [name] } } as const
      const answer = await pool.write(request)
      if (parse(endedAnswer, answer).error_count > 0) throw rejected(request, answer.status, answer.body)
    },
  }
}

async function makeKey(pool: Pool, owner: string, { like, likeSecret, run }: Wanted): Promise<Credential> {
  const model = await readKey(pool, owner, like)
  if (model === null)
    throw missing(`API key ${like} of ${owner} whose rights another could be given`, 'GET _security/api_key')
  const lifeMs = model.expiration ? model.expiration - model.creation : null
  const body = {
    name: owner,
    role_descriptors: withoutState(model.role_descriptors),
    metadata: { ...withoutServersOwn(model.metadata ?? {}), ops_run: run },
    ...(lifeMs === null ? {} : { expiration: `${lifeMs}ms` }),
  }
  const request = { method: 'POST', path: '/_security/api_key', body } as const
  const { id, api_key: key } = parse(madeAnswer, await makeInNameOf(pool, model, request))
  const former = likeSecret === undefined ? null : { principal: like, secret: likeSecret }
  return { principal: id, secret: new SecretText(writeLike(former, id, key)) }
}

async function makeInNameOf(
  pool: Pool,
  model: Key,
  request: { readonly method: 'POST'; readonly path: string; readonly body: object },
): Promise<Answer> {
  const me = parse(meAnswer, await pool.read({ method: 'GET', path: '/_security/_authenticate' })).username
  if (me === model.username) return pool.write(request)
  const answer = await pool.write({ ...request, runAs: model.username, accept: [403] })
  if (answer.status !== 403) return answer
  // Without descriptors a key has the rights of whoever makes it: those of `ops` are not for others.
  if (Object.keys(model.role_descriptors).length === 0) throw mayNotRunAs(model, answer)
  return pool.write(request)
}

const mayNotRunAs = ({ username, id }: Key, { body }: Answer): OpsError =>
  new OpsError('CLUSTER_FORBIDDEN', {
    message: `the API key ${id} has the rights of its user ${username}, in whose name ops may not make another: ${readReason(body).reason}`,
    hint: `give ops a role with run_as: [${username}], and ${username} manage_own_api_key`,
  })

async function readKeys(
  pool: Pool,
  query: { readonly id: string } | { readonly name: string },
): Promise<readonly Key[]> {
  const path = '/_security/api_key'
  const answer = await pool.read({
    method: 'GET',
    path,
    query: { ...query, with_limited_by: 'false' },
    accept: [404],
  })
  // Those that have been ended are listed for days.
  return parse(keysAnswer, answer).api_keys.filter(key => !key.invalidated)
}

async function readKey(pool: Pool, owner: string, id: string): Promise<Key | null> {
  return (await readKeys(pool, { id })).find(key => key.name === owner) ?? null
}

const describe = ({ id, metadata, role_descriptors }: Key): Principal => ({
  name: id,
  enabled: true,
  grants: { roles: withoutState(role_descriptors) },
  madeBy: typeof metadata?.ops_run === 'string' ? metadata.ops_run : null,
})

/** By name, without what the server adds to each. */
function withoutState(descriptors: Key['role_descriptors']): { [name: string]: Json } {
  const names = Object.keys(descriptors).toSorted()
  return Object.fromEntries(
    names.map(name => {
      const { transient_metadata: _, ...descriptor } = descriptors[name] as { [key: string]: Json }
      return [name, descriptor]
    }),
  )
}

const withoutServersOwn = (metadata: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(metadata).filter(([key]) => !key.startsWith('_')))
