// Kafka's users as credentials that are rotated: SCRAM users with their ACLs and quotas. It must never change the user that `ops` itself logs in as.
import { OpsError } from '#errors'
import type { Credential, CredentialSystem, CredentialsPort, Principal } from '../../ports/credentials.ts'
import type { SecretText } from '../../ports/secret.ts'
import type { Pool } from './pool.ts'
import { copyAcls, removeAcls } from './scram-acls.ts'
import { readGrants } from './scram-grants.ts'
import { logInEverywhere } from './scram-login.ts'
import { proveUser } from './scram-proof.ts'
import { copyQuotas, removeQuotas } from './scram-quotas.ts'
import { checkText, readUsers, removeUser, setPassword } from './scram-users.ts'

export type KafkaCredentials = Omit<CredentialsPort, 'generate'>

export function openScram(pool: Pool): KafkaCredentials {
  const list = async (names: readonly string[]): Promise<readonly Principal[]> => {
    const users = await readUsers(pool, names.map(checkName))
    return Promise.all(
      names
        .filter(name => users.has(name))
        .map(async name => ({
          name,
          // Kafka can neither keep a user out for a while nor mark it.
          enabled: true,
          grants: [...(await readGrants(pool, name))],
          madeBy: null,
        })),
    )
  }
  return {
    find: async (system, name) => {
      checkSystem(pool, system)
      return (await list([name]))[0] ?? null
    },
    list: async (system, names) => {
      checkSystem(pool, system)
      return list(names)
    },
    make: async (system, wanted) => {
      checkSystem(pool, system)
      return makeUser(pool, wanted)
    },
    logIn: async (system, credential) => {
      checkSystem(pool, system)
      return logInEverywhere(pool, credential)
    },
    prove: async (system, credential, like) => {
      checkSystem(pool, system)
      return proveUser(pool, credential, checkName(like))
    },
    setEnabled: async (_system, name) => {
      throw new OpsError('UNSUPPORTED', {
        message: `Kafka cannot keep the user ${name} out and its secret as it is`,
        hint: 'revoke it once nobody uses it any more',
      })
    },
    revoke: async (system, name) => {
      checkSystem(pool, system)
      checkOther(pool, checkName(name))
      // The user goes last: while it is there, `find` says that this is not done.
      await removeAcls(pool, name)
      await removeQuotas(pool, name)
      await removeUser(pool, name)
    },
  }
}

async function makeUser(
  pool: Pool,
  wanted: { readonly name: string; readonly like: string; readonly secret: SecretText | null },
): Promise<Credential> {
  const { secret } = wanted
  const [name, like] = [checkName(wanted.name), checkName(wanted.like)]
  checkOther(pool, name)
  if (secret === null)
    throw new OpsError('BUG', { message: `Kafka makes no password: none was given for ${name}` })
  if (name !== like && !(await readUsers(pool, [like])).has(like))
    throw new OpsError('CLUSTER_REJECTED', {
      message: `Kafka has no user ${like} whose rights ${name} could be given`,
      hint: 'check principals of this secret in ops.config.ts, and kafka-configs.sh --describe --entity-type users',
    })
  checkText(name, secret)
  // The user comes last: once it is there, it is complete.
  await copyAcls(pool, like, name)
  await copyQuotas(pool, like, name)
  await setPassword(pool, { name, like, secret })
  return { principal: name, secret }
}

function checkSystem({ options }: Pool, { kind }: CredentialSystem): void {
  if (kind !== 'kafka-scram')
    throw new OpsError('BUG', { message: `Kafka has no credentials of the kind ${kind}` })
  if (options.sasl !== undefined) return
  throw new OpsError('UNSUPPORTED', {
    message: 'the brokers of this inventory are reached without users, so there are none to rotate',
    hint: 'set kafka_security: sasl_tls in the inventory, or take the secret out of ops.config.ts',
  })
}

/** `User:*` is everybody, and an empty name means any in a request. */
function checkName(name: string): string {
  if (/^[\w.@-]+$/.test(name)) return name
  throw new OpsError('CONFIG_INVALID', {
    message: `"${name}" is no name of a Kafka user that ops rotates`,
    hint: 'letters, digits and . _ - @',
  })
}

function checkOther({ options }: Pool, name: string): void {
  if (name !== options.sasl?.username) return
  throw new OpsError('CLUSTER_REJECTED', {
    message: `${name} is the user that ops itself logs in to Kafka as`,
    hint: 'let ops use another one while this one is rotated: kafka_username in the inventory',
  })
}
