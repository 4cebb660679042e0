// Tokens of a service account such as elastic/kibana: many at once, all with the same rights. A token's value is told once, when it is
// made; the name of one that `ops` makes says by which run, since it can carry no other mark.
import { z } from 'zod'
import type { Credential, Principal } from '../../../ports/credentials.ts'
import { SecretText } from '../../../ports/secret.ts'
import { parse } from '../parse.ts'
import type { Pool } from '../pool.ts'
import { checkWord, type Kind, missing, type RoleDescriptor, unsupported, type Wanted } from './kind.ts'

const tokensAnswer = z.object({
  tokens: z.record(z.string(), z.unknown()),
  nodes_credentials: z.object({ file_tokens: z.record(z.string(), z.unknown()).default({}) }).optional(),
})
const madeAnswer = z.object({ token: z.object({ name: z.string(), value: z.string() }) })
const accountAnswer = z.record(z.string(), z.object({ role_descriptor: z.looseObject({}) }))

export function openServiceTokens(pool: Pool): Kind {
  const list = async (owner: string): Promise<readonly Principal[]> => {
    const { indexed, inFiles } = await readNames(pool, owner)
    return [...indexed, ...inFiles].map(name => describe(owner, name))
  }
  return {
    checkName: name => checkWord(name, 'a token'),
    find: async (owner, name) => (await list(owner)).find(one => one.name === name) ?? null,
    list,
    make: (owner, wanted) => makeToken(pool, owner, wanted),
    loginOf: ({ secret }) => ({ bearer: secret.reveal() }),
    readName: answer => answer.token?.name ?? answer.username,
    rightsOf: async owner => {
      const answer = await pool.read({ method: 'GET', path: pathOf(owner) })
      return Object.values(parse(accountAnswer, answer)).map(
        account => account.role_descriptor as RoleDescriptor,
      )
    },
    setEnabled: async (_owner, name) => {
      throw unsupported(
        `the token ${name} cannot be kept out for a while`,
        'revoke it once nobody uses it any more',
      )
    },
    revoke: async (owner, name) => {
      const { inFiles } = await readNames(pool, owner)
      if (inFiles.includes(name))
        throw unsupported(
          `the token ${name} stands in a file on the nodes`,
          `on every node: elasticsearch-service-tokens delete ${owner} ${name}`,
        )
      await pool.write({ method: 'DELETE', path: `${credentialsOf(owner)}/token/${name}`, accept: [404] })
    },
  }
}

async function makeToken(pool: Pool, owner: string, { like, run }: Wanted): Promise<Credential> {
  const { indexed, inFiles } = await readNames(pool, owner)
  const taken = [...indexed, ...inFiles]
  if (!taken.includes(like)) throw missing(`token ${like} of ${owner}`, `GET ${credentialsOf(owner)}`)
  const path = `${credentialsOf(owner)}/token/${nameTokenOf(run, taken)}`
  const { name, value } = parse(madeAnswer, await pool.write({ method: 'POST', path })).token
  return { principal: name, secret: new SecretText(value) }
}

/** A run whose first token got lost on the way makes another. */
export function nameTokenOf(run: string, taken: readonly string[]): string {
  const first = `ops-${run}`
  for (let number = 2, name = first; ; number += 1) {
    if (!taken.includes(name)) return name
    name = `${first}_${number}`
  }
}

export const runOfToken = (name: string): string | null => /^ops-(.+?)(?:_\d+)?$/.exec(name)?.[1] ?? null

const describe = (owner: string, name: string): Principal => ({
  name,
  enabled: true,
  grants: { service: owner },
  madeBy: runOfToken(name),
})

async function readNames(pool: Pool, owner: string) {
  const found = parse(tokensAnswer, await pool.read({ method: 'GET', path: credentialsOf(owner) }))
  return {
    indexed: Object.keys(found.tokens).toSorted(),
    inFiles: Object.keys(found.nodes_credentials?.file_tokens ?? {}).toSorted(),
  }
}

function pathOf(owner: string): string {
  const [namespace = '', service = '', ...more] = owner.split('/')
  if (more.length > 0 || namespace === '' || service === '')
    throw missing(`service account "${owner}"`, 'its owner in ops.config.ts is such as elastic/kibana')
  return `/_security/service/${encodeURIComponent(namespace)}/${encodeURIComponent(service)}`
}
const credentialsOf = (owner: string): string => `${pathOf(owner)}/credential`
