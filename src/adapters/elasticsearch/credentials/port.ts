// Users, API keys and service tokens of one cluster, as credentials that are rotated. It must never change the one that `ops` itself
// logs in as.
import { OpsError } from '#errors'
import type { CredentialKind, CredentialSystem, CredentialsPort } from '../../../ports/credentials.ts'
import type { ConnectOptions } from '../options.ts'
import type { Pool } from '../pool.ts'
import { openApiKeys } from './api-keys.ts'
import type { Kind } from './kind.ts'
import { logInEverywhere, useAs } from './log-in.ts'
import { prove } from './prove.ts'
import { openServiceTokens } from './service-tokens.ts'
import { openReservedUsers, openUsers } from './users.ts'

/** Secrets of people's policies are made for all systems in one place. */
export type ElasticsearchCredentials = Omit<CredentialsPort, 'generate'>

export function openCredentials(pool: Pool, options: ConnectOptions): ElasticsearchCredentials {
  const kinds: Partial<Record<CredentialKind, Kind>> = {
    'elasticsearch-user': openUsers(pool),
    'elasticsearch-reserved-user': openReservedUsers(pool),
    'elasticsearch-api-key': openApiKeys(pool),
    'elasticsearch-service-token': openServiceTokens(pool),
  }
  const kindOf = (system: CredentialSystem, ...names: string[]): Kind => {
    const kind = kinds[system.kind]
    if (kind === undefined)
      throw new OpsError('BUG', { message: `Elasticsearch has no credentials of the kind ${system.kind}` })
    for (const name of names) kind.checkName(name)
    return kind
  }
  return {
    find: async (system, name) => kindOf(system, name).find(system.owner, name),
    list: async (system, names) => kindOf(system, ...names).list(system.owner, names),
    make: async (system, wanted) => {
      const kind = kindOf(system, wanted.like)
      if (wanted.secret !== null) kindOf(system, wanted.name)
      checkOther(options, system, wanted.name)
      return kind.make(system.owner, wanted)
    },
    logIn: async (system, credential) => {
      const kind = kindOf(system)
      return logInEverywhere(options, kind.loginOf(credential), credential.principal, kind.readName)
    },
    prove: async (system, credential, like) => {
      const kind = kindOf(system, like)
      const [found, rights] = await Promise.all([
        kind.find(system.owner, like),
        kind.rightsOf(system.owner, like),
      ])
      const granted = found?.grants as { roles?: unknown } | undefined
      const roles = Array.isArray(granted?.roles) ? (granted.roles as string[]) : null
      return useAs(options, kind.loginOf(credential), wires =>
        prove({ pool, wires, credential, like, rights, roles }),
      )
    },
    setEnabled: async (system, name, enabled) => {
      if (!enabled) checkOther(options, system, name)
      return kindOf(system, name).setEnabled(system.owner, name, enabled)
    },
    revoke: async (system, name) => {
      checkOther(options, system, name)
      return kindOf(system, name).revoke(system.owner, name)
    },
  }
}

function checkOther(options: ConnectOptions, { kind }: CredentialSystem, name: string): void {
  const isUser = kind === 'elasticsearch-user' || kind === 'elasticsearch-reserved-user'
  const isOwn =
    (isUser && 'username' in options && options.username === name) ||
    (kind === 'elasticsearch-api-key' && 'apiKey' in options && idOf(options.apiKey) === name)
  if (!isOwn) return
  throw new OpsError('CLUSTER_REJECTED', {
    message: `${name} is what ops itself logs in to Elasticsearch as`,
    hint: 'let ops use another one while this one is rotated: es_username in the inventory',
  })
}

/** A key is `id:secret` in base64. */
const idOf = (encoded: string): string => Buffer.from(encoded, 'base64').toString('utf8').split(':')[0] ?? ''
